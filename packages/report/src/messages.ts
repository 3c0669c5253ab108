/** Every problem that this package reports. Texts stand here only; tests compare with these functions. */
import type { Problem } from '@evalgraph/formats';

/** How many missing cells a message names before it counts the rest. */
const NAMED = 10;

export function cellsMissing(names: readonly string[]): Problem {
  const rest = names.length - NAMED;
  return {
    code: 'cells-missing',
    message: `${names.length} result${names.length === 1 ? ' is' : 's are'} missing: ${names.slice(0, NAMED).join(', ')}${
      rest > 0 ? ` and ${rest} more` : ''
    }.`,
    remedy: 'Evaluate them first: npx nx run-many -t eval. A report never shows an empty cell.',
  };
}

export function nothingToShow(what: string): Problem {
  return {
    code: 'nothing-to-show',
    message: `The report has no ${what}.`,
    remedy: 'Name at least one in the pipeline.',
  };
}

export function listedTwice(what: string, name: string): Problem {
  return { code: 'listed-twice', message: `${what} ${name} is listed twice.`, remedy: 'List it once.' };
}

export function unexpectedCell(name: string): Problem {
  return {
    code: 'unexpected-cell',
    message: `There is a result of ${name}, which the pipeline does not have.`,
    remedy: 'Plan the report again.',
  };
}

export function wrongDigest(name: string, expected: string, found: string): Problem {
  return {
    code: 'wrong-digest',
    message: `The result of ${name} is of weights ${found}; the pipeline has ${expected}.`,
    remedy: 'Evaluate that cell again.',
  };
}

export function settingDiffers(name: string, what: string, expected: string, found: string): Problem {
  return {
    code: 'setting-differs',
    message: `${name}: ${what} is ${found}, where the report has ${expected}.`,
    remedy: 'Numbers that were made in different ways do not stand in one table: evaluate that cell again.',
  };
}

export function metricMissing(name: string, task: string, key: string): Problem {
  return {
    code: 'metric-missing',
    message: `The result of ${name} has no ${key} for ${task}.`,
    remedy: 'Evaluate that cell again.',
  };
}

export function noMetric(name: string, task: string): Problem {
  return {
    code: 'no-metric',
    message: `The result of ${name} has no metric at all for ${task}.`,
    remedy: 'Give the task a metric.',
  };
}

export function notFinite(where: string, value: unknown): Problem {
  return {
    code: 'not-finite',
    message: `${where} is ${String(value)}: not a finite number.`,
    remedy: 'The result is damaged: evaluate that cell again.',
  };
}

export function sameFileName(first: string, second: string, file: string): Problem {
  return {
    code: 'same-file-name',
    message: `The charts of ${first} and ${second} would both be ${file}.`,
    remedy: 'Rename one; file names keep letters, digits, dots, hyphens and underscores only.',
  };
}

export function unknownTask(where: string, task: string, known: readonly string[]): Problem {
  return {
    code: 'unknown-task',
    message: `${where} is about ${task}, which the report does not have.`,
    remedy: `Its tasks and groups: ${known.slice(0, NAMED).join(', ')}${known.length > NAMED ? ', ...' : ''}.`,
  };
}

export function noFraction(where: string, task: string, value: number): Problem {
  return {
    code: 'no-fraction',
    message: `${where} for ${task} is ${value}, and scores of ${task} are fractions from 0 to 1.`,
    remedy:
      value > 1 && value <= 100
        ? `Is it in percent? Then write ${Number((value / 100).toPrecision(12))}.`
        : 'Write a fraction.',
  };
}

export function templateRefused(name: string, why: string): Problem {
  return {
    code: 'chart-template',
    message: `The chart template ${name} cannot be drawn: ${why}`,
    remedy:
      'A template is a Vega-Lite spec that reads {"data": {"name": "scores"}} or "pairs"; it loads nothing from files or the network.',
  };
}

export function badSample(where: string, why: string): Problem {
  return {
    code: 'bad-sample',
    message: `${where}: ${why}.`,
    remedy: 'The samples file is damaged or of another program: evaluate that cell again.',
  };
}
