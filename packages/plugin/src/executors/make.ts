/** The targets `corpus`, `pack`, `init`, `train` and `prune`: one stage, or a batch of them in one process, one after the other. */

import { UserError } from '@evalgraph/formats';
import { loadLocked } from '@evalgraph/runner';
import { openDigestMemo } from '@evalgraph/runner/locks';
import { duration, outputMode } from '@evalgraph/runner/run';
import { makeStage } from '@evalgraph/runner/stages';
import { lastStage, type Pipeline, type Stage, stageId, stagesBefore, verifiedFile } from '@evalgraph/spec';
import { steadyMs, writeOut } from '@evalgraph/system';
import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { phrases } from '../messages.ts';
import { type AskedTask, type BatchResult, type EndedTask, runBatch, runOne } from './batch.ts';

export interface MakeOptions {
  readonly pipeline: string;
  readonly stage: Stage['kind'];
  readonly name: string;
  readonly output: string;
}

export function makeExecutor(options: MakeOptions, { root }: ExecutorContext): Promise<{ success: boolean }> {
  return runOne(makeAll, root, { id: options.name, options });
}

/** Nx's batch executor. */
export function makeBatch(
  _graph: TaskGraph,
  inputs: Record<string, MakeOptions>,
  _overrides: unknown,
  { root }: ExecutorContext,
): AsyncGenerator<BatchResult> {
  return runBatch(makeAll, root, inputs);
}

type Asked = AskedTask<MakeOptions>;

/** One after the other: a training wants the whole machine. */
async function* makeAll(root: string, asked: readonly Asked[]): AsyncGenerator<EndedTask> {
  const mode = outputMode();
  const note = (line: string): void => {
    if (mode === 'lines') writeOut(`${line}\n`);
    if (mode === 'json') writeOut(`${JSON.stringify({ event: 'note', text: line })}\n`);
  };
  const controller = new AbortController();
  const stopHandling = stopOnSignals(controller);
  try {
    for (const [name, group] of Map.groupBy(asked, ({ options }) => options.pipeline)) {
      const pipeline = loadLocked(root, name);
      const failed = new Set<string>();
      for (const { id, stage } of inOrder(pipeline, group)) {
        const startedMs = steadyMs();
        const before = stagesBefore(stage, lastStage(pipeline.models));
        if (controller.signal.aborted || before.some((one) => failed.has(one))) {
          failed.add(stageId(stage));
          yield { id, success: false, text: '', startedMs, finishedMs: steadyMs() };
          continue;
        }
        const ended = await attempt(root, pipeline, stage, note, controller.signal);
        if (!ended.success) failed.add(stageId(stage));
        const finishedMs = steadyMs();
        const text = ended.success ? `${ended.text} in ${duration(finishedMs - startedMs)}\n` : ended.text;
        yield { id, success: ended.success, text, startedMs, finishedMs };
      }
    }
  } finally {
    stopHandling();
  }
}

function inOrder(
  { stages }: Pipeline,
  asked: readonly Asked[],
): readonly { readonly id: string; readonly stage: Stage }[] {
  const ids = new Map(
    asked.map(({ id, options }) => [stageId({ kind: options.stage, name: options.name }), id]),
  );
  return stages.flatMap((stage) => {
    const id = ids.get(stageId(stage));
    return id === undefined ? [] : [{ id, stage }];
  });
}

async function attempt(
  root: string,
  pipeline: Pipeline,
  stage: Stage,
  note: (line: string) => void,
  signal: AbortSignal,
): Promise<{ readonly success: boolean; readonly text: string }> {
  const memo = openDigestMemo(verifiedFile(root));
  const label = `${stage.name} (${stage.kind})`;
  try {
    const outcome = await makeStage(stage, { root, pipeline, memo, env: process.env, signal, note });
    if (outcome === 'stopped') return { success: false, text: `${phrases.stageStopped(label)}\n` };
    return { success: true, text: `${label}: ${outcome === 'made' ? 'made' : 'made already, looked at'}` };
  } catch (error) {
    if (signal.aborted) return { success: false, text: `${phrases.stageStopped(label)}\n` };
    if (!(error instanceof UserError)) throw error;
    return { success: false, text: `${label} failed:\n${error.message}\n` };
  }
}

/** The first signal lets a training save its step; a second one ends the process at once. */
function stopOnSignals(controller: AbortController): () => void {
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  const hangUp = (): void => {};
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', hangUp);
  return () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    process.off('SIGHUP', hangUp);
  };
}
