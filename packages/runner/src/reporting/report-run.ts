/** Composes a pipeline's report: every cell's results and every comparison, their keys checked -> files. */

import { basename, join } from 'node:path';
import type { Engine } from '@evalgraph/engines';
import {
  type AnyComparison,
  COMPARISON_FILE,
  type ComparisonRecord,
  comparedDigests,
  comparisonRecord,
  digestValue,
  type SeriesComparisonRecord,
  UserError,
  writeFileAtomic,
  writeFolderAtomic,
} from '@evalgraph/formats';
import { type ReportInput, type ReportModel, reportData } from '@evalgraph/report/data';
import { figuresFile, reportFolder, summaryFile } from '@evalgraph/spec';
import { writing } from '@evalgraph/system';
import { comparisonProjectName } from '../cell-names.ts';
import { sourceText } from '../comparison/compared-side.ts';
import { comparisonKey, isKeyOf } from '../comparison/comparison-key.ts';
import { IMPORTED_IDENTITY, originOf } from '../exchange/imported-results.ts';
import { messages } from '../messages.ts';
import { type Cell, cellsOfComparison, isTaskCell, type Plan, type PlannedComparison } from '../plan/plan.ts';
import { readPlacedRecord } from '../results/placed.ts';
import { findCells } from '../results/read-results.ts';
import { KEY_FILE } from '../results/result-files.ts';
import { type CommittedFigures, writeFigures } from './committed-figures.ts';
import { reportMaking } from './report-making.ts';
import { reportSamples } from './report-samples.ts';
import { reportRankings, reportStatistics } from './report-statistics.ts';
import { readTemplates } from './report-templates.ts';
import { type ReadComparisons, readFigures, settleReport } from './settled-report.ts';

const SUMMARY = 'summary.json';

export interface ReportOptions {
  /** Build it of what is there; the report names what is missing. */
  readonly partial: boolean;
}

const WHOLE: ReportOptions = { partial: false };

/**
 * @returns what is still missing, by name: nothing, unless the report may be partial
 * @throws UserError where a result or a comparison is missing or stale, or a partial report would be empty.
 */
export async function runReport(
  root: string,
  plan: Plan,
  engine: Engine,
  options: ReportOptions = WHOLE,
): Promise<readonly string[]> {
  const { collected, figures } = await readReport(root, plan, engine, options);
  const input = completeReport(root, plan, collected);
  // Vega takes a second to load: what only reads results does not wait for it.
  const { buildReport } = await import('@evalgraph/report');
  const files = new Map(await buildReport(input));
  const summary = files.get(SUMMARY);
  if (summary === undefined) throw new Error('the report has no summary');
  files.delete(SUMMARY);
  const { name } = plan.pipeline;
  files.set(basename(figuresFile(name, plan.variant)), writeFigures(figures));
  const folder = join(root, reportFolder(name, plan.variant));
  await writing(folder, () => writeFolderAtomic(folder, files, { durable: false }));
  // The summary is committed, and `verify` and `diff` read it: half of one would look like a whole one.
  if (input.missing.length > 0) return input.missing;
  const file = join(root, summaryFile(name, plan.variant));
  await writing(file, () => writeFileAtomic(file, summary));
  return [];
}

/**
 * With what is computed of the scores or lies beside them: statistics over the steps, the pipeline's own charts, and
 * where the samples are. @throws UserError where the scores are no report, or a template cannot be read.
 */
export function completeReport(root: string, plan: Plan, input: ReportInput): ReportInput {
  const data = reportData(input);
  const present = new Set(input.cells.map((cell) => `${cell.checkpoint.checkpoint}/${cell.task}`));
  const templates = readTemplates(root, plan.pipeline.name);
  return {
    ...input,
    statistics: reportStatistics(data),
    rankings: reportRankings(data),
    ...(templates.length === 0 ? {} : { templates }),
    samples: reportSamples(root, plan, present),
  };
}

/** What a report shows, read and checked. @throws UserError as `runReport` does. */
export async function collectReport(
  root: string,
  plan: Plan,
  engine: Engine,
  options: ReportOptions = WHOLE,
): Promise<ReportInput> {
  return (await readReport(root, plan, engine, options)).collected;
}

interface ReadReport {
  readonly collected: ReportInput;
  /** What `collected` is made of, for the next report. */
  readonly figures: CommittedFigures;
}

