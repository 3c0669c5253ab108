/** Messages of plugin. */
import { defineMessages } from '@evalgraph/formats';

export const messages = defineMessages({
  staleGraph: (cell: string) => ({
    message: `The key of ${cell} differs from the one in Nx's project graph: a file changed between planning and running.`,
    remedy: 'Run the command again (npx nx reset, if it comes back).',
  }),
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  stageStopped: (label: string): string => `${label}: stopped; run the same command again to go on`,
  leftOutOfQuick: (cell: string): string =>
    `${cell}: left out of the quick run ('quick.checkpoints' in pipeline.yaml)`,
} as const;
