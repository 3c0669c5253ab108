/** Messages of runner/results. */
import { defineMessages } from '@evalgraph/formats';

export const messages = defineMessages({
  badStageRecord: (path: string, folder: string) => ({
    message: `${path} is not what a stage writes.`,
    remedy: `Move or remove ${folder}: it is made again.`,
  }),
});
