/** One question in a terminal: prompt, options or generations, gold, filters' results, and its way over the steps. */
import {
  formatCount,
  formatDifference,
  formatScore,
  type Metric,
  NOT_AVAILABLE,
} from '@evalgraph/report/data';
import {
  displayWidth,
  padStart,
  paint,
  type Screen,
  safeLine,
  safeText,
  sparkline,
  truncate,
  wrap,
} from '@evalgraph/report/terminal';
import {
  type Answer,
  type AnsweredQuestion,
  chosenOption,
  marginOf,
  type Place,
  perCharacter,
  type Question,
} from './question-set.ts';
import { stepOf, stripOf } from './stats-view.ts';

export interface ShownQuestion {
  /** `3 of 5` */
  readonly place: string;
  readonly metric: Metric;
  readonly at: Place;
  readonly question: Question;
  readonly answer: Answer;
  /** The other checkpoint's answer, where two are compared. */
  readonly against: { readonly at: Place; readonly answer: Answer } | null;
  /** Over the model's checkpoints; empty where there is one. null: no samples there. */
  readonly history: readonly { readonly at: Place; readonly found: AnsweredQuestion | null }[];
  /** What all prompts of the task begin with, shots and description: folded away. Empty: shown whole. */
  readonly shared: string;
}

const MARGIN = '  ';
/** Long generations are cut here: a model that loops fills a screen otherwise. */
const MOST_LINES = 40;

export function questionView(shown: ShownQuestion, screen: Screen): readonly string[] {
  const { question, answer, at, against, metric, place } = shown;
  return [
    title(`${safeLine(question.task)} · doc ${question.docId}`, place, screen),
    ...block('prompt', promptLines(shown, screen), screen),
    ...(question.options.length > 0 && answer.nats.length > 0
      ? block('options', optionLines(shown, screen), screen)
      : []),
    ...(question.options.length === 0 ? likelihoodLines(shown, screen) : []),
    ...(answer.text === null ? [] : generated(at, answer, metric, screen)),
    ...(against === null || against.answer.text === null
      ? []
      : generated(against.at, against.answer, metric, screen)),
    ...(goldText(question) === null
      ? []
      : block('gold', textLines(goldText(question) ?? '', screen), screen)),
    ...(answer.text === null ? scores(at, answer, screen) : []),
    ...(against === null || answer.text !== null ? [] : scores(against.at, against.answer, screen)),
    ...historyLines(shown, screen),
  ];
}

/** Longer lines are hard to read, however wide the terminal is. */
const MOST_TEXT_WIDTH = 120;

function textWidth({ width }: Screen): number {
  return Math.min(width, MOST_TEXT_WIDTH) - MARGIN.length;
}

function title(left: string, right: string, screen: Screen): string {
  const rule = screen.width - displayWidth(left) - displayWidth(right) - 8;
  return `${paint(screen, 'cyan', '──')} ${paint(screen, 'bold', left)} ${paint(screen, 'cyan', '─'.repeat(Math.max(2, rule)))} ${paint(screen, 'dim', right)} ${paint(screen, 'cyan', '──')}`;
}

function block(name: string, lines: readonly string[], screen: Screen): readonly string[] {
  return [paint(screen, 'cyan', name), ...lines];
}

function textLines(text: string, screen: Screen): readonly string[] {
  const lines = wrap(safeText(text.replace(/\n+$/, '')), textWidth(screen));
  const rest = lines.length - MOST_LINES;
  return [
    ...lines.slice(0, MOST_LINES).map((line) => (MARGIN + line).trimEnd()),
    ...(rest > 0 ? [paint(screen, 'dim', `${MARGIN}… ${formatCount(rest)} more lines`)] : []),
  ];
}

function promptLines({ question, shared }: ShownQuestion, screen: Screen): readonly string[] {
  const own = question.prompt.slice(shared.length);
  const folded =
    shared === ''
      ? []
      : [
          paint(
            screen,
            'dim',
            `${MARGIN}… ${formatCount(shared.length)} characters that all prompts begin with (--full shows them)`,
          ),
        ];
  const lines = wrap(safeText(own), textWidth(screen));
  return [...folded, ...lines.map((line) => (MARGIN + line).trimEnd())];
}

