/** The target `lock`: the same as `npx evalgraph lock <pipeline>`. */

import { lockPipelines } from '@evalgraph/cli';
import { writeOut } from '@evalgraph/system';
import type { ExecutorContext } from '@nx/devkit';
import { reported } from './reported.ts';

export function lockExecutor(
  options: { readonly pipeline: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const print = (line: string): void => writeOut(`${line}\n`);
    await lockPipelines({ root: context.root, print }, [options.pipeline]);
    return true;
  });
}
