/**
 * Rules of generation on the ways beside evaluation: what `serve` answers with a request's fields, and what drawings of
 * `samples` continue with, over a checkpoint's own generation_config.json, are what transformers' `generate` gives.
 * A drawing from the likeliest token alone has no chance in it, so its text is comparable too.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { embeddedEngine } from '../../engines/src/embedded/adapter.ts';
import { serveModel } from '../../engines/src/serve/server.ts';
import { NEEDS_PYTHON, judgePython as python } from '../../formats/test/judges.ts';
import { samplesRequests } from '../src/run/samples-work.ts';
import type { Judged } from './support/tokenizer-answers.ts';
import { folderSpec, writeFolder } from './support/tokenizer-folders.ts';

const temporary = mkdtempSync(join(tmpdir(), 'generation-paths-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));
const TIMEOUT_MS = 300_000;
const MAX_TOKENS = 10;
const PROMPTS = ['hello world', 'the and the and', 'abababab'];

/** generation_config.json, and the keys that a request or a drawing sets over it, in transformers' names. */
const CASES: readonly (readonly [Record<string, unknown> | null, Record<string, number>])[] = [
  [null, {}],
  [{ eos_token_id: [2, 40] }, { repetition_penalty: 1.7 }],
  [{ repetition_penalty: 2.5 }, { repetition_penalty: 1.0 }],
  [{ no_repeat_ngram_size: 2, suppress_tokens: [9, 40] }, { repetition_penalty: 0.8 }],
  [{ eos_token_id: [2, 9, 40, 60], bad_words_ids: [[61], [62, 60]] }, { min_new_tokens: 6 }],
  [
    { min_length: 9, forced_eos_token_id: 5, top_k: 20 },
    { no_repeat_ngram_size: 3, repetition_penalty: 1.1 },
  ],
];
/** What serve calls them. */
const FIELDS: Readonly<Record<string, string>> = { min_new_tokens: 'min_tokens' };

function judge(folders: readonly string[], prompts: readonly (readonly number[])[]): readonly Judged[] {
  const [asked, answers] = ['asked.json', 'answers.jsonl'].map((name) => join(temporary, name));
  const cases = folders.map((folder, index) => {
    const kwargs = { max_gen_toks: MAX_TOKENS, ...CASES[index]?.[1] };
    return { folder, addBosToken: null, texts: PROMPTS, generate: { prompts, kwargs } };
  });
  writeFileSync(asked ?? '', JSON.stringify(cases));
  const script = join(import.meta.dirname, 'support/tokenizer_judge.py');
  execFileSync(python ?? '', [script, asked ?? '', answers ?? ''], { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines = readFileSync(answers ?? '', 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Judged);
}

async function served(folder: string, keys: Readonly<Record<string, number>>): Promise<readonly string[]> {
  const serving = await serveModel({
    ...{ folder, name: 'tiny', host: '127.0.0.1', port: 0, threads: 1 },
    onDefect: (text) => expect(text).toBe(''),
  });
  try {
    const fields = Object.entries(keys).map(([key, value]) => [FIELDS[key] ?? key, value]);
    const response = await fetch(`${serving.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ prompt: PROMPTS, max_tokens: MAX_TOKENS, temperature: 0 },
        ...Object.fromEntries(fields),
      }),
    });
    const body = (await response.json()) as { readonly choices?: readonly { readonly text: string }[] };
    return body.choices?.map(({ text }) => text) ?? [JSON.stringify(body)];
  } finally {
    await serving.close();
  }
}

async function drawn(folder: string, keys: Readonly<Record<string, number>>): Promise<readonly string[]> {
  const drawing = { temperature: 0.7, topK: 1, topP: 1, seed: 3, rules: keys };
  const requests = samplesRequests({
    ...{ prompts: PROMPTS, maxNewTokens: MAX_TOKENS, greedy: false, drawings: [drawing] },
  });
  const session = await embeddedEngine.open(folder, { maxLength: null, addBosToken: null }, 1);
  const texts = new Map<number, string>();
  try {
    await session.run(requests, {
      done: new Set(),
      onProgress: () => {},
      onAnswers: (answers) => {
        for (const { request, response } of answers) {
          texts.set(request, response.kind === 'generate' ? response.text : response.kind);
        }
      },
    });
  } finally {
    await session.close();
  }
  return requests.map((_, index) => texts.get(index) ?? 'no answer');
}

describe.skipIf(python === undefined)(`rules of generation (${NEEDS_PYTHON})`, () => {
  it(
    'give the texts of transformers through serve and through drawings',
    async () => {
      const folders = CASES.map(([file], index) => {
        const spec = folderSpec('byte-level', []);
        spec.generation = file;
        spec.model = { eos_token_id: 2 };
        const folder = join(temporary, String(index));
        writeFolder(folder, spec);
        return folder;
      });
      const session = await embeddedEngine.open(folders[0] ?? '', { maxLength: null, addBosToken: null }, 1);
      const prompts = await Promise.all(PROMPTS.map((prompt) => session.encode(prompt)));
      await session.close();
      const judged = judge(folders, prompts);
      const distinct = new Set<string>();
      for (const [index, theirs] of judged.entries()) {
        if ('error' in theirs) throw new Error(`${JSON.stringify(CASES[index])}: ${theirs.error}`);
        const texts = theirs.generated?.map(({ text }) => text);
        const [, keys] = CASES[index] ?? [null, {}];
        const [folder = ''] = [folders[index]];
        const [answered, continued] = await Promise.all([served(folder, keys), drawn(folder, keys)]);
        expect(answered, `serve, ${JSON.stringify(CASES[index])}`).toEqual(texts);
        expect(continued, `a drawing, ${JSON.stringify(CASES[index])}`).toEqual(texts);
        distinct.add(JSON.stringify(texts));
      }
      // The rules change what is generated: they would all pass unheeded otherwise.
      expect(distinct.size).toBeGreaterThan(CASES.length / 2);
    },
    TIMEOUT_MS,
  );
});
