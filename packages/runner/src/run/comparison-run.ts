/** Composes one comparison: both sides' results, samples, weights and measurements -> record -> files. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CellResults, prettyJson, UserError, writeFolderAtomic } from '@evalgraph/formats';
import {
  ANALYSIS_DEFAULTS,
  type ComparisonSide,
  compareInDetail,
  comparisonFiles,
  type DocumentRow,
  type PerplexityRatio,
  type ProtocolFigure,
  perplexityRatio,
  type Reconciliation,
  reconcile,
  reconciliationPath,
  type SparsityProfile,
  sharedContexts,
  summaryOf,
} from '@evalgraph/ppl-compare';
import { type ReportedComparison, renderComparison } from '@evalgraph/report/data';
import { leafTasks } from '@evalgraph/tasks';
import { writing } from '../disk.ts';
import { storeFolder } from '../layout.ts';
import { messages } from '../messages.ts';
import type { Cell, CheckpointUse, Plan, PlannedComparison } from '../plan/plan.ts';
import type { Model } from '../spec/index.ts';
import { checkpointSparsity } from './checkpoint-sparsity.ts';
import { DIVERGENCE_FILE, type DivergenceFile } from './divergence-work.ts';
import { RECONCILIATION_FILE, type ReconciliationFile } from './perplexity-work.ts';
import { readCells, readSamples } from './read-results.ts';
import { readyCheckpoint } from './ready-checkpoint.ts';

/** @throws UserError where a result is missing or stale, or the two sides cannot be compared. */
export async function runComparison(root: string, plan: Plan, name: string): Promise<void> {
  const comparison = plan.comparisons.find(({ use }) => use.name === name);
  if (comparison === undefined) throw new Error(`the plan has no comparison '${name}'`);
  checkRollingTask(comparison);
  await readCells(root, plan, measurements(comparison));
  const dense = await readSide(root, plan, comparison.dense, comparison.denseCells);
  const pruned = await readSide(root, plan, comparison.pruned, comparison.prunedCells);
  const detailed = compareInDetail(
    {
      name,
      pipeline: plan.pipeline.name,
      limit: comparison.denseCells.reduce<number | null>((limit, cell) => limit ?? cell.limit, null),
      tasks: comparison.use.tasks.map((task) => task.alias),
      dense: dense.side,
      pruned: pruned.side,
      contexts: dense.contexts,
    },
    ANALYSIS_DEFAULTS,
  );
  const record: ReportedComparison = {
    ...detailed,
    perplexity: detailed.perplexity.map((pair) => ({ ...pair, ...ratioOf(pair.dense, pair.pruned) })),
    sparsityProfile: { dense: withoutMaps(dense.profile), pruned: withoutMaps(pruned.profile) },
    reconciliations: await readReconciliations(root, comparison),
    divergence: comparison.divergence === null ? null : await readDivergence(root, comparison.divergence),
  };
  const files = new Map(
    comparisonFiles(record, { dense: sourceOf(comparison.dense), pruned: sourceOf(comparison.pruned) }),
  );
  // Heat maps of every matrix: for those who draw them, and too many numbers for the record.
  files.set('sparsity.json', prettyJson({ dense: dense.profile, pruned: pruned.profile }));
  files.set('comparison_report.md', renderComparison(record));
  const folder = join(root, comparison.output);
  await writing(folder, () => writeFolderAtomic(folder, files, { durable: false }));
}

/** Cells beside tasks and perplexities: they too must be there, and carry the plan's key. */
function measurements({ reconciliations, divergence }: PlannedComparison): readonly Cell[] {
  return [
    ...reconciliations.flatMap(({ dense, pruned }) => [dense, pruned]),
    ...(divergence === null ? [] : [divergence]),
  ];
}

/** Of figures that carry their windows' weights; a results file of an older version has none. */
function ratioOf(
  dense: Partial<ProtocolFigure>,
  pruned: Partial<ProtocolFigure>,
): Pick<PerplexityRatio, 'interval95'> {
  const isWhole = (figure: Partial<ProtocolFigure>): figure is ProtocolFigure =>
    figure.windowWeights !== undefined && figure.recipe !== undefined;
  if (!isWhole(dense) || !isWhole(pruned)) return { interval95: null };
  const { interval95 } = perplexityRatio(dense, pruned, ANALYSIS_DEFAULTS);
  return { interval95 };
}

function withoutMaps(profile: SparsityProfile) {
  return { ...profile, matrices: profile.matrices.map(({ heat: _map, ...matrix }) => matrix) };
}

async function readReconciliations(
  root: string,
  { reconciliations }: PlannedComparison,
): Promise<readonly Reconciliation[]> {
  const read: Reconciliation[] = [];
  for (const cells of reconciliations) {
    const dense = await readBeside<ReconciliationFile>(root, cells.dense, RECONCILIATION_FILE);
    const pruned = await readBeside<ReconciliationFile>(root, cells.pruned, RECONCILIATION_FILE);
    const { from, to } = dense;
    read.push(
      reconcile(from, to, reconciliationPath(from, to), [along('original', dense), along('pruned', pruned)]),
    );
  }
  return read;
}

function along(model: string, { figures }: ReconciliationFile) {
  const [start = Number.NaN, ...steps] = figures.map(({ reported }) => reported);
  return { model, start, steps };
}

function readDivergence(root: string, cell: Cell): Promise<DivergenceFile> {
  return readBeside<DivergenceFile>(root, cell, DIVERGENCE_FILE);
}

/** A file of a cell whose results.json was checked. @throws UserError where it is missing or of another key */
async function readBeside<File extends { readonly key: string }>(
  root: string,
  cell: Cell,
  name: string,
): Promise<File> {
  const path = join(cell.output, name);
  const command = 'npx nx run-many -t eval --skip-nx-cache';
  let file: File;
  try {
    file = JSON.parse(await readFile(join(root, path), 'utf8')) as File;
  } catch {
    throw new UserError(messages.resultMissing(path, command));
  }
  if (file.key !== cell.key) throw new UserError(messages.resultStale(path, command));
  return file;
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

interface ReadSide {
  readonly side: ComparisonSide;
  readonly profile: SparsityProfile;
  readonly contexts: ReadonlyMap<string, ReadonlyMap<number, string>>;
}

async function readSide(
  root: string,
  plan: Plan,
  checkpoint: CheckpointUse,
  cells: readonly Cell[],
): Promise<ReadSide> {
  const results = await readCells(root, plan, cells);
  const documents = new Map<string, readonly DocumentRow[]>();
  const contexts = new Map<string, ReadonlyMap<number, string>>();
  for (const cell of cells) {
    const result = results.get(cell.id);
    if (cell.work.kind === 'perplexity' || result === undefined) continue;
    for (const [task, rows] of await readSamples(root, cell, result)) {
      const shared = sharedContexts(rows);
      if (shared !== null) contexts.set(task, shared);
      documents.set(
        task,
        rows.map(({ doc: _doc, ...row }) => row),
      );
    }
  }
  await readyCheckpoint(root, plan.pipeline.name, checkpoint, (line) => {
    process.stdout.write(`${line}\n`);
  });
  const profile = await checkpointSparsity(storeFolder(root), checkpoint);
  const side: ComparisonSide = {
    checkpoint: identityOf(results.values().next().value, checkpoint),
    cells: [...results.values()],
    documents,
    sparsity: summaryOf(profile),
  };
  return { side, profile, contexts };
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
