/** Composes one comparison: both sides' results and samples, both weights' sparsity -> record -> files. */
import { join } from 'node:path';
import { type CellResults, UserError, writeFolderAtomic } from '@evalgraph/formats';
import { type ComparisonSide, comparePair, comparisonFiles, type DocumentRow } from '@evalgraph/ppl-compare';
import { renderComparison } from '@evalgraph/report/data';
import { leafTasks } from '@evalgraph/tasks';
import { writing } from '../disk.ts';
import { openHub } from '../hub/index.ts';
import { storeFolder, verifiedFile } from '../layout.ts';
import { openDigestMemo, verifyFiles } from '../locks/verify.ts';
import { messages } from '../messages.ts';
import type { Cell, CheckpointUse, Plan, PlannedComparison } from '../plan/plan.ts';
import type { Model } from '../spec/index.ts';
import { checkpointSparsity } from './checkpoint-sparsity.ts';
import { fetchCheckpoint } from './checkpoint-supply.ts';
import { readCells, readSamples } from './read-results.ts';

/** @throws UserError where a result is missing or stale, or the two sides cannot be compared. */
export async function runComparison(root: string, plan: Plan, name: string): Promise<void> {
  const comparison = plan.comparisons.find(({ use }) => use.name === name);
  if (comparison === undefined) throw new Error(`the plan has no comparison '${name}'`);
  checkRollingTask(comparison);
  const record = comparePair({
    name,
    pipeline: plan.pipeline.name,
    limit: comparison.denseCells.reduce<number | null>((limit, cell) => limit ?? cell.limit, null),
    tasks: comparison.use.tasks.map((task) => task.alias),
    dense: await readSide(root, plan, comparison.dense, comparison.denseCells),
    pruned: await readSide(root, plan, comparison.pruned, comparison.prunedCells),
  });
  const files = new Map(
    comparisonFiles(record, { dense: sourceOf(comparison.dense), pruned: sourceOf(comparison.pruned) }),
  );
  files.set('comparison_report.md', renderComparison(record));
  const folder = join(root, comparison.output);
  await writing(folder, () => writeFolderAtomic(folder, files, { durable: false }));
}

/** The word `lm-eval` among a comparison's perplexities means word perplexity, which a rolling task measures. */
function checkRollingTask({ use, denseCells }: PlannedComparison): void {
  if (!use.needsRollingTask) return;
  const rolling = denseCells.some(
    ({ work }) =>
      // Of another program's own task only that program knows the type.
      work.kind === 'foreign' ||
      (work.kind === 'task' &&
        leafTasks(work.node).some((task) => task.config.outputType === 'loglikelihood_rolling')),
  );
  if (!rolling) {
    throw new UserError(
      messages.rollingTaskNeeded(
        use.name,
        use.tasks.map((task) => task.alias),
      ),
    );
  }
}

async function readSide(
  root: string,
  plan: Plan,
  checkpoint: CheckpointUse,
  cells: readonly Cell[],
): Promise<ComparisonSide> {
  const results = await readCells(root, plan, cells);
  const documents = new Map<string, readonly DocumentRow[]>();
  for (const cell of cells) {
    const result = results.get(cell.id);
    if (cell.work.kind === 'perplexity' || result === undefined) continue;
    for (const [task, rows] of await readSamples(root, cell, result)) documents.set(task, rows);
  }
  const { lock } = checkpoint;
  if (lock === null) throw new UserError(messages.cellNotLocked(checkpoint.id));
  const memo = openDigestMemo(verifiedFile(root));
  const command = `npx evalgraph lock ${plan.pipeline.name}`;
  if (checkpoint.place !== null) {
    const note = (line: string): void => void process.stdout.write(`${line}\n`);
    await fetchCheckpoint(openHub(), checkpoint, { digest: (path) => memo.digest(path), note });
  }
  await verifyFiles(checkpoint.folder, lock.files, checkpoint.lockFile, command, memo);
  return {
    checkpoint: identityOf(results.values().next().value, checkpoint),
    cells: [...results.values()],
    documents,
    sparsity: await checkpointSparsity(storeFolder(root), checkpoint),
  };
}

function identityOf(result: CellResults | undefined, checkpoint: CheckpointUse): CellResults['checkpoint'] {
  if (result === undefined) throw new Error(`${checkpoint.id} has no cell to compare`);
  return result.checkpoint;
}

/** The source as the pipeline names it, with the checkpoint's place in it. */
export function sourceText(model: Model): string {
  const { source } = model;
  switch (source.kind) {
    case 'hub':
      return `hf:${source.repository}`;
    case 'imported':
      return `imported:${source.of}`;
    case 'folder':
      return source.path;
  }
}

function sourceOf({ model, checkpoint }: CheckpointUse): string {
  const { location } = checkpoint;
  switch (location.kind) {
    case 'folder':
      return location.path;
    case 'subfolder':
      return `${sourceText(model)}/${location.subfolder}`;
    case 'revision':
      return `${sourceText(model)}@${location.revision}`;
  }
}
