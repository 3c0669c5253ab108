/** Helper of the tests: the problems that a call, or work that is under way, ends in. */
import { type Problem, UserError } from '@evalgraph/formats';

export async function problemsOf(work: Promise<unknown> | (() => unknown)): Promise<readonly Problem[]> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  throw new Error('no error was thrown');
}
