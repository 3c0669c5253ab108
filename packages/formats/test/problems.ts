/** Helper of the tests: the problems that a call ends in. */
import { type Problem, UserError } from '@evalgraph/formats';

export async function problemsOf(call: () => unknown): Promise<readonly Problem[]> {
  try {
    await call();
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  throw new Error('no error was thrown');
}
