/** `evalgraph compare A B C`: a dense model and its pruned versions, without a pipeline. Prints the comparison's report. */

import { cpSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { COMPARISON_FILE, comparisonRecord, parseRecord, UserError } from '@evalgraph/formats';
import { comparisonReport } from '@evalgraph/report/data';
import { renderTerminal, screenOf } from '@evalgraph/report/terminal';
import { runComparison } from '@evalgraph/runner/comparison';
import { reservedNames } from '@evalgraph/spec';
import { writingSync } from '@evalgraph/system';
import { readArguments } from '../arguments.ts';
import type { Print } from '../command.ts';
import { messages } from '../messages.ts';
import { CORPUS_FLAGS, corpusKeys, listOf, runOneOff, sourceOf, wholeNumber } from '../one-off.ts';

const USAGE =
  'compare DENSE PRUNED [PRUNED…] [--tasks a,b] [--include FOLDER] [--limit n] [--protocol wanda,lm-eval] [--corpus FILE|NAME] [--column c] [--split s] [--seqlen n] [--divergence] [--output FOLDER]';

export async function compareCommand(root: string, args: readonly string[], print: Print): Promise<void> {
  const valued = ['tasks', 'include', 'limit', 'protocol', 'output', ...CORPUS_FLAGS];
  const { names, values, flags } = readArguments(args, USAGE, ['divergence'], valued);
  const [dense, ...others] = names;
  if (dense === undefined || others.length === 0) {
    const usage = `npx evalgraph ${USAGE}`;
    throw new UserError(messages.badArguments('compare', 'it takes two models or more', usage));
  }
  const pruned = namedModels(others);
  const tasks = listOf(values.get('tasks') ?? '');
  // Tasks alone are a comparison too; without them the text is what is compared.
  const protocols = listOf(
    values.get('protocol') ?? (tasks.length > 0 && !values.has('corpus') ? '' : 'wanda,lm-eval'),
  );
  const limit = values.get('limit');
  const pipeline = {
    models: {
      dense: { source: sourceOf(dense), evaluate: false },
      ...Object.fromEntries(
        [...pruned].map(([name, model]) => [name, { source: sourceOf(model), evaluate: false }]),
      ),
    },
    ...(limit === undefined ? {} : { limit: wholeNumber('limit', limit) }),
    comparisons: {
      comparison: {
        dense: 'dense',
        pruned: [...pruned.keys()],
        ...(tasks.length === 0 ? {} : { tasks }),
        ...(protocols.length === 0 ? {} : { perplexity: protocols }),
        ...(flags.has('divergence') ? { divergence: true } : {}),
        ...corpusKeys(values),
      },
    },
  };
  const include = values.get('include');
  const own = include === undefined ? null : resolve(include);
  await runOneOff(root, { pipeline, tasks: own }, async (folder, plan) => {
    await runComparison(folder, plan, 'comparison');
    const [comparison] = plan.comparisons;
    if (comparison === undefined) throw new Error('the plan has no comparison');
    const made = join(folder, comparison.output);
    const output = values.get('output');
    if (output !== undefined) {
      const target = resolve(output);
      writingSync(target, () => cpSync(made, target, { recursive: true }));
    }
    const source = { file: join(made, COMPARISON_FILE), remedy: 'Run the command again.' };
    const record = parseRecord(readFileSync(source.file), source, comparisonRecord);
    for (const line of renderTerminal(comparisonReport(record), screenOf(process.stdout))) print(line);
  });
}

/** One is `pruned`; several have their folders' names, numbered where these say nothing or stand twice. */
function namedModels(models: readonly string[]): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  const taken = new Set(['dense', ...reservedNames]);
  for (const [index, model] of models.entries()) {
    const last = model.split(/[/\\]/).findLast((part) => part !== '' && part !== '.' && part !== '..') ?? '';
    const own =
      models.length === 1 ? 'pruned' : last.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
    const name = own === '' || taken.has(own.toLowerCase()) ? `pruned-${index + 1}` : own;
    taken.add(name.toLowerCase());
    named.set(name, model);
  }
  return named;
}
