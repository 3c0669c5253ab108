/** Messages of runner/results. */
import type { Problem } from '@evalgraph/formats';

export const messages = {
  badStageRecord: (path: string, folder: string): Problem => ({
    code: 'bad-stage-record',
    message: `${path} is not what a stage writes.`,
    remedy: `Move or remove ${folder}: it is made again.`,
  }),
} as const;
