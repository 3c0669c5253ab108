/** Files while an engine reads them: what is written to meanwhile gives nobody's numbers. */

import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { stampOf } from '../locks/digest-memo.ts';
import { messages } from './messages.ts';

/**
 * Notes files as they are now.
 * @returns a look at whether they still are; it throws a UserError where one was written to or is gone.
 */
export function watchFiles(folder: string, names: readonly string[]): () => void {
  const paths = names.map((name) => join(folder, name));
  const stamps = paths.map(stampOf);
  return () => {
    for (const [index, path] of paths.entries()) {
      if (stampOf(path) !== stamps[index]) throw new UserError(messages.changedWhileRunning(path));
    }
  };
}
