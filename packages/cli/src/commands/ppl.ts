/** `evalgraph ppl MODEL`: a model's perplexity by one or more protocols, without a pipeline. */

import { type PerplexityFigure, UserError } from '@evalgraph/formats';
import { paragraph, perplexityTable } from '@evalgraph/report/data';
import { renderTerminal, screenOf } from '@evalgraph/report/terminal';
import type { Cell, Plan } from '@evalgraph/runner/plan';
import { readCells } from '@evalgraph/runner/results';
import { readArguments } from '../arguments.ts';
import type { Print } from '../command.ts';
import { messages } from '../messages.ts';
import { CORPUS_FLAGS, corpusKeys, listOf, runOneOff, sourceOf, wholeNumber } from '../one-off.ts';

const USAGE =
  'ppl MODEL [--protocol wanda,lm-eval] [--corpus FILE|NAME] [--column c] [--split s] [--seqlen n] [--stride n] [--text lines|pages|file] [--bos rule] [--nsamples n] [--json]';
const NUMBERS = ['stride', 'nsamples'] as const;
const WORDS = ['text', 'bos'] as const;

/** Windows are thousands of numbers; results.json has them. */
type Figure = Omit<PerplexityFigure, 'windowNllNats' | 'windowWeights'>;

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
  else {
    const text = `Text: ${figures[0]?.corpus ?? ''}. Figures of two protocols are not comparable; evalgraph compare reconciles them.`;
    for (const line of renderTerminal([perplexityTable(figures), paragraph(text)], screenOf(process.stdout)))
      print(line);
  }
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
    const { windowNllNats: _nats, windowWeights: _weights, ...figure } = perplexity;
    return [figure];
  });
}
