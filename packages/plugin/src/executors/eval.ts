/** The target `eval`: one cell, or a batch of them in one process. */

import { cellFigure } from '@evalgraph/cli';
import { type Problem, UserError } from '@evalgraph/formats';
import { planPipeline, runnerMessages } from '@evalgraph/runner';
import { lockProblems } from '@evalgraph/runner/locking';
import type { Cell, Plan } from '@evalgraph/runner/plan';
import { findCells } from '@evalgraph/runner/results';
import {
  type CellOutcome,
  loggedProgress,
  type OutputMode,
  openEventLog,
  outputMode,
  plannedEngine,
  runCells,
} from '@evalgraph/runner/run';
import type { Variant } from '@evalgraph/spec';
import { handleSignals, steadyMs, writeOut } from '@evalgraph/system';
import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { messages, phrases } from '../messages.ts';
import { type AskedTask, type BatchResult, type EndedTask, runBatch, runOne } from './batch.ts';
import { outcomeText } from './outcome-text.ts';

export interface EvalOptions {
  readonly pipeline: string;
  readonly cell: string;
  readonly variant: Variant;
  readonly key: string | null;
  readonly output: string;
  /** Weights are made before: the key names everything but them. */
  readonly made?: boolean;
  /** Checkpoints of the hub that stay on the disk when their cells are done; absent: all. */
  readonly keep?: number;
}

export function evalExecutor(options: EvalOptions, { root }: ExecutorContext): Promise<{ success: boolean }> {
  return runOne(evaluate, root, { id: options.cell, options });
}

/** Nx's batch executor: one process for all cells that are ready. */
export function evalBatch(
  _graph: TaskGraph,
  inputs: Record<string, EvalOptions>,
  _overrides: unknown,
  { root }: ExecutorContext,
): AsyncGenerator<BatchResult> {
  return runBatch(evaluate, root, inputs);
}

type Asked = AskedTask<EvalOptions>;

async function* evaluate(root: string, asked: readonly Asked[]): AsyncGenerator<EndedTask> {
  const stopHandling = handleSignals();
  try {
    yield* evaluateAll(root, asked);
  } finally {
    stopHandling();
  }
}

async function* evaluateAll(root: string, asked: readonly Asked[]): AsyncGenerator<EndedTask> {
  const mode = outputMode();
  const byPlan = Map.groupBy(asked, ({ options }) => `${options.pipeline}\n${options.variant}`);
  for (const group of byPlan.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { pipeline, variant, keep } = first.options;
    const found = lookUp(planPipeline(root, pipeline, variant), group);
    for (const { id, problems } of found.refused)
      yield ended(id, false, `${new UserError(problems).message}\n`);
    for (const { id, note } of found.leftOut) yield ended(id, true, `${note}\n`);
    const log = openEventLog(root, found.plan);
    const progress = loggedProgress(mode, (line) => writeOut(`${line}\n`), log);
    const cells = [...found.cells.values()];
    const engine = plannedEngine(found.plan);
    const kept = keep === undefined ? {} : { keep };
    for await (const outcome of runCells({ root, plan: found.plan, cells, engine, progress, log, ...kept })) {
      yield fromOutcome(found.cells, outcome, mode, await figureOf(root, found.plan, outcome));
    }
  }
}

interface LookedUp {
  readonly plan: Plan;
  /** Nx's task id -> cell. */
  readonly cells: ReadonlyMap<string, Cell>;
  readonly refused: readonly { readonly id: string; readonly problems: readonly Problem[] }[];
  readonly leftOut: readonly { readonly id: string; readonly note: string }[];
}

function lookUp(plan: Plan, asked: readonly Asked[]): LookedUp {
  const byId = new Map(plan.cells.map((cell) => [cell.id, cell]));
  const cells = new Map<string, Cell>();
  const refused: { id: string; problems: readonly Problem[] }[] = [];
  const leftOut: { id: string; note: string }[] = [];
  for (const { id, options } of asked) {
    const cell = byId.get(options.cell);
    if (cell === undefined && plan.variant === 'quick') {
      leftOut.push({ id, note: phrases.leftOutOfQuick(options.cell) });
    } else if (
      cell === undefined ||
      (options.made !== true && cell.key !== null && cell.key !== options.key)
    ) {
      refused.push({ id, problems: [messages.staleGraph(options.cell)] });
    } else if (cell.key === null) {
      refused.push({ id, problems: unlockedProblems(plan, cell) });
    } else {
      cells.set(id, cell);
    }
  }
  return { plan, cells, refused, leftOut };
}

/** What a cell without a key waits for. */
function unlockedProblems(plan: Plan, { checkpoint, work }: Cell): readonly Problem[] {
  const sides = [checkpoint.id, ...(work.kind === 'divergence' ? [work.dense.id] : [])];
  const own = plan.checkpoints.filter(({ id, lock }) => lock === null && sides.includes(id));
  const problems = own.flatMap(({ id, made, refused }) =>
    refused !== null
      ? [refused]
      : made === null
        ? []
        : [runnerMessages.notMade.checkpoint(id, `${made.project}:${made.target}`)],
  );
  return problems.length > 0 ? problems : lockProblems(plan);
}

async function figureOf(root: string, plan: Plan, { cell, result }: CellOutcome): Promise<string> {
  if (!result.ok) return '';
  const { results } = await findCells(root, plan, [cell]);
  const found = results.get(cell.id);
  return found === undefined ? '' : cellFigure(found);
}

function fromOutcome(
  cells: ReadonlyMap<string, Cell>,
  outcome: CellOutcome,
  mode: OutputMode,
  figure: string,
): EndedTask {
  const id = [...cells].find(([, cell]) => cell.id === outcome.cell.id)?.[0] ?? outcome.cell.id;
  return {
    id,
    success: outcome.result.ok,
    text: outcomeText(outcome, mode, figure),
    startedMs: outcome.startedMs,
    finishedMs: outcome.finishedMs,
  };
}

function ended(id: string, success: boolean, text: string): EndedTask {
  const now = steadyMs();
  return { id, success, text, startedMs: now, finishedMs: now };
}
