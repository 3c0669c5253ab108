/** The problems that this package reports. */
import { counted, defineMessages, firstOf } from '@evalgraph/formats';

export const messages = defineMessages({
  cellsMissing: (names: readonly string[]) => ({
    message: `${counted(names.length, 'result is', 'results are')} missing: ${firstOf(names)}.`,
    remedy: 'Evaluate them first: npx nx run-many -t eval. A report never shows an empty cell.',
  }),
  nothingToShow: (what: string) => ({
    message: `The report has no ${what}.`,
    remedy: 'Name at least one in the pipeline.',
  }),
  listedTwice: (what: string, name: string) => ({
    message: `${what} ${name} is listed twice.`,
    remedy: 'List it once.',
  }),
  unexpectedCell: (name: string) => ({
    message: `There is a result of ${name}, which the pipeline does not have.`,
    remedy: 'Plan the report again.',
  }),
  wrongDigest: (name: string, expected: string, found: string) => ({
    message: `The result of ${name} is of weights ${found}; the pipeline has ${expected}.`,
    remedy: 'Evaluate that cell again.',
  }),
  settingDiffers: (name: string, what: string, expected: string, found: string) => ({
    message: `${name}: ${what} is ${found}, where the report has ${expected}.`,
    remedy: 'Numbers that were made in different ways do not stand in one table: evaluate that cell again.',
  }),
  metricMissing: (name: string, task: string, key: string) => ({
    message: `The result of ${name} has no ${key} for ${task}.`,
    remedy: 'Evaluate that cell again.',
  }),
  noMetric: (name: string, task: string) => ({
    message: `The result of ${name} has no metric at all for ${task}.`,
    remedy: 'Give the task a metric.',
  }),
  notFinite: (where: string, value: unknown) => ({
    message: `${where} is ${String(value)}: not a finite number.`,
    remedy: 'The result is damaged: evaluate that cell again.',
  }),
  sameFileName: (first: string, second: string, file: string) => ({
    message: `The charts of ${first} and ${second} would both be ${file}.`,
    remedy: 'Rename one; file names keep letters, digits, dots, hyphens and underscores only.',
  }),
  unknownTask: (where: string, task: string, known: readonly string[]) => ({
    message: `${where} is about ${task}, which the report does not have.`,
    remedy: `Its tasks and groups: ${firstOf(known)}.`,
  }),
  noFraction: (where: string, task: string, value: number) => ({
    message: `${where} for ${task} is ${value}, and scores of ${task} are fractions from 0 to 1.`,
    remedy:
      value > 1 && value <= 100
        ? `Is it in percent? Then write ${Number((value / 100).toPrecision(12))}.`
        : 'Write a fraction.',
  }),
  chartTemplate: (name: string, why: string) => ({
    message: `The chart template ${name} cannot be drawn: ${why}`,
    remedy:
      'A template is a Vega-Lite spec that reads {"data": {"name": "scores"}} or "pairs"; it loads nothing from files or the network.',
  }),
  badSample: (where: string, why: string) => ({
    message: `${where}: ${why}.`,
    remedy: 'The samples file is damaged or of another program: evaluate that cell again.',
  }),
});
