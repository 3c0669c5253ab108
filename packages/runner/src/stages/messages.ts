/** Messages of runner/stages. */
import { defineMessages, ownValue } from '@evalgraph/formats';

export const messages = defineMessages({
  corpusSplit: (
    source: string,
    path: string,
    split: string,
    patterns: readonly string[],
    splits: Readonly<Record<string, readonly string[]>>,
  ) => {
    const names = ownValue(splits, split);
    return {
      message:
        names === undefined
          ? `Source '${source}': ${path} has no split '${split}'.`
          : `Source '${source}': of the ${names.length} files of ${path} in its split '${split}' none matches ${patterns.join(', ')}.`,
      remedy:
        names === undefined
          ? `Its splits: ${Object.keys(splits).join(', ')}.`
          : `They are called like this: ${names.slice(0, 3).join(', ')}`,
    };
  },
  foreignFolder: (folder: string) => ({
    message: `${folder} has files that this pipeline did not make.`,
    remedy: 'Move them elsewhere: a training goes on only from what it began itself.',
  }),
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  checkpointGone: (id: string, folder: string): string =>
    `${id} is no longer in ${folder}; its results stay. To train again, remove the whole folder.`,
  waitingForStage: (label: string): string => `${label}: another process makes it; waiting for it to end`,
} as const;
