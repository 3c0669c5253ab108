/** Messages of runner/reporting. */
import type { Problem } from '@evalgraph/formats';

export const messages = {
  badSampleRow: (path: string, line: number, why: string): Problem => ({
    code: 'bad-sample',
    message: `${path}:${line}: ${why}.`,
    remedy: 'The samples file is damaged: evaluate that cell again.',
  }),
  noSamples: (pipeline: string): Problem => ({
    code: 'no-samples',
    message: `No result of ${pipeline} has samples.`,
    remedy: 'Results that were imported come without them; evaluate a task here first.',
  }),
  badChartFile: (path: string, why: string, most: number | null): Problem => ({
    code: 'chart-template',
    message: `${path}: ${why}${most === null ? '' : `; at most ${most} are read`}.`,
    remedy: 'A chart of your own is a Vega-Lite template as JSON: docs/report.md shows one.',
  }),
} as const;
