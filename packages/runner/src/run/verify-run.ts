/**
 * Verification: cells evaluated afresh, past Nx's cache, the store and the journals, and compared with the figures
 * of the committed summary.json. What it computes lies in a temporary folder and is deleted.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Engine } from '@evalgraph/engines';
import {
  agrees,
  type CellResults,
  digestValue,
  engineNoise,
  isMissing,
  MAX_RECORD_BYTES,
  parseResults,
  readRegularSync,
  relativeDifference,
  splitMetricKey,
  UserError,
} from '@evalgraph/formats';
import { metricScale } from '@evalgraph/metrics';
import { summaryFile } from '@evalgraph/spec';
import { systemMessages } from '@evalgraph/system';
import { lockProblems } from '../locking/as-locked.ts';
import type { Cell, Plan } from '../plan/plan.ts';
import { RESULTS_FILE } from '../results/result-files.ts';
import { runCells } from './cells-run.ts';
import { messages } from './messages.ts';
import type { Progress } from './progress.ts';
import { parseSummary, type SummaryFigure } from './summary-figures.ts';

export interface VerifyOptions {
  readonly root: string;
  readonly plan: Plan;
  readonly engine: Engine;
  readonly progress: Progress;
  /** How many cells; all of them where the pipeline has fewer. */
  readonly cells: number;
  /** Another seed, another sample of cells. */
  readonly seed: number;
  /** Relative to the figure's size (at least 1); null: what the engine warrants. */
  readonly tolerance: number | null;
}

export interface VerifiedFigure extends SummaryFigure {
  readonly cell: string;
  readonly found: number;
  /** |found - committed|, relative to the larger of 1 and |committed|. */
  readonly difference: number;
  readonly ok: boolean;
}

export interface Verification {
  readonly figures: readonly VerifiedFigure[];
  readonly cells: number;
  readonly tolerance: number;
  /** Cells that could not be evaluated, with the reason. */
  readonly failed: readonly { readonly cell: string; readonly text: string }[];
}

/**
 * @throws UserError where there is no summary, it was computed by another engine or another version of its numerics,
 * or it holds no figure of a cell that the pipeline has now.
 */
export async function verifyPipeline(options: VerifyOptions): Promise<Verification> {
  const { root, plan } = options;
  const path = summaryFile(plan.pipeline.name, plan.variant);
  if (plan.engine === null) throw new UserError(lockProblems(plan));
  const { engine, figures } = parseSummary(readSummary(root, path), path);
  if (digestValue(engine) !== digestValue({ ...plan.engine })) {
    throw new UserError(messages.summaryOfOtherEngine(path, engine, { ...plan.engine }));
  }
  const byKey = Map.groupBy(figures, ({ key }) => key);
  const known = plan.cells.filter(
    ({ key, work }) => key !== null && work.kind !== 'imported' && byKey.has(key),
  );
  if (known.length === 0) throw new UserError(messages.summaryOfOtherInputs(path, plan.pipeline.name));
  const sample = sampleCells(known, options.cells, options.seed);
  const tolerance = options.tolerance ?? engineNoise(plan.engine.name);
  const verified: VerifiedFigure[] = [];
  const failed: { cell: string; text: string }[] = [];
  for await (const { cell, outcome } of evaluateAfresh(sample, options)) {
    if (typeof outcome === 'string') failed.push({ cell, text: outcome });
    else {
      for (const figure of byKey.get(outcome.key) ?? []) {
        verified.push(compareFigure(cell, figure, outcome, tolerance));
      }
    }
  }
  return { figures: verified, cells: sample.length, tolerance, failed };
}

function readSummary(root: string, path: string): string {
  try {
    return readRegularSync(join(root, path), MAX_RECORD_BYTES).toString('utf8');
  } catch (error) {
    if (isMissing(error)) throw new UserError(messages.noSummary(path));
    if (error instanceof UserError) throw error;
    throw new UserError(
      systemMessages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)),
    );
  }
}

/** Spread over checkpoints and tasks as a hash spreads them; in the plan's order. */
function sampleCells(cells: readonly Cell[], count: number, seed: number): readonly Cell[] {
  const ranked = cells
    .map((cell) => ({ cell, rank: digestValue([seed, cell.id]) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const chosen = new Set(ranked.slice(0, count).map(({ cell }) => cell));
  return cells.filter((cell) => chosen.has(cell));
}

async function* evaluateAfresh(
  sample: readonly Cell[],
  { root, plan, engine, progress }: VerifyOptions,
): AsyncGenerator<{ readonly cell: string; readonly outcome: CellResults | string }> {
  const folder = mkdtempSync(join(tmpdir(), 'evalgraph-verify-'));
  try {
    const cells = sample.map((cell, index) => ({
      ...cell,
      output: relative(root, join(folder, String(index))),
    }));
    const store = join(folder, 'store');
    for await (const { cell, result } of runCells({ root, plan, cells, engine, progress, store })) {
      const path = join(root, cell.output, RESULTS_FILE);
      yield {
        cell: cell.id,
        outcome: result.ok ? parseResults(readFileSync(path, 'utf8'), path) : result.text,
      };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compareFigure(
  cell: string,
  figure: SummaryFigure,
  results: CellResults,
  tolerance: number,
): VerifiedFigure {
  const found = figure.metric === null ? results.perplexity?.perplexity : shareOf(results, figure);
  // NaN is never within a tolerance: a figure that is gone fails.
  const value = found ?? Number.NaN;
  const difference = relativeDifference(value, figure.value);
  return { ...figure, cell, found: value, difference, ok: agrees(value, figure.value, tolerance) };
}

/** As the summary writes it: SQuAD's percent are shares there. */
function shareOf(results: CellResults, { task, metric }: SummaryFigure): number | undefined {
  const metrics = results.results[task]?.metrics ?? {};
  const recorded = metric === null ? undefined : metrics[metric];
  if (metric === null || typeof recorded !== 'number') return undefined;
  return recorded / metricScale(metrics, splitMetricKey(metric).metric);
}
