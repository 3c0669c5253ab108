/** Runs a target's work: a user's mistake is printed as its message and fails the target, without a stack trace. */
import { UserError } from '@evalgraph/formats';
import { writeError } from '@evalgraph/system';

export async function reported(work: () => Promise<boolean>): Promise<{ success: boolean }> {
  try {
    return { success: await work() };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    writeError(`${error.message}\n`);
    return { success: false };
  }
}
