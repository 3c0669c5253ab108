/** The target `verify`: a sample of a pipeline's cells evaluated afresh and compared with its summary.json. */

import { verify } from '@evalgraph/cli';
import { writeOut } from '@evalgraph/system';
import type { ExecutorContext } from '@nx/devkit';
import { reported } from './reported.ts';

export interface VerifyExecutorOptions {
  readonly pipeline: string;
  readonly cells: number | 'all';
  readonly seed: number;
  readonly tolerance?: number;
}

export function verifyExecutor(
  options: VerifyExecutorOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { pipeline, cells, seed, tolerance = null } = options;
    const settings = { cells: cells === 'all' ? Infinity : cells, seed, tolerance };
    const print = (line: string): void => writeOut(`${line}\n`);
    await verify({ root: context.root, print }, pipeline, settings);
    return true;
  });
}