async function readReport(
  root: string,
  plan: Plan,
  engine: Engine,
  { partial }: ReportOptions,
): Promise<ReadReport> {
  const { results: found, absent } = await findCells(root, plan, plan.cells);
  if (absent.length > 0 && !partial) throw new UserError(absent.map(({ problem }) => problem));
  const read = await readComparisons(root, plan, partial);
  const { results, comparisons, figures } = settleReport(plan, found, read, readFigures(root, plan));
  const references = plan.pipeline.references.map(({ model, task, metric, value, stderr, source }) => ({
    model,
    task,
    value,
    source,
    ...(metric === null ? {} : { metric }),
    ...(stderr === null ? {} : { stderr }),
  }));
  const making = await reportMaking(root, plan, new Set(results.keys()), partial);
  const limits = plan.cells.flatMap(({ limit }) => (limit === null ? [] : [limit]));
  const collected: ReportInput = {
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
    cells: plan.cells.flatMap((cell) => {
      const result = results.get(cell.id);
      return result !== undefined && (isTaskCell(cell) || cell.work.kind === 'perplexity') ? [result] : [];
    }),
    comparisons: comparisons.records,
    ...(comparisons.series.length === 0 ? {} : { seriesComparisons: comparisons.series }),
    comparisonKeys: comparisons.keys,
    waterfalls: waterfallsOf(comparisons.records),
    ...(references.length === 0 ? {} : { references }),
    missing: [
      ...absent.map(({ cell, reason }) => (reason === 'stale' ? `${cell.id} (${STALE})` : cell.id)),
      ...comparisons.missing,
    ],
    ...(partial ? { partial } : {}),
    ...(making === null ? {} : { making }),
    computed: plan.checkpoints.every(({ imported }) => imported !== null)
      ? { engine: IMPORTED_IDENTITY, versions: {} }
      : { engine: engine.identity, versions: engine.versions() },
  };
  return { collected, figures };
}

/** The ways from one program's perplexity to another's, for each model. */
function waterfallsOf(records: readonly ComparisonRecord[]): NonNullable<ReportInput['waterfalls']> {
  return records.flatMap(({ name, reconciliations = [] }) =>
    reconciliations
      .flatMap(({ from, to, models, start, rows }) =>
        models.map((model, index) => ({
          name: `${name}-${model}-${from.name}-to-${to.name}`,
          title: `${name}, ${model}: from ${from.name} to ${to.name}`,
          stages: [
            { label: from.name, perplexity: start[index] ?? Number.NaN },
            ...rows.map((row) => ({
              label: `${row.factor}: ${row.to}`,
              perplexity: row.after[index] ?? Number.NaN,
            })),
          ],
        })),
      )
      .filter(({ stages }) => stages.length > 1),
  );
}

/** Names each task once, in the plan's order; perplexity cells are no tasks. */
function taskNames(cells: readonly Cell[]): readonly string[] {
  return [...new Set(cells.filter(isTaskCell).map((cell) => cell.name))];
}

/** Where a result is there, but of other weights, data or settings than the pipeline's. */
const STALE = 'changed since it was evaluated';

/** @throws UserError unless `partial`; then those that are missing or stale are named. */
async function readComparisons(root: string, plan: Plan, partial: boolean): Promise<ReadComparisons> {
  const records: ComparisonRecord[] = [];
  const series: SeriesComparisonRecord[] = [];
  const keys = new Map<string, string>();
  const missing: string[] = [];
  for (const comparison of plan.comparisons) {
    try {
      const record = await readComparison(root, plan, comparison);
      const found = !('form' in record) ? [record] : record.form === 'series' ? [] : record.models;
      records.push(...found);
      if ('form' in record && record.form === 'series') series.push(record);
      const key = digestValue(cellsOfComparison(comparison).map(({ key }) => key));
      for (const { name } of found.length > 0 ? found : [record]) keys.set(name, key);
    } catch (error) {
      if (!partial || !isAbsence(error)) throw error;
      missing.push(`comparisons/${comparison.use.name}`);
    }
  }
  return { records, series, keys, missing };
}

function isAbsence(error: unknown): boolean {
  return (
    error instanceof UserError &&
    error.problems.every(({ code }) => code === 'result-missing' || code === 'result-stale')
  );
}

/** @throws UserError where the comparison is missing, or was made of other checkpoints or of other results of theirs. */
export async function readComparison(
  root: string,
  plan: Plan,
  comparison: PlannedComparison,
): Promise<AnyComparison> {
  const path = join(comparison.output, COMPARISON_FILE);
  const name = comparisonProjectName(plan.pipeline.name, comparison.use.name);
  const command = `npx nx run ${name}:compare${plan.variant === 'quick' ? ':quick' : ''} --skip-nx-cache`;
  const place = { root, folder: comparison.output, command };
  const record = await readPlacedRecord(place, COMPARISON_FILE, comparisonRecord);
  if (record === null) throw new UserError(messages.resultMissing(path, command));
  const planned = comparison.pairs.flatMap(({ dense, pruned }) => [dense.lock?.digest, pruned.lock?.digest]);
  const key = await readPlacedRecord(place, KEY_FILE, comparisonKey);
  const isPlanned = key !== null && isKeyOf(key, comparison);
  if (!isPlanned || JSON.stringify(comparedDigests(record)) !== JSON.stringify(planned))
    throw new UserError(messages.resultStale(path, command));
  return record;
}
