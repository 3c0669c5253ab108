/** Messages of plugin. */
import type { Problem } from '@evalgraph/formats';

export const messages = {
  stageStopped: (label: string): string => `${label}: stopped; run the same command again to go on`,
  staleGraph: (cell: string): Problem => ({
    code: 'stale-graph',
    message: `The key of ${cell} differs from the one in Nx's project graph: a file changed between planning and running.`,
    remedy: 'Run the command again (npx nx reset, if it comes back).',
  }),
  leftOutOfQuick: (cell: string): string =>
    `${cell}: left out of the quick run ('quick.checkpoints' in pipeline.yaml)`,
} as const;
