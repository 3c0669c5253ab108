/** The target `lock`: the same as `npx evalgraph lock <pipeline>`. */

import { lockCommand } from '@evalgraph/cli';
import { writeOut } from '@evalgraph/system';
import type { ExecutorContext } from '@nx/devkit';
import { reported } from './reported.ts';

export function lockExecutor(
  options: { readonly pipeline: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    await lockCommand(context.root, [options.pipeline], (line) => writeOut(`${line}\n`));
    return true;
  });
}
