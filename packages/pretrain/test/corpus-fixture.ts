/** Small corpora for tests: folders, seeded prose, rows, and a run with what it wrote. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '@evalgraph/formats';
import { afterAll } from 'vitest';
import type { CorpusCard } from '../src/corpus/card.ts';
import { parseCorpusConfig } from '../src/corpus/config.ts';
import { runCorpus } from '../src/corpus/run.ts';

const root = mkdtempSync(join(tmpdir(), 'evalgraph-corpus-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
export function fresh(): string {
  folders += 1;
  const folder = join(root, String(folders));
  mkdirSync(folder);
  return folder;
}

let state = 7;
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}
const WORDS = Array.from({ length: 3000 }, (_, at) => `w${at.toString(36)}`);
export const word = (): string => WORDS[Math.floor(random() * WORDS.length)] ?? '';
export const prose = (words: number): string => Array.from({ length: words }, word).join(' ');

export function writeRows(folder: string, name: string, texts: readonly (string | null)[]): void {
  writeFileSync(join(folder, name), texts.map((text) => `${JSON.stringify({ text })}\n`).join(''));
}

export const source = (more: object = {}): object => ({
  name: 'web',
  kind: 'jsonl',
  files: 'web.jsonl',
  licence: 'CC0-1.0',
  ...more,
});

export async function make(
  folder: string,
  declaration: object,
  options: { readonly workers?: number; readonly output?: string } = {},
): Promise<{ readonly card: CorpusCard; readonly texts: readonly string[]; readonly digest: string }> {
  const output = join(folder, options.output ?? 'out');
  const config = parseCorpusConfig({ output: { format: 'jsonl' }, ...declaration });
  const card = await runCorpus(config, { folder, output, workers: options.workers ?? 1 });
  const files = readdirSync(output)
    .filter((name) => name !== 'run.json')
    .sort();
  const lines = files
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(output, name), 'utf8').trim().split('\n'));
  const texts = lines.map((line) => (JSON.parse(line) as { text: string }).text);
  const digest = sha256Hex(
    files.map((name) => `${name} ${sha256Hex(readFileSync(join(output, name)))}`).join('\n'),
  );
  return { card, texts, digest };
}

export const stepOf = (card: CorpusCard, name: string) => {
  const found = card.steps.find((step) => step.name === name);
  if (found === undefined) throw new Error(`no step ${name}`);
  return found;
};
