/** The target `eval`: one cell, or a batch of them in one process. */

import { figureText } from '@evalgraph/cli';
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
import { handleSignals, printable, steadyMs, writeOut } from '@evalgraph/system';
import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { messages } from '../messages.ts';
import type { BatchResult } from './batch-result.ts';
import { outcomeText } from './outcome-text.ts';
import { reported } from './reported.ts';

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

export async function evalExecutor(
  options: EvalOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const asked = { id: options.cell, options };
    for await (const { text, success } of evaluate(context.root, [asked])) {
      writeOut(text);
      if (!success) return false;
    }
    return true;
  });
}

/** Nx's batch executor: one process for all cells that are ready. Yields each as it ends. */
export async function* evalBatch(
  _graph: TaskGraph,
  inputs: Record<string, EvalOptions>,
  _overrides: unknown,
  context: ExecutorContext,
): AsyncGenerator<BatchResult> {
  const asked = Object.entries(inputs).map(([id, options]) => ({ id, options }));
  for await (const { id, success, text, startedMs, finishedMs } of evaluate(context.root, asked)) {
    yield {
      task: id,
      result: { success, terminalOutput: printable(text, false), startTime: startedMs, endTime: finishedMs },
    };
  }
}

interface Asked {
  /** Nx's task id. */
  readonly id: string;
  readonly options: EvalOptions;
}

interface Ended {
  readonly id: string;
  readonly success: boolean;
  readonly text: string;
  readonly startedMs: number;
  readonly finishedMs: number;
}

async function* evaluate(root: string, asked: readonly Asked[]): AsyncGenerator<Ended> {
  const stopHandling = handleSignals();
  try {
    yield* evaluateAll(root, asked);
  } finally {
    stopHandling();
  }
}

async function* evaluateAll(root: string, asked: readonly Asked[]): AsyncGenerator<Ended> {
  const mode = outputMode();
  for (const group of groupByPlan(asked)) {
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

function groupByPlan(asked: readonly Asked[]): readonly (readonly Asked[])[] {
  const groups = new Map<string, Asked[]>();
  for (const one of asked) {
    const name = `${one.options.pipeline}\n${one.options.variant}`;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups.values()];
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
      leftOut.push({ id, note: messages.leftOutOfQuick(options.cell) });
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
        : [runnerMessages.unmade(id, `${made.project}:${made.target}`)],
  );
  return problems.length > 0 ? problems : lockProblems(plan);
}

async function figureOf(root: string, plan: Plan, { cell, result }: CellOutcome): Promise<string> {
  if (!result.ok) return '';
  const { results } = await findCells(root, plan, [cell]);
  const found = results.get(cell.id);
  return found === undefined ? '' : figureText(found);
}

function fromOutcome(
  cells: ReadonlyMap<string, Cell>,
  outcome: CellOutcome,
  mode: OutputMode,
  figure: string,
): Ended {
  const id = [...cells].find(([, cell]) => cell.id === outcome.cell.id)?.[0] ?? outcome.cell.id;
  return {
    id,
    success: outcome.result.ok,
    text: outcomeText(outcome, mode, figure),
    startedMs: outcome.startedMs,
    finishedMs: outcome.finishedMs,
  };
}

function ended(id: string, success: boolean, text: string): Ended {
  const now = steadyMs();
  return { id, success, text, startedMs: now, finishedMs: now };
}
