/** Several pruned models beside one dense model: a table of all, and what each has for itself. */
import type { ComparisonRecord, ComparisonSet, PairedTask } from '@evalgraph/formats';
import {
  formatCount,
  formatDifference,
  formatInterval,
  formatPercent,
  formatPercentDifference,
  formatPerplexity,
  formatRatio,
} from '../format.ts';
import { plainText } from '../plain-text.ts';
import { type Block, type Cell, heading, numberCell, paragraph, tableBlock, textCell } from './blocks.ts';
import { LIMITED } from './cells.ts';
import { identity, judgedCells, limitNote, pairedValue, readingOf, reportHeading } from './comparison.ts';
import { absent } from './comparison-cells.ts';
import { findingItems, taskName } from './comparison-findings.ts';
import { patternText } from './comparison-sparsity.ts';
import { figureLabel, reportedValue } from './figure.ts';

/** The model's name inside its set: `wanda-50` of `sparsities/wanda-50`. */
export function memberName({ name, among }: ComparisonRecord): string {
  return plainText(among === undefined ? name : name.slice(among.comparison.length + 1));
}

/** comparison_report.md. */
export function comparisonSetBlocks({ name, models }: ComparisonSet): readonly Block[] {
  const [first] = models;
  if (first === undefined) return [];
  return [
    heading(1, `${name}: dense and ${formatCount(models.length)} pruned models`),
    ...setTopBlocks(name, models, 2),
    heading(2, 'Models'),
    paragraph(
      'Each has its own report: recovery and power, flips, perplexities, divergence, sparsity in full.',
    ),
    ...models.flatMap((record): readonly Block[] => {
      const pattern = patternText(record);
      return [
        {
          kind: 'heading',
          level: 3,
          text: memberName(record),
          path: [memberName(record), 'comparison_report.md'],
        },
        paragraph(`${identity(record.pruned)}${pattern === '' ? '' : `\n${pattern}`}`),
      ];
    }),
    heading(2, 'How to read this'),
    { kind: 'list', items: readingOf(first) },
  ];
}

/** What stands first of a set, wherever it stands: which models, the summary, the tasks, every difference. */
export function setTopBlocks(
  name: string,
  models: readonly ComparisonRecord[],
  level: 2 | 3,
): readonly Block[] {
  const [first] = models;
  if (first === undefined) return [];
  return [
    ...(first.limit === null ? [] : [limitNote(first.limit)]),
    paragraph(
      [
        `Dense: ${identity(first.dense)}`,
        ...(level === 2 ? [] : models.map((record) => `${memberName(record)}: ${identity(record.pruned)}`)),
      ].join('\n'),
    ),
    heading(level, 'Summary'),
    setSummary(name, models),
    ...(first.tasks.length === 0
      ? []
      : [
          heading(level, 'Task Results'),
          ...setFindings(models),
          setTasks(name, models),
          setDifferences(name, models),
        ]),
  ];
}

/** The section in the report of the pipeline; charts of a model stand under its name. */
export function setSection(
  name: string,
  models: readonly ComparisonRecord[],
  chartsOf: (comparison: string) => readonly Block[],
): readonly Block[] {
  const [first] = models;
  if (first === undefined) return [];
  return [
    reportHeading(name),
    ...(first.limit === null ? [] : [limitNote(first.limit)]),
    setSummary(name, models),
    ...chartsOf(name),
    ...(first.tasks.length === 0
      ? []
      : [setTasks(name, models), { ...setDifferences(name, models), isDetail: true }]),
    ...models.flatMap((record) => [reportHeading(record.name), ...chartsOf(record.name)]),
  ];
}

