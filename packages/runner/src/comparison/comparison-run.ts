/** Composes one comparison: results, samples, weights and measurements of its checkpoints -> records -> files. */

import { join } from 'node:path';
import {
  COMPARISON_FILE,
  type ComparisonRecord,
  type ComparisonSet,
  prettyJson,
  UserError,
} from '@evalgraph/formats';
import { ANALYSIS_DEFAULTS, compareAll, compareSeries, type DetailInput } from '@evalgraph/ppl-compare';
import { renderComparison } from '@evalgraph/report/data';
import { leafTasks } from '@evalgraph/tasks';
import { cellsOfComparison, type Plan, type PlannedComparison, type PlannedPair } from '../plan/plan.ts';
import { placeFiles } from '../results/placed.ts';
import { readCells } from '../results/read-results.ts';
import { KEY_FILE } from '../results/result-files.ts';
import { type ReadSide, readSide } from './compared-side.ts';
import { comparisonKeyText } from './comparison-key.ts';
import { messages } from './messages.ts';
import { pairFiles, pairRecord } from './pair-record.ts';

type Files = ReadonlyMap<string, string>;

/** @throws UserError where a result is missing or stale, or the sides cannot be compared. */
export async function runComparison(root: string, plan: Plan, name: string): Promise<void> {
  const comparison = plan.comparisons.find(({ use }) => use.name === name);
  if (comparison === undefined) throw new Error(`the plan has no comparison '${name}'`);
  checkRollingTask(comparison);
  // Reconciliations and divergences too must be there, and carry the plan's key.
  await readCells(root, plan, cellsOfComparison(comparison));
  const files = await (comparison.use.form === 'series' ? seriesFiles : checkpointFiles)(
    root,
    plan,
    comparison,
  );
  const folder = join(root, comparison.output);
  await placeFiles(folder, new Map([...files, [KEY_FILE, comparisonKeyText(comparison)]]));
}

/** One pruned checkpoint against its dense one; or several: a folder each, and all of them side by side. */
async function checkpointFiles(root: string, plan: Plan, comparison: PlannedComparison): Promise<Files> {
  const { use, pairs } = comparison;
  const [first] = pairs;
  if (first === undefined) throw new Error(`${use.name} compares nothing`);
  const dense = await readSide(root, plan, first.dense, first.denseCells);
  const sides: ReadSide[] = [];
  for (const { pruned, prunedCells } of pairs) sides.push(await readSide(root, plan, pruned, prunedCells));
  const detailed = compareAll(
    pairs.flatMap((pair, index): DetailInput[] => {
      const pruned = sides[index];
      if (pruned === undefined) return [];
      const name = use.form === 'pair' ? use.name : `${use.name}/${pair.pruned.id}`;
      return [
        {
          ...settingsOf(plan, comparison),
          name,
          dense: dense.side,
          pruned: pruned.side,
          contexts: dense.contexts,
        },
      ];
    }),
    ANALYSIS_DEFAULTS,
  );
  const made = [];
  for (const [index, pair] of pairs.entries()) {
    const [side, draft] = [sides[index], detailed[index]];
    if (side === undefined || draft === undefined) throw new Error(`${pair.pruned.id} was not compared`);
    const record = await pairRecord(root, pair, draft, dense, side);
    made.push({ pair, side, record });
  }
  if (use.form === 'pair') {
    return new Map(made.flatMap(({ pair, side, record }) => [...pairFiles(record, pair, dense, side)]));
  }
  const models = made.map(
    ({ record }): ComparisonRecord => ({ ...record, among: { comparison: use.name, models: made.length } }),
  );
  const set: ComparisonSet = {
    format: 1,
    form: 'several',
    name: use.name,
    pipeline: plan.pipeline.name,
    limit: settingsOf(plan, comparison).limit,
    models,
  };
  return new Map([
    [COMPARISON_FILE, prettyJson(set)],
    ['comparison_report.md', renderComparison(set)],
    ...made.flatMap(({ pair, side }, index) => {
      const record = models[index];
      if (record === undefined) return [];
      return [...pairFiles(record, pair, dense, side)].map(
        ([name, text]) => [`${pair.pruned.id}/${name}`, text] as const,
      );
    }),
  ]);
}

/** Two series, step by step. */
async function seriesFiles(root: string, plan: Plan, comparison: PlannedComparison): Promise<Files> {
  const { use, pairs } = comparison;
  const read = async (side: 'dense' | 'pruned'): Promise<readonly ReadSide[]> => {
    const sides: ReadSide[] = [];
    for (const pair of pairs) {
      const cells = side === 'dense' ? pair.denseCells : pair.prunedCells;
      sides.push(await readSide(root, plan, pair[side], cells, { countedWillDo: true }));
    }
    return sides;
  };
  const [dense, pruned] = [await read('dense'), await read('pruned')];
  const compared = new Set(pairs.map((pair) => stepOf(pair)));
  const everyStep = use.pairs.flatMap(({ dense: { model, checkpoint } }) =>
    plan.pipeline.models
      .filter(({ name }) => name === model)
      .flatMap(({ checkpoints }) => checkpoints.filter(({ name }) => name === checkpoint)),
  );
  const record = compareSeries(
    {
      ...settingsOf(plan, comparison),
      name: use.name,
      dense: dense.map(({ side }) => side),
      pruned: pruned.map(({ side }) => side),
      contexts: dense[0]?.contexts ?? new Map(),
      besides: {
        onlyDense: use.onlyDense,
        onlyPruned: use.onlyPruned,
        leftOut: everyStep.flatMap(({ step }) => (step === null || compared.has(step) ? [] : [step])),
      },
    },
    ANALYSIS_DEFAULTS,
  );
  return new Map([
    [COMPARISON_FILE, prettyJson(record)],
    ['comparison_report.md', renderComparison(record)],
  ]);
}

function stepOf({ dense }: PlannedPair): number | null {
  return dense.checkpoint.step;
}

function settingsOf(
  plan: Plan,
  { use, pairs }: PlannedComparison,
): Pick<DetailInput, 'pipeline' | 'limit' | 'tasks'> {
  return {
    pipeline: plan.pipeline.name,
    limit: (pairs[0]?.denseCells ?? []).reduce<number | null>((limit, cell) => limit ?? cell.limit, null),
    tasks: use.tasks.map((task) => task.alias),
  };
}

/** The word `lm-eval` among a comparison's perplexities means word perplexity, which a rolling task measures. */
function checkRollingTask({ use, pairs }: PlannedComparison): void {
  if (!use.needsRollingTask) return;
  const rolling = pairs[0]?.denseCells.some(
    ({ work }) =>
      // Of another program's own task only that program knows the type.
      work.kind === 'foreign' ||
      (work.kind === 'task' &&
        leafTasks(work.node).some((task) => task.config.outputType === 'loglikelihood_rolling')),
  );
  if (rolling !== true) {
    throw new UserError(
      messages.rollingTaskNeeded(
        use.name,
        use.tasks.map((task) => task.alias),
      ),
    );
  }
}
