/** `evalgraph watch [pipeline]`: a run of another terminal, as its event log tells it. Reads only. */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '@evalgraph/formats';
import { screenOf } from '@evalgraph/report/terminal';
import { planPipeline } from '@evalgraph/runner';
import type { Plan } from '@evalgraph/runner/plan';
import { LOG_FILE } from '@evalgraph/runner/run';
import { pipelineNames, resultsFolder, type Variant } from '@evalgraph/spec';
import { printable } from '@evalgraph/system';
import type { Call, Print } from '../../command.ts';
import { messages } from '../../terminal/messages.ts';
import { onePipeline } from '../../terminal/one-pipeline.ts';
import { nextState, openLog, phaseOf, type RunState, remainingMs } from '../../terminal/run-log.ts';
import { endedLine, type Watched, watchView } from '../../terminal/watch-view.ts';

const INTERVAL_MS = 500;

export interface WatchArguments {
  readonly pipeline: string | null;
  readonly once: boolean;
  readonly quick: boolean;
}

export async function watchRun({ root, print, words }: Call, wanted: WatchArguments): Promise<void> {
  const pipeline = onePipeline(pipelineNames(root), wanted.pipeline, words);
  const variant: Variant = wanted.quick ? 'quick' : latestRun(root, pipeline);
  const path = logPath(pipeline, variant);
  const log = openLog(join(root, path), path);
  const plan = planPipeline(root, pipeline, variant);
  const name = variant === 'quick' ? `${pipeline} (quick)` : pipeline;
  const command = `npx nx run ${pipeline}:eval${variant === 'quick' ? ':quick' : ''}`;
  const screen = screenOf(process.stdout);
  let state = fold(null, log.read());
  if (state === null) throw new UserError(messages.noLog(path, command));
  const watched = (now: RunState): Watched => ({
    name,
    state: now,
    nowMs: Date.now(),
    remainingMs: remainingMs(now, tasksLeft(plan, now), Date.now()),
  });
  if (wanted.once || phaseOf(state) !== 'running') {
    for (const line of watchView(watched(state), screen)) print(line);
    return;
  }
  const shown = screen.isLive ? liveScreen() : null;
  if (shown === null) for (const line of watchView(watched(state), screen)) print(line);
  let printed = state.ended.size;
  for (;;) {
    if (shown !== null) shown.draw(watchView(watched(state), screenOf(process.stdout)));
    else printed = printNew(state, printed, print);
    // The process may end between its last line and our look at it: what it wrote is read once more.
    const phase = phaseOf(state);
    state = fold(state, log.read()) ?? state;
    if (phase !== 'running' && phaseOf(state) !== 'running') break;
    await sleep(INTERVAL_MS);
  }
  const last = watchView(watched(state), screenOf(process.stdout));
  if (shown !== null) shown.draw(last);
  else for (const line of ['', ...last]) print(line);
}

function logPath(pipeline: string, variant: Variant): string {
  return `${resultsFolder(pipeline, variant)}/${LOG_FILE}`;
}

/** Whose log was written last: somebody who watches means what runs now, be it quick or full. */
function latestRun(root: string, pipeline: string): Variant {
  const writtenMs = (variant: Variant): number =>
    statSync(join(root, logPath(pipeline, variant)), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return writtenMs('quick') > writtenMs('full') ? 'quick' : 'full';
}

function fold(state: RunState | null, lines: readonly string[] | null): RunState | null {
  return (lines ?? []).reduce<RunState | null>(nextState, state);
}

/** Tasks of cells that are neither ended nor running: known only where the run is about all of the plan's. */
function tasksLeft(plan: Plan, state: RunState): readonly string[] | null {
  const evaluated = plan.cells.filter(({ work }) => work.kind !== 'imported');
  if (evaluated.length !== state.cells) return null;
  return evaluated.filter(({ id }) => !state.ended.has(id) && !state.running.has(id)).map(({ name }) => name);
}

/** A line for each cell that ended since. @returns how many have ended */
function printNew(state: RunState, printed: number, print: Print): number {
  const ended = [...state.ended.values()];
  for (const [index, one] of ended.entries()) {
    if (index >= printed) print(endedLine(one, index + 1, state.cells));
  }
  return ended.length;
}

/** Draws over what it drew before: what stood in the terminal stays above. */
function liveScreen(): { draw(lines: readonly string[]): void } {
  let height = 0;
  return {
    draw(lines) {
      const rows = process.stdout.rows ?? 40;
      const fitting = lines.slice(0, Math.max(1, rows - 1));
      const up = height > 0 ? `\x1b[${height}A` : '';
      process.stdout.write(`${up}\r\x1b[0J${fitting.map((line) => printable(line, true)).join('\n')}\n`);
      height = fitting.length;
    },
  };
}
