/** `questions TASK --stats` in a terminal. */
import { formatCount, formatPercent, formatScore, NOT_AVAILABLE } from '@evalgraph/report/data';
import {
  bar,
  cell,
  column,
  paint,
  type Screen,
  type Style,
  safeLine,
  tableLines,
  truncate,
} from '@evalgraph/report/terminal';
import type { Place } from './question-set.ts';
import { FATES, type Fate, type History, type QuestionStats, rightOf } from './question-stats.ts';
import { section } from './section.ts';

const HARDEST = 8;
const BAR_WIDTH = 24;

const FATE_TEXT: Readonly<Record<Fate, string>> = {
  always: 'right at every checkpoint',
  learned: 'wrong at the first, right at the last',
  wavering: 'alike at both ends, not in between',
  forgotten: 'right at the first, wrong at the last',
  never: 'wrong at every checkpoint',
};

const FATE_STYLE: Readonly<Record<Fate, Style | null>> = {
  always: 'green',
  learned: 'green',
  wavering: null,
  forgotten: 'red',
  never: 'red',
};

export function statsView(name: string, stats: QuestionStats, screen: Screen): readonly string[] {
  const { documents, steps, fates, hardest, byTask } = stats;
  const model = steps[0]?.place.checkpoint.model.name ?? '';
  const count = `${formatCount(steps.length)} checkpoint${steps.length === 1 ? '' : 's'} of ${safeLine(model)}`;
  return [
    `${paint(screen, 'bold', safeLine(name))}  ${paint(screen, 'dim', `${formatCount(documents)} questions, ${count}`)}`,
    ...section('By checkpoint', stepTable(stats, screen), screen),
    ...(steps.length > 1 ? section('Over the steps', fateTable(fates, documents, screen), screen) : []),
    ...(byTask.length > 1 ? section('By task', taskTable(byTask, screen), screen) : []),
    ...section(
      steps.length > 1 ? 'Hardest: right at the fewest checkpoints' : 'Hardest: furthest from right',
      hardestTable(hardest.slice(0, HARDEST), screen),
      screen,
    ),
  ];
}

function stepTable({ documents, steps }: QuestionStats, screen: Screen): readonly string[] {
  const columns = [
    column('step'),
    column('right'),
    column('share'),
    column('', 'left', true),
    ...(steps.length > 1 ? ['learned', 'forgotten', 'same answer'].map((head) => column(head)) : []),
  ];
  const rows = steps.map(({ place, right, change }) => [
    cell(stepOf(place)),
    cell(`${formatCount(right)} of ${formatCount(documents)}`),
    cell(formatScore(right / documents), 'bold'),
    cell(bar(right / documents, BAR_WIDTH), 'cyan'),
    ...(steps.length === 1
      ? []
      : change === null
        ? [cell('-', 'dim'), cell('-', 'dim'), cell('-', 'dim')]
        : [
            cell(`+${formatCount(change.learned)}`, change.learned > 0 ? 'green' : 'dim'),
            cell(`-${formatCount(change.forgotten)}`, change.forgotten > 0 ? 'red' : 'dim'),
            cell(formatPercent(change.sameAnswer / documents)),
          ]),
  ]);
  const note =
    steps.length > 1
      ? [
          paint(
            screen,
            'dim',
            truncate('learned, forgotten, same answer: against the checkpoint before', screen.width),
          ),
        ]
      : [];
  return [...tableLines({ columns, rows, foot: [] }, screen), ...note];
}

function fateTable(
  fates: ReadonlyMap<Fate, readonly History[]>,
  documents: number,
  screen: Screen,
): readonly string[] {
  const columns = [
    column('', 'left'),
    column('questions'),
    column('share'),
    column('', 'left', true),
    column('', 'left', true),
  ];
  const rows = FATES.map((fate) => {
    const own = fates.get(fate)?.length ?? 0;
    return [
      cell(fate, FATE_STYLE[fate]),
      cell(formatCount(own)),
      cell(formatPercent(own / documents)),
      cell(bar(own / documents, BAR_WIDTH), FATE_STYLE[fate]),
      cell(FATE_TEXT[fate], 'dim'),
    ];
  });
  return tableLines({ columns, rows, foot: [] }, screen);
}

function taskTable(byTask: QuestionStats['byTask'], screen: Screen): readonly string[] {
  const columns = [column('task', 'left'), ...['first', 'last', 'of'].map((head) => column(head))];
  const rows = byTask.map(({ task, documents, first, last }) => [
    cell(safeLine(task)),
    cell(formatCount(first)),
    cell(formatCount(last), last > first ? 'green' : last < first ? 'red' : null),
    cell(formatCount(documents), 'dim'),
  ]);
  return tableLines({ columns, rows, foot: [] }, screen);
}

function hardestTable(hardest: readonly History[], screen: Screen): readonly string[] {
  const tasks = new Set(hardest.map(({ task }) => task));
  const hasMargins = hardest.some(({ margin }) => margin !== null);
  const label = (history: History): string =>
    (tasks.size > 1 ? `${history.task} ` : '') + String(history.docId);
  const columns = [
    column('doc', 'left'),
    column('right'),
    column('', 'left', true),
    ...(hasMargins ? [column('margin')] : []),
  ];
  const rows = hardest.map((history) => [
    cell(safeLine(label(history))),
    cell(`${rightOf(history)} of ${history.verdicts.length}`),
    cell(stripOf(history.verdicts), 'dim'),
    ...(hasMargins ? [cell(history.margin === null ? NOT_AVAILABLE : formatScore(history.margin))] : []),
  ]);
  const [head, rule, ...lines] = tableLines({ columns, rows, foot: [] }, screen);
  const widest = Math.max(0, ...lines.map((line) => line.length));
  // The question itself stands behind the table and takes what room is left.
  const room = screen.width - widest - 2;
  const withLabels = lines.map((line, index) => {
    const text = truncate(safeLine(hardest[index]?.label ?? ''), room);
    return room < 20 || lines.length !== hardest.length ? line : `${line.padEnd(widest)}  ${text}`;
  });
  const note = hasMargins
    ? [
        paint(
          screen,
          'dim',
          truncate(
            'margin: nats of the right option over the best other, at the last checkpoint',
            screen.width,
          ),
        ),
      ]
    : [];
  return [head ?? '', rule ?? '', ...withLabels, ...note];
}

/** `✗✗✓✓`: a checkpoint each. */
export function stripOf(verdicts: readonly (boolean | null)[]): string {
  return verdicts.map((verdict) => (verdict === null ? '·' : verdict ? '✓' : '✗')).join('');
}

export function stepOf({ checkpoint: { checkpoint, id } }: Place): string {
  return checkpoint.step === null ? safeLine(id) : formatCount(checkpoint.step);
}
