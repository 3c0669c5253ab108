/**
 * `evalgraph follow [pipeline]`: evaluates checkpoints while a training in another terminal makes them. Results go into
 * the store and their places, so that the report's run finds them there.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '@evalgraph/formats';
import { planPipeline } from '@evalgraph/runner';
import { requireAsLocked } from '@evalgraph/runner/locking';
import type { Cell, Plan } from '@evalgraph/runner/plan';
import {
  count,
  duration,
  loggedProgress,
  openEventLog,
  outputMode,
  plannedEngine,
  runCells,
} from '@evalgraph/runner/run';
import { hasStored } from '@evalgraph/runner/store';
import { pipelineNames, storeFolder } from '@evalgraph/spec';
import type { Call, Print } from '../../command.ts';
import { messages } from '../../messages.ts';
import { onePipeline } from '../../terminal/one-pipeline.ts';

/** A checkpoint appears every few minutes; looking costs some milliseconds. */
const INTERVAL_MS = 2000;

/** Ends when every checkpoint is made and evaluated; with `--once`, when those that are there are. */
export async function followTraining(
  { root, print, words }: Call,
  { pipeline, once }: { readonly pipeline: string | null; readonly once: boolean },
): Promise<void> {
  const name = onePipeline(pipelineNames(root), pipeline, words);
  const tried = new Set<string>();
  let waitingFor = -1;
  for (;;) {
    const plan = planPipeline(root, name, 'full');
    await requireAsLocked(root, plan);
    const cells = plan.cells.filter(
      ({ key, work }) =>
        key !== null && work.kind !== 'imported' && !tried.has(key) && !hasStored(storeFolder(root), key),
    );
    for (const { key } of cells) tried.add(key ?? '');
    if (cells.length > 0) await evaluate(root, plan, cells, print);
    else if (plan.unmade.length === 0 || once) return;
    else if (plan.unmade.length !== waitingFor) {
      waitingFor = plan.unmade.length;
      const [next] = plan.unmade;
      const target = `${next?.made?.project ?? ''}:${next?.made?.target ?? ''}`;
      print(`${name}: waiting for ${count(waitingFor)} checkpoints; the next is made by ${target}`);
    }
    if (cells.length === 0) await sleep(INTERVAL_MS);
  }
}

/** @throws UserError with every cell that failed. */
async function evaluate(root: string, plan: Plan, cells: readonly Cell[], print: Print): Promise<void> {
  const log = openEventLog(root, plan);
  const progress = loggedProgress(outputMode(), print, log);
  const failed: string[] = [];
  for await (const outcome of runCells({ root, plan, cells, engine: plannedEngine(plan), progress, log })) {
    const { cell, result, startedMs, finishedMs } = outcome;
    if (result.ok) print(`${cell.id}: evaluated in ${duration(finishedMs - startedMs)}`);
    else failed.push(`${cell.id}: ${result.text}`);
  }
  if (failed.length > 0) throw new UserError(failed.map((text) => messages.cellFailed.text(text)));
}
