/** The target `lock`: the same as `npx evalgraph lock <pipeline>`. */
import type { ExecutorContext } from '@nx/devkit';
import { lockCommand } from '../../cli/commands/lock.ts';
import { writeOut } from '../../standard-output.ts';
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
