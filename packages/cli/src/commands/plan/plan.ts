/** `evalgraph plan [pipeline…]`: what a run would do, and how long it would take at the rate measured so far. */

import type { RequestEngine } from '@evalgraph/engines';
import { type Problem, UserError } from '@evalgraph/formats';
import { numberCell, type TableBlock, tableBlock, textCell } from '@evalgraph/report/data';
import { renderTerminal, screenOf } from '@evalgraph/report/terminal';
import { planPipeline } from '@evalgraph/runner';
import { requireAsLocked } from '@evalgraph/runner/locking';
import { chosenBecause } from '@evalgraph/runner/locks';
import type { Cell, Plan } from '@evalgraph/runner/plan';
import {
  type CellCounts,
  count,
  duration,
  measuredRate,
  openCounter,
  plannedEngine,
} from '@evalgraph/runner/run';
import { readStored } from '@evalgraph/runner/store';
import { storeFolder } from '@evalgraph/spec';
import type { Cli, Print } from '../../command.ts';
import { forEachPipeline } from '../../each-pipeline.ts';
import { pythonNote } from '../../python-note.ts';

export interface PlanArguments {
  /** Empty: every pipeline. */
  readonly pipelines: readonly string[];
  readonly quick: boolean;
}

export async function planPipelines(
  { root, print }: Cli,
  { pipelines, quick }: PlanArguments,
): Promise<void> {
  await forEachPipeline(root, pipelines, async (name) => {
    const plan = planPipeline(root, name, quick ? 'quick' : 'full');
    await requireAsLocked(root, plan);
    return printPlan(root, plan, print);
  });
}

/** @returns why cells could not be counted, each reason once */
async function printPlan(root: string, plan: Plan, print: Print): Promise<readonly Problem[]> {
  const { name, title } = plan.pipeline;
  print(`${name}: ${title}${plan.variant === 'quick' ? ' (quick)' : ''}`);
  const because = chosenBecause(root, name);
  if (because !== null) print(`  ${because}`);
  const missing: Cell[] = [];
  const waiting: Cell[] = [];
  const imported = plan.cells.filter(({ work }) => work.kind === 'imported');
  for (const cell of plan.cells) {
    if (cell.work.kind === 'imported') continue;
    if (cell.key === null) waiting.push(cell);
    else if ((await readStored(storeFolder(root), cell.key)) === null) missing.push(cell);
  }
  print(
    `  ${of(plan.checkpoints.length, 'checkpoint')}, ${of(plan.cells.length, 'cell')}: ${imported.length > 0 ? `${imported.length} imported, ` : ''}${plan.cells.length - imported.length - missing.length - waiting.length} stored, ${missing.length} to run${waiting.length > 0 ? `, ${waiting.length} of weights that are still to be made` : ''}; ${of(plan.comparisons.length, 'comparison')}`,
  );
  for (const line of unmadeLines(plan)) print(`  ${line}`);
  const note = plan.unmade.length === 0 ? null : await pythonNote(plan.pipeline.stages, process.env);
  if (note !== null) print(`  ${note}`);
  if (missing.length === 0) return [];
  const engine = plannedEngine(plan);
  if (engine.kind !== 'requests') {
    print(`  Requests and tokens: counted by ${engine.identity.name} itself when it runs.`);
    return [];
  }
  const { totals: byTask, problems } = await countByTask(root, name, engine, missing);
  if (byTask.length === 0) return problems;
  print('');
  const header = ['task', 'cells', 'requests', 'tokens asked', 'to compute'];
  for (const line of renderTerminal(
    [tableBlock('To run', header, byTask.map(taskRow))],
    screenOf(process.stdout),
  ))
    print(line);
  print('');
  print(`  ${await timeText(root, plan, byTask)}`);
  return problems;
}

function of(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** Names the unmade weights by the target that makes them. */
function unmadeLines({ unmade }: Plan): readonly string[] {
  const targets = Map.groupBy(unmade, ({ made }) => `${made?.project ?? ''}:${made?.target ?? ''}`);
  return [...targets].map(([target, checkpoints]) => {
    const [first, ...more] = checkpoints.map(({ id }) => id);
    const others = more.length > 0 ? ` and ${more.length} more are` : ' is';
    return `${first}${others} made by ${target}`;
  });
}

interface TaskTotal extends CellCounts {
  readonly task: string;
  readonly cells: number;
}

async function countByTask(
  root: string,
  pipeline: string,
  engine: RequestEngine,
  cells: readonly Cell[],
): Promise<{ readonly totals: readonly TaskTotal[]; readonly problems: readonly Problem[] }> {
  const totals = new Map<string, TaskTotal>();
  const problems = new Map<string, Problem>();
  const counter = openCounter(root, pipeline, engine);
  try {
    for (const cell of cells) {
      let counts: CellCounts;
      try {
        counts = await counter.count(cell);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        for (const problem of error.problems) problems.set(problem.message, problem);
        continue;
      }
      const sum = totals.get(cell.name);
      totals.set(cell.name, {
        task: cell.name,
        cells: (sum?.cells ?? 0) + 1,
        requests: (sum?.requests ?? 0) + counts.requests,
        asked: (sum?.asked ?? 0) + counts.asked,
        computed: (sum?.computed ?? 0) + counts.computed,
        generatedAtMost: (sum?.generatedAtMost ?? 0) + counts.generatedAtMost,
      });
    }
  } finally {
    await counter.close();
  }
  return { totals: [...totals.values()], problems: [...problems.values()] };
}

function taskRow(total: TaskTotal): TableBlock['rows'][number] {
  const generated = total.generatedAtMost > 0 ? ` + up to ${count(total.generatedAtMost)} generated` : '';
  return [
    textCell(total.task),
    numberCell(count(total.cells), total.cells),
    numberCell(count(total.requests), total.requests),
    numberCell(count(total.asked), total.asked),
    numberCell(`${count(total.computed)}${generated}`, total.computed),
  ];
}

async function timeText(root: string, plan: Plan, totals: readonly TaskTotal[]): Promise<string> {
  const rate = await measuredRate(root, plan);
  if (rate === null)
    return 'Time: unknown until a first cell has run (try: npx nx run-many -t eval -c quick).';
  const seconds = totals.reduce((sum, { task, computed, generatedAtMost }) => {
    const perSecond = rate.byTask.get(task) ?? rate.overall;
    return sum + (computed + generatedAtMost) / perSecond;
  }, 0);
  const text = duration((seconds * 1000) / rate.lanes);
  return `Time: at most about ${text} at the measured ${count(Math.round(rate.overall * rate.lanes))} tokens/s of ${count(rate.cells)} cells.`;
}
