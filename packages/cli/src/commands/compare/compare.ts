/** `evalgraph compare A B C`: a dense model and its pruned versions, without a pipeline. Prints the comparison's report. */

import { cpSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { COMPARISON_FILE, comparisonRecord, parseRecord } from '@evalgraph/formats';
import { comparisonReport } from '@evalgraph/report/data';
import { renderTerminal, screenOf } from '@evalgraph/report/terminal';
import { runComparison } from '@evalgraph/runner/comparison';
import { reservedNames } from '@evalgraph/spec';
import { writingSync } from '@evalgraph/system';
import type { Cli } from '../../command.ts';
import { type CorpusArguments, corpusKeys, givenKeys, runOneOff, sourceOf } from '../../one-off.ts';

export interface CompareArguments extends CorpusArguments {
  readonly dense: string;
  readonly pruned: readonly string[];
  /** Empty: perplexities alone. */
  readonly tasks: readonly string[];
  /** A folder with tasks of the user's. */
  readonly include: string | null;
  readonly limit: number | null;
  readonly protocol: readonly string[];
  readonly divergence: boolean;
  /** A folder for the comparison's files. */
  readonly output: string | null;
}

export async function compareModels({ root, print }: Cli, wanted: CompareArguments): Promise<void> {
  const { dense, tasks, include, limit, protocol, divergence, output } = wanted;
  const pruned = namedModels(wanted.pruned);
  // Tasks alone are a comparison too; without them the text is what is compared.
  const byDefault = tasks.length > 0 && wanted.corpus === null ? [] : ['wanda', 'lm-eval'];
  const protocols = protocol.length > 0 ? protocol : byDefault;
  const pipeline = {
    models: {
      dense: { source: sourceOf(dense), evaluate: false },
      ...Object.fromEntries(
        [...pruned].map(([name, model]) => [name, { source: sourceOf(model), evaluate: false }]),
      ),
    },
    ...givenKeys({ limit }),
    comparisons: {
      comparison: {
        dense: 'dense',
        pruned: [...pruned.keys()],
        ...(tasks.length === 0 ? {} : { tasks }),
        ...(protocols.length === 0 ? {} : { perplexity: protocols }),
        ...(divergence ? { divergence: true } : {}),
        ...corpusKeys(wanted),
      },
    },
  };
  const own = include === null ? null : resolve(include);
  await runOneOff(root, { pipeline, tasks: own }, async (folder, plan) => {
    await runComparison(folder, plan, 'comparison');
    const [comparison] = plan.comparisons;
    if (comparison === undefined) throw new Error('the plan has no comparison');
    const made = join(folder, comparison.output);
    if (output !== null) {
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
