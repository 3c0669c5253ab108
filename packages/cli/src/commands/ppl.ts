/** `evalgraph ppl MODEL`: a model's perplexity by one or more protocols, without a pipeline. */

import { type ComparisonRecord, UserError } from '@evalgraph/formats';
import { formatCount, formatPerplexity } from '@evalgraph/report/data';
import type { Cell, Plan } from '@evalgraph/runner/plan';
import { readCells } from '@evalgraph/runner/results';
import { readArguments } from '../arguments.ts';
import type { Print } from '../command.ts';
import { messages } from '../messages.ts';
import { CORPUS_FLAGS, corpusKeys, listOf, runOneOff, sourceOf, wholeNumber } from '../one-off.ts';
import { table } from '../table.ts';

const USAGE =
  'ppl MODEL [--protocol wanda,lm-eval] [--corpus FILE|NAME] [--column c] [--split s] [--seqlen n] [--stride n] [--text lines|pages|file] [--bos rule] [--nsamples n] [--json]';
const NUMBERS = ['stride', 'nsamples'] as const;
const WORDS = ['text', 'bos'] as const;

type Figure = ComparisonRecord['perplexity'][number]['dense'];

export async function pplCommand(root: string, args: readonly string[], print: Print): Promise<void> {
  const valued = ['protocol', ...CORPUS_FLAGS, ...NUMBERS, ...WORDS];
  const { names, values, flags } = readArguments(args, USAGE, ['json'], valued);
  const [model, ...others] = names;
  if (model === undefined || others.length > 0) {
    throw new UserError(messages.badArguments('ppl', 'it takes one model', `npx evalgraph ${USAGE}`));
  }
  const options = Object.fromEntries([
    ...NUMBERS.flatMap((name) => given(name, values, (text) => wholeNumber(name, text))),
    ...WORDS.flatMap((name) => given(name, values, (text) => text)),
  ]);
  const { seqlen, ...corpus } = corpusKeys(values);
  // Asked for by name it is every protocol's, lm-eval's too.
  const window = seqlen === undefined ? {} : { seqlen };
  const perplexity = listOf(values.get('protocol') ?? 'wanda').map((protocol) => ({
    protocol,
    ...window,
    ...options,
  }));
  const pipeline = { models: { model: { source: sourceOf(model), perplexity, ...corpus } } };
  const figures = await runOneOff(root, { pipeline, tasks: null }, readFigures);
  if (flags.has('json')) print(JSON.stringify(figures, null, 2));
  else for (const line of lines(figures)) print(line);
}

function given(
  name: string,
  values: ReadonlyMap<string, string>,
  read: (text: string) => unknown,
): readonly (readonly [string, unknown])[] {
  const text = values.get(name);
  return text === undefined ? [] : [[name, read(text)]];
}

async function readFigures(root: string, plan: Plan): Promise<readonly Figure[]> {
  const cells: readonly Cell[] = plan.cells;
  const results = await readCells(root, plan, cells);
  return [...results.values()].flatMap(({ perplexity }) => {
    if (perplexity === undefined) return [];
    const { windowNllNats: _nats, ...figure } = perplexity;
    const { windowWeights: _weights, ...short } = figure as typeof figure & { windowWeights?: unknown };
    return [short as Figure];
  });
}

function lines(figures: readonly Figure[]): readonly string[] {
  const rows = figures.map((figure) => [
    figure.protocol,
    formatPerplexity(figure.perplexity),
    shown(figure.perWord),
    shown(figure.perByte),
    shown(figure.bitsPerByte),
    formatCount(figure.seqlen),
    formatCount(figure.windows),
    formatCount(figure.tokens),
    figure.tokenizerDigest.slice(0, 12),
  ]);
  const [first] = figures;
  return [
    ...table([
      ['protocol', 'a token', 'a word', 'a byte', 'bits/byte', 'seqlen', 'windows', 'tokens', 'tokenizer'],
      ...rows,
    ]),
    '',
    `Text: ${first?.corpus ?? ''}. Figures of two protocols are not comparable; evalgraph compare reconciles them.`,
  ];
}

function shown(value: number | null | undefined): string {
  return typeof value === 'number' ? formatPerplexity(value) : '-';
}
