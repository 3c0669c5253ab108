/** Any target of a pipeline that cannot be planned: prints why, and fails. */

import { printable, writeError } from '@evalgraph/system';
import type { TaskGraph } from '@nx/devkit';
import type { BatchResult } from './batch-result.ts';

export interface BrokenOptions {
  readonly text: string;
}

export function brokenExecutor(options: BrokenOptions): Promise<{ success: boolean }> {
  writeError(`${options.text}\n`);
  return Promise.resolve({ success: false });
}

/** A run of every cell asks a broken pipeline a hundred times: the first of its targets prints the errors, all fail. */
export async function* brokenBatch(
  _graph: TaskGraph,
  inputs: Record<string, BrokenOptions>,
): AsyncGenerator<BatchResult> {
  const printed = new Set<string>();
  for (const [task, { text }] of Object.entries(inputs)) {
    const terminalOutput = printed.has(text) ? '' : printable(`${text}\n`, false);
    printed.add(text);
    const now = Date.now();
    yield { task, result: { success: false, terminalOutput, startTime: now, endTime: now } };
  }
}
