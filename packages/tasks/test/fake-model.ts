/** The model of fixtures/make_expected.py: answers are digests of what is asked. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TextRequest, TextResponse } from '../src/index.ts';

const generations: readonly string[] = JSON.parse(
  readFileSync(new URL('./fixtures/generations.json', import.meta.url), 'utf8'),
);

function digest(...texts: readonly string[]): number {
  return createHash('sha256').update(texts.join('\0')).digest().readUIntBE(0, 6);
}

export function fakeResponse(request: TextRequest): TextResponse {
  if (request.kind === 'rolling') {
    return { kind: 'rolling', logLikelihood: -(digest(request.text) % 1_000_000) / 4096, tokens: 1 };
  }
  if (request.kind === 'generate') {
    return { kind: 'generate', text: generations[digest(request.context) % generations.length] ?? '' };
  }
  const n = digest(request.context, request.continuation);
  return {
    kind: 'loglikelihood',
    logLikelihood: -(n % 100_000) / 4096 - 0.01,
    isGreedy: n % 3 === 0,
    tokens: 1 + (n % 5),
  };
}
