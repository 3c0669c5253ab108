/** Messages of system. */
import { defineMessages } from '@evalgraph/formats';

export const messages = defineMessages({
  unreadable: (path: string, code: string) => ({
    message: `Cannot read ${path}: ${systemReason(code)}.`,
    remedy: 'Check its permissions and the disk, then run the command again.',
  }),
  cannotWrite: (path: string, code: string) => ({
    message: `Cannot write ${path}: ${systemReason(code)}.`,
    remedy:
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'Free some space and run the same command again: what was computed is kept, only the rest is computed.'
        : 'Check its permissions (or set EVALGRAPH_STORE to a folder you may write) and run the same command again.',
  }),
  claimLost: (name: string) => ({
    message: `Another machine took over what this process was about to write (${name}): it saw no sign of this process for minutes.`,
    remedy:
      'Run the same command again when the other is done: what both computed is kept. A machine that was suspended, or a store on a network that was away, explains it.',
  }),
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  interrupted: (signal: string): string =>
    `Interrupted (${signal}). What was computed is kept; the same command goes on from there.`,
} as const;

function systemReason(code: string): string {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    EROFS: 'the file system is read-only',
    ENOSPC: 'no space is left on the disk',
    EDQUOT: 'the disk quota is exhausted',
    ENOENT: 'it does not exist',
    ENOTDIR: 'a part of the path is no folder',
    EISDIR: 'it is a folder',
    EIO: 'the disk reports an error',
    EMFILE: 'too many files are open',
  };
  const reason = reasons[code];
  return reason === undefined ? code : `${reason} (${code})`;
}
