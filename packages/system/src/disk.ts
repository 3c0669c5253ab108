/** Turns the file system's refusals into the message that a user needs; every write of this package goes through. */

import { UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';

/** @throws UserError naming the path and the reason; anything that is no system error passes as it is. */
export async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refusal(path, error);
  }
}

export function writingSync<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw refusal(path, error);
  }
}

function refusal(path: string, error: unknown): unknown {
  const code = error instanceof UserError ? undefined : (error as NodeJS.ErrnoException | null)?.code;
  return code === undefined ? error : new UserError(messages.cannotWrite(path, code));
}
