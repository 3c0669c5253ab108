/** Any target of a pipeline that cannot be planned: prints why, and fails. */

import { steadyMs, writeError } from '@evalgraph/system';
import type { TaskGraph } from '@nx/devkit';
import { type AskedTask, type BatchResult, type EndedTask, runBatch } from './batch.ts';

export interface BrokenOptions {
  readonly text: string;
}

export function brokenExecutor(options: BrokenOptions): Promise<{ success: boolean }> {
  writeError(`${options.text}\n`);
  return Promise.resolve({ success: false });
}

/** A run of every cell asks a broken pipeline a hundred times: the first of its targets prints the errors, all fail. */
export function brokenBatch(
  _graph: TaskGraph,
  inputs: Record<string, BrokenOptions>,
): AsyncGenerator<BatchResult> {
  // The errors were found before: no workspace is read.
  return runBatch(failAll, '', inputs);
}

async function* failAll(
  _root: string,
  asked: readonly AskedTask<BrokenOptions>[],
): AsyncGenerator<EndedTask> {
  const printed = new Set<string>();
  for (const { id, options } of asked) {
    const text = printed.has(options.text) ? '' : `${options.text}\n`;
    printed.add(options.text);
    const nowMs = steadyMs();
    yield { id, success: false, text, startedMs: nowMs, finishedMs: nowMs };
  }
}
