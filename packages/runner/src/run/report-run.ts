/** Composes a pipeline's report: every cell's results and every comparison, their keys checked -> files. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ComparisonRecord,
  isMissing,
  UserError,
  writeFileAtomic,
  writeFolderAtomic,
} from '@evalgraph/formats';
import { buildReport, type ReportInput, type ReportModel } from '@evalgraph/report';
import { comparisonProjectName } from '../cell-names.ts';
import { writing } from '../disk.ts';
import type { Engine } from '../engines/engine.ts';
import { IMPORTED_IDENTITY, originOf } from '../exchange/imported-results.ts';
import { reportFolder, summaryFile } from '../layout.ts';
import { messages } from '../messages.ts';
import type { Cell, Plan, PlannedComparison } from '../plan/plan.ts';
import { sourceText } from './comparison-run.ts';
import { readCells } from './read-results.ts';

const SUMMARY = 'summary.json';

/** @throws UserError where a result or a comparison is missing or stale. */
export async function runReport(root: string, plan: Plan, engine: Engine): Promise<void> {
  const files = new Map(await buildReport(await collectInput(root, plan, engine)));
  const summary = files.get(SUMMARY);
  if (summary === undefined) throw new Error('the report has no summary');
  files.delete(SUMMARY);
  const { name } = plan.pipeline;
  const folder = join(root, reportFolder(name, plan.variant));
  await writing(folder, () => writeFolderAtomic(folder, files, { durable: false }));
  const file = join(root, summaryFile(name, plan.variant));
  await writing(file, () => writeFileAtomic(file, summary));
}

async function collectInput(root: string, plan: Plan, engine: Engine): Promise<ReportInput> {
  const results = await readCells(root, plan, plan.cells);
  const limits = plan.cells.flatMap(({ limit }) => (limit === null ? [] : [limit]));
  return {
    pipeline: {
      name: plan.pipeline.name,
      title: plan.pipeline.title,
      limit: limits.length > 0 ? Math.max(...limits) : null,
    },
    models: plan.pipeline.models.flatMap((model): ReportModel[] => {
      const checkpoints = plan.checkpoints.filter((use) => use.model.name === model.name);
      if (checkpoints.length === 0) return [];
      return [
        {
          name: model.name,
          source: sourceText(model),
          checkpoints: checkpoints.map(({ id, checkpoint, lock, imported }) => ({
            name: id,
            step: checkpoint.step,
            digest: lock?.digest ?? '',
            ...(imported === null ? {} : { origin: originOf(imported) }),
            tasks: taskNames(plan.cells.filter((cell) => cell.checkpoint.id === id)),
          })),
        },
      ];
    }),
    tasks: taskNames(plan.cells),
    cells: [...results.values()],
    comparisons: await Promise.all(plan.comparisons.map((one) => readComparison(root, plan, one))),
    missing: [],
    computed: plan.checkpoints.every(({ imported }) => imported !== null)
      ? { engine: IMPORTED_IDENTITY, versions: {} }
      : { engine: engine.identity, versions: engine.versions() },
  };
}

/** In the plan's order, each once; perplexity cells are no tasks. */
function taskNames(cells: readonly Cell[]): readonly string[] {
  return [...new Set(cells.filter(({ work }) => work.kind !== 'perplexity').map((cell) => cell.name))];
}

/** @throws UserError where the comparison is missing, or was made of other checkpoints. */
async function readComparison(
  root: string,
  plan: Plan,
  comparison: PlannedComparison,
): Promise<ComparisonRecord> {
  const path = join(comparison.output, 'comparison_results.json');
  const name = comparisonProjectName(plan.pipeline.name, comparison.use.name);
  const command = `npx nx run ${name}:compare${plan.variant === 'quick' ? ':quick' : ''} --skip-nx-cache`;
  let record: ComparisonRecord;
  try {
    record = JSON.parse(await readFile(join(root, path), 'utf8')) as ComparisonRecord;
  } catch (error) {
    if (isMissing(error)) throw new UserError(messages.resultMissing(path, command));
    throw error;
  }
  const fresh =
    record.dense.digest === comparison.dense.lock?.digest &&
    record.pruned.digest === comparison.pruned.lock?.digest;
  if (!fresh) throw new UserError(messages.resultStale(path, command));
  return record;
}
