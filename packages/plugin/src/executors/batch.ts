/** A target that Nx runs for one task alone, or for a batch of tasks in one process. */
import { printable, writeOut } from '@evalgraph/system';
import { reported } from './reported.ts';

export interface AskedTask<Options> {
  /** Nx's task id. */
  readonly id: string;
  readonly options: Options;
}

export interface EndedTask {
  /** Nx's task id. */
  readonly id: string;
  readonly success: boolean;
  /** What the task prints; empty where it has nothing to say. */
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly finishedMs: number;
}

/** Yields each task as it ends. */
export type BatchWork<Options> = (
  root: string,
  asked: readonly AskedTask<Options>[],
) => AsyncIterable<EndedTask>;

/** What Nx's batch executors yield for each task as it ends. */
export interface BatchResult {
  readonly task: string;
  readonly result: {
    readonly success: boolean;
    readonly terminalOutput: string;
    readonly startTime: number;
    readonly endTime: number;
  };
}

export function runOne<Options>(
  work: BatchWork<Options>,
  root: string,
  asked: AskedTask<Options>,
): Promise<{ success: boolean }> {
  return reported(async () => {
    for await (const { text, success } of work(root, [asked])) {
      writeOut(text);
      if (!success) return false;
    }
    return true;
  });
}

export async function* runBatch<Options>(
  work: BatchWork<Options>,
  root: string,
  inputs: Readonly<Record<string, Options>>,
): AsyncGenerator<BatchResult> {
  const asked = Object.entries(inputs).map(([id, options]) => ({ id, options }));
  for await (const { id, success, text, startedMs, finishedMs } of work(root, asked)) {
    yield {
      task: id,
      result: { success, terminalOutput: printable(text, false), startTime: startedMs, endTime: finishedMs },
    };
  }
}