function setSummary(name: string, models: readonly ComparisonRecord[]) {
  const [first] = models;
  const share = ({ zeros, elements }: { readonly zeros: number; readonly elements: number }): Cell =>
    numberCell(formatPercent(zeros / elements), zeros / elements);
  const sparsity = (label: string, part: 'linear' | 'all'): readonly Cell[] => [
    textCell(label),
    ...(first === undefined ? [] : [share(first.sparsity.dense[part])]),
    ...models.map((record) => share(record.sparsity.pruned[part])),
  ];
  const figures = (first?.perplexity ?? []).map(({ dense }, index) => {
    const before = reportedValue(dense);
    const others = models.map(({ perplexity }) => {
      const figure = perplexity[index]?.pruned;
      if (figure === undefined) return absent();
      const after = reportedValue(figure);
      return numberCell(`${formatPerplexity(after)} (${formatRatio(after / before)})`, after);
    });
    return [textCell(figureLabel(dense)), numberCell(formatPerplexity(before), before), ...others];
  });
  return tableBlock(
    `${name}: summary`,
    ['Metric', 'Dense', ...models.map(memberName)],
    [sparsity('Sparsity', 'linear'), sparsity('Sparsity, all weights', 'all'), ...figures],
  );
}

function setFindings(models: readonly ComparisonRecord[]): readonly Block[] {
  const items = models.flatMap((record) =>
    findingItems(record).map((finding) => `${memberName(record)}: ${finding}`),
  );
  return items.length === 0 ? [] : [{ kind: 'list', items }];
}

/**
 * A line a task: the scores side by side, each with its difference from the dense model's and what is to be made of
 * it.
 */
function setTasks(name: string, models: readonly ComparisonRecord[]) {
  const rows = rowsOf(models).map(({ task, pruned }) => [
    textCell(taskLabel(task, models)),
    numberCell(pairedValue(task.dense, task), task.dense),
    ...pruned.map((own) =>
      numberCell(
        `${pairedValue(own.pruned, own)} (${formatDifference(own.difference)}, ${own.verdict ?? 'not tested'})`,
        own.pruned,
      ),
    ),
  ]);
  return tableBlock(`${name}: tasks`, ['Task', 'Dense', ...models.map(memberName)], rows);
}

/**
 * A line for each task and model, named by both (files of tables know a row by its first cell): all that is said of
 * it.
 */
function setDifferences(name: string, models: readonly ComparisonRecord[]) {
  const rows = rowsOf(models).flatMap(({ task, pruned }) =>
    pruned.map((own, index) => {
      const interval = own.analysis?.normal95 ?? own.interval95;
      const model = models[index];
      return [
        textCell(`${taskLabel(task, models)}: ${model === undefined ? '' : memberName(model)}`),
        numberCell(formatDifference(own.difference), own.difference),
        own.relative === null ? absent() : numberCell(formatPercentDifference(own.relative), own.relative),
        interval === null ? absent() : numberCell(formatInterval(interval), interval[0]),
        ...judgedCells(own),
        numberCell(formatCount(own.documents), own.documents),
      ];
    }),
  );
  return tableBlock(
    `${name}: differences`,
    ['Task: model', 'Difference', 'Relative', '95 % interval', 'p (Holm)', 'Verdict', 'Documents'],
    rows,
  );
}

function taskLabel(task: PairedTask, [first]: readonly ComparisonRecord[]): string {
  return `${taskName(task)}${first === undefined || first.limit === null ? '' : LIMITED}`;
}

/** Each row of the first model with the same row of all; the models were asked the same tasks. */
function rowsOf(
  models: readonly ComparisonRecord[],
): readonly { readonly task: PairedTask; readonly pruned: readonly PairedTask[] }[] {
  const [first] = models;
  return (first?.tasks ?? []).map((task) => ({
    task,
    pruned: models.map(({ name, tasks }) => {
      const own = tasks.find(
        (one) => one.task === task.task && one.metric === task.metric && one.filter === task.filter,
      );
      if (own === undefined) throw new RangeError(`${name} has no ${task.task} (${task.metric})`);
      return own;
    }),
  }));
}
