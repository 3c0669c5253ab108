/** Messages of runner/locking. */
import { defineMessages, type FileDigest, linesOf, shortDigest } from '@evalgraph/formats';

/** A file whose bytes are not those of its lock. */
interface LockMismatch {
  readonly path: string;
  readonly lockFile: string;
  readonly expected: FileDigest;
  readonly found: FileDigest;
  /** The command that mends it. */
  readonly command: string;
}

const lockedAndFound = ({ expected, found }: Pick<LockMismatch, 'expected' | 'found'>): string =>
  `locked ${shortDigest(expected.sha256)} (${expected.size} bytes), found ${shortDigest(found.sha256)} (${found.size} bytes)`;

export const messages = defineMessages({
  dataFileMissing: (path: string) => ({
    message: `The data file ${path} does not exist.`,
    remedy:
      "Check 'data_files' of the task or the corpus (relative to the workspace root), or the data set's dataset.yaml (relative to its folder).",
  }),
  notInLock: {
    local: (path: string, lockFile: string, command: string) => ({
      message: `${path} is read with the checkpoint, but ${lockFile} does not name it: it came after the lock was written.`,
      remedy: `If it belongs there, lock again: ${command}\nIf not, remove it.`,
    }),
    onHub: (path: string, lockFile: string) => ({
      message: `${path} would be read with the checkpoint, but ${lockFile} does not name it: it does not come from the hub.`,
      remedy:
        'Remove it. To evaluate other files than those of the hub, copy the checkpoint into a folder of its own.',
    }),
  },
  unlocked: (pipeline: string, files: readonly string[]) => ({
    message: `Pipeline '${pipeline}' is not locked: ${files.length} lock file${files.length === 1 ? ' is' : 's are'} missing or incomplete:\n${linesOf(files.slice(0, 5))}${files.length > 5 ? `\n  … and ${files.length - 5} more` : ''}`,
    remedy: `Lock it: npx evalgraph lock ${pipeline}`,
  }),
  emptySeries: (model: string, pattern: string, source: string) => ({
    message: `Nothing${source === '' ? '' : ` in ${source}`} fits the pattern '${pattern}' of the model '${model}'.`,
    remedy:
      'Check the pattern ({step} is the number as it is, {step:07} has seven digits) and whether checkpoints are subfolders or revisions; a folder counts where it holds a config.json.',
  }),
  tooManyFolders: (folder: string, most: number) => ({
    message: `${folder} has more than ${most} folders that a pattern of checkpoints may mean.`,
    remedy: "Put more of the checkpoints' path before the first {step}.",
  }),
  lockMismatch: ({ path, lockFile, command, ...digests }: LockMismatch) => ({
    message: `${path} does not match its lock ${lockFile}: ${lockedAndFound(digests)}.`,
    remedy: `If the change is meant, lock it again: ${command}\nIf not, restore the file.`,
  }),
  copyDiffers: ({ path, lockFile, command, ...digests }: LockMismatch) => ({
    message: `${path}, a copy of a file of the hub, does not match its lock ${lockFile}: ${lockedAndFound(digests)}.`,
    remedy: `Fetch it again: ${command}`,
  }),
  lockedFileMissing: (path: string, lockFile: string, command: string) => ({
    message: `${path} is missing; ${lockFile} names it.`,
    remedy: `Restore the file, or lock again: ${command}`,
  }),
  changedWhileRunning: (path: string) => ({
    message: `${path} changed while it was being evaluated: no score is taken from it.`,
    remedy:
      'Let whatever writes it come to its end, and run the same command again: what was computed before is kept. npx evalgraph doctor checks every file against its lock.',
  }),
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  readingOnce: (pipeline: string, bytes: string): string =>
    `${pipeline}: ${bytes} of weights and data are read once on this machine, to hold them against their locks`,
  stepsFound: (model: string, fresh: readonly number[], count: number): string =>
    `${model}: ${fresh.length === count ? '' : `${fresh.length} new of `}${count} checkpoints, steps ${fresh.length > 4 ? `${fresh.slice(0, 2).join(', ')}, … ${fresh.at(-1)}` : fresh.join(', ')}`,
  isEmbedded: (architectures: readonly string[], checkpoints: number): string =>
    `the embedded engine computes ${architectures.join(' and ')}, which ${checkpoints === 1 ? 'the checkpoint is' : `all ${checkpoints} checkpoints are`}`,
  notEmbedded: (checkpoint: string, refusal: string): string =>
    `the embedded engine does not compute ${checkpoint}: ${refusal}`,
  datasetRenamed: (path: string, canonicalName: string): string =>
    `the data set ${path} is called ${canonicalName} on the hub; its rows are taken from there`,
} as const;