/** Numbers first, so that they stand below each other however long the options are. */
function optionLines(shown: ShownQuestion, screen: Screen): readonly string[] {
  const { question, answer, against, metric, at } = shown;
  const { options, gold } = question;
  const columns: { readonly head: string; readonly values: readonly (number | null)[] }[] = [
    { head: against === null ? 'nats' : `nats ${stepOf(at)}`, values: answer.nats },
  ];
  const hasLengths = answer.filters.some(({ scores: list }) => list.some(([name]) => name === 'acc_norm'));
  if (hasLengths) columns.push({ head: 'per character', values: perCharacter(answer.nats, options) });
  if (against !== null) columns.push({ head: `nats ${stepOf(against.at)}`, values: against.answer.nats });
  const texts = columns.map(({ values }) =>
    options.map((_, index) => {
      const value = values[index];
      const isHighest = value !== null && value !== undefined && index === highest(values);
      const text = value === undefined ? NOT_AVAILABLE : value === null ? '-inf' : formatScore(value);
      return isHighest ? `${text}*` : `${text} `;
    }),
  );
  const widths = columns.map(({ head }, index) =>
    Math.max(displayWidth(head) + 1, ...(texts[index] ?? []).map(displayWidth)),
  );
  const chosen = options.length > 1 ? chosenOption(answer.nats, options, metric) : null;
  const numbers = (row: (column: number) => string): string =>
    widths.map((width, index) => padStart(row(index), width)).join('  ');
  const head = `${MARGIN}    ${numbers((index) => `${columns[index]?.head ?? ''} `)}  option`;
  const indent = displayWidth(head) - 'option'.length;
  const lines = options.flatMap((option, index) => {
    const marks = `${index === chosen ? '►' : ' '}${index === gold ? '✓' : ' '}`;
    const style = index === gold ? 'green' : index === chosen ? 'red' : null;
    const [first = '', ...more] = wrap(safeText(option.trim()), textWidth(screen) + MARGIN.length - indent);
    return [
      `${MARGIN}${paint(screen, style, marks)}  ${numbers((column) => texts[column]?.[index] ?? '')}  ${paint(screen, style, first)}`,
      ...more.map((line) => ' '.repeat(indent) + paint(screen, style, line)),
    ];
  });
  const legend = options.length > 1 ? `${MARGIN}► chosen  ✓ right  * highest` : '';
  return [paint(screen, 'dim', head), ...lines, ...(legend === '' ? [] : [paint(screen, 'dim', legend)])];
}

function highest(values: readonly (number | null)[]): number {
  const known = values.map((value) => value ?? Number.NEGATIVE_INFINITY);
  return known.length < 2 ? -1 : known.indexOf(Math.max(...known));
}

function generated(at: Place, answer: Answer, metric: Metric, screen: Screen): readonly string[] {
  const name = `generated at ${stepOf(at)}${verdictText(answer, screen)}`;
  const filters = answer.filters.flatMap(({ filter, output, scores: list }) => {
    const values = list.map(([key, value]) => `${safeLine(key)} ${formatScore(value)}`).join('  ');
    const isHeadline = filter === metric.filter && answer.filters.length > 1;
    const mark = isHeadline ? ' (headline)' : '';
    const head = `filter ${safeLine(filter)}${mark}: `;
    const room = screen.width - MARGIN.length - displayWidth(head);
    const text = output === null ? '' : truncate(quoted(output), room);
    return [
      `${MARGIN}${paint(screen, 'dim', head)}${text}`.trimEnd(),
      ...(values === ''
        ? []
        : wrap(values, screen.width - 2 * MARGIN.length).map((line) => `${MARGIN}${MARGIN}${line}`)),
    ];
  });
  return [...block(name, textLines(answer.text ?? '', screen), screen), ...filters];
}

/** The lines of a text that is the question and the answer at once. */
function likelihoodLines({ at, answer, against }: ShownQuestion, screen: Screen): readonly string[] {
  const places = [{ at, answer }, ...(against === null ? [] : [against])];
  return places.flatMap(({ at: place, answer: { nats } }) =>
    nats.map((value) => {
      const text = value === null ? '-inf' : formatScore(value);
      return `${paint(screen, 'cyan', `log-likelihood at ${stepOf(place)}`)}  ${text} nats`;
    }),
  );
}

/** Quotes the text on one line, so that spaces at its ends can be seen. */
function quoted(text: string): string {
  return `'${safeLine(text)}'`;
}

function goldText({ options, gold, target }: Question): string | null {
  if (gold !== null && options.length > 1) return null;
  return target.trim() === '' ? null : target;
}

function scores(at: Place, answer: Answer, screen: Screen): readonly string[] {
  const parts = answer.filters.flatMap(({ filter, scores: list }) =>
    list.map(
      ([name, value]) =>
        `${safeLine(name)}${filter === 'none' ? '' : `,${safeLine(filter)}`} ${formatScore(value)}`,
    ),
  );
  if (parts.length === 0 && answer.verdict === null) return [];
  const text = parts.length === 0 ? '' : `  ${parts.join('  ')}`;
  return [
    `${paint(screen, 'cyan', `at ${stepOf(at)}`)}${verdictText(answer, screen)}${paint(screen, 'dim', text)}`,
  ];
}

function verdictText({ verdict }: Answer, screen: Screen): string {
  if (verdict === null) return '';
  return ` ${verdict ? paint(screen, 'green', 'right') : paint(screen, 'red', 'wrong')}`;
}

function historyLines({ history, question }: ShownQuestion, screen: Screen): readonly string[] {
  const [first, last] = [history[0], history.at(-1)];
  if (history.length < 2 || first === undefined || last === undefined) return [];
  const verdicts = history.map(({ found }) => found?.answer.verdict ?? null);
  if (verdicts.every((verdict) => verdict === null)) return [];
  const right = verdicts.filter((verdict) => verdict === true).length;
  const margins = history.map(({ found }) =>
    found === null ? null : marginOf(found.answer, question.gold ?? found.question.gold),
  );
  const known = margins.filter((margin) => margin !== null);
  const [low, high] = [known[0], known.at(-1)];
  const trend =
    low === undefined || high === undefined || known.length < 2
      ? ''
      : `  margin ${sparkline(margins, history.length)} ${formatDifference(low)} to ${formatDifference(high)} nats`;
  return wrap(
    `steps ${stepOf(first.at)} to ${stepOf(last.at)}: ${stripOf(verdicts)} right at ${right} of ${history.length}${trend}`,
    screen.width,
  );
}
