/** Messages of runner/reporting. */
import { defineMessages } from '@evalgraph/formats';

export const messages = defineMessages({
  badSample: (path: string, line: number, why: string) => ({
    message: `${path}:${line}: ${why}.`,
    remedy: 'The samples file is damaged: evaluate that cell again.',
  }),
  noSamples: (pipeline: string) => ({
    message: `No result of ${pipeline} has samples.`,
    remedy: 'Results that were imported come without them; evaluate a task here first.',
  }),
  chartTemplate: (path: string, why: string, most: number | null) => ({
    message: `${path}: ${why}${most === null ? '' : `; at most ${most} are read`}.`,
    remedy: 'A chart of your own is a Vega-Lite template as JSON: docs/report.md shows one.',
  }),
});
