/** What moved between two summaries, as a terminal's tables or as Markdown for a pull request. */
import { splitMetricKey } from '@evalgraph/formats';
import { metricFacts } from '@evalgraph/metrics';
import {
  escapeText,
  formatCount,
  formatDifference,
  formatPerplexity,
  formatRatio,
  formatScore,
  formatWithError,
  metricLabel,
  NOT_AVAILABLE,
} from '@evalgraph/report/data';
import {
  cell,
  column,
  paint,
  type Screen,
  type Style,
  safeLine,
  tableLines,
  wrap,
} from '@evalgraph/report/terminal';
import { section } from './section.ts';
import type { Change, Differing, SummaryDiff, SummaryFigure } from './summary-diff.ts';

export interface DiffTitle {
  readonly pipeline: string;
  /** As it was given: `main`. */
  readonly ref: string;
  /** Its commit, short. */
  readonly commit: string;
}

/** More rows say less; the rest is counted. */
const MOST_ROWS = 40;
const MOST_NAMES = 12;

const HEADS = ['before', 'now', 'change', 'x error'] as const;

function figures(count: number): string {
  return `${formatCount(count)} figure${count === 1 ? '' : 's'}`;
}
const CAREFUL =
  'Significant: more than 1.96 combined standard errors (careful: both sides answered the same documents). ' +
  'Of many figures that only vary by chance, one in twenty would be.';

export function diffView(title: DiffTitle, diff: SummaryDiff, screen: Screen): readonly string[] {
  const { significant, others } = parts(diff);
  const dim = (text: string): readonly string[] =>
    wrap(text, screen.width).map((line) => paint(screen, 'dim', line));
  return [
    `${paint(screen, 'bold', safeLine(title.pipeline))}  ${paint(screen, 'dim', `since ${safeLine(title.ref)} (${title.commit})`)}`,
    ...wrap(countText(diff), screen.width),
    ...warnings(diff).flatMap((text) =>
      wrap(safeLine(text), screen.width).map((line) => paint(screen, 'red', line)),
    ),
    ...section('Significant', changeTable(significant, screen), screen),
    ...section('Others that moved', changeTable(others, screen), screen),
    ...(diff.changes.length > 0 ? ['', ...dim(CAREFUL)] : []),
    ...differences(diff).flatMap(([name, text]) =>
      section(
        name,
        wrap(safeLine(text), screen.width - 2).map((line) => `  ${line}`),
        screen,
      ),
    ),
  ];
}

/** GitHub's Markdown: the significant changes open, the rest folded. */
export function diffMarkdown(title: DiffTitle, diff: SummaryDiff): string {
  const { significant, others } = parts(diff);
  const lines = [
    `### ${escapeText(title.pipeline)}: what moved since ${escapeText(title.ref)} (${title.commit})`,
    '',
    countText(diff),
    ...warnings(diff).flatMap((text) => ['', `> **${escapeText(text)}**`]),
    ...(significant.length > 0 ? ['', '**Significant**', '', ...markdownTable(significant)] : []),
    ...(others.length > 0
      ? [
          '',
          `<details><summary>${formatCount(others.length)} others that moved</summary>`,
          '',
          ...markdownTable(others),
          '',
          '</details>',
        ]
      : []),
    ...differences(diff).flatMap(([name, text]) => ['', `**${name}**: ${escapeText(text)}`]),
    ...(diff.changes.length > 0 ? ['', `<sub>${CAREFUL}</sub>`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function parts({ changes }: SummaryDiff): {
  readonly significant: readonly Change[];
  readonly others: readonly Change[];
} {
  return {
    significant: changes.filter(({ isSignificant }) => isSignificant),
    others: changes.filter(({ isSignificant }) => !isSignificant),
  };
}

function countText({ changes, alike, added, removed, otherLimits }: SummaryDiff): string {
  const significant = changes.filter(({ isSignificant }) => isSignificant);
  const better = significant.filter(({ isBetter }) => isBetter === true).length;
  const worse = significant.filter(({ isBetter }) => isBetter === false).length;
  const split =
    significant.length === 0 ? '' : ` (${formatCount(better)} better, ${formatCount(worse)} worse)`;
  const compared = changes.length + alike;
  return [
    `${figures(compared)} in both: ${formatCount(changes.length)} moved, ${formatCount(significant.length)} significantly${split}, ${formatCount(alike)} alike`,
    ...(otherLimits.length > 0 ? [`${formatCount(otherLimits.length)} of other limits, not compared`] : []),
    `${formatCount(added.count)} new`,
    `${formatCount(removed.count)} removed`,
  ].join('; ');
}

function warnings({ engines, sameKey }: SummaryDiff): readonly string[] {
  const [first] = sameKey;
  return [
    ...(engines.before === engines.after
      ? []
      : [`Another engine: ${engines.before} before, ${engines.after} now.`]),
    ...(first === undefined
      ? []
      : [
          `${figures(sameKey.length)} moved under an unchanged key (${first.after.subject} on ${first.after.task}): a machine or a dependency computes something else. Check it with npx evalgraph verify.`,
        ]),
  ];
}

function changeTable(changes: readonly Change[], screen: Screen): readonly string[] {
  const columns = [
    column('task, metric', 'left'),
    column('checkpoint', 'left'),
    ...HEADS.map((head) => column(head, 'right', head === 'before' || head === 'x error')),
  ];
  const rows = changes.slice(0, MOST_ROWS).map((change) => {
    const [before, now, moved, ratio] = texts(change);
    return [
      cell(`${safeLine(change.after.task)}, ${metricOf(change.after)}`),
      cell(safeLine(change.after.subject)),
      cell(before),
      cell(now, 'bold'),
      cell(moved, styleOf(change)),
      cell(ratio, 'dim'),
    ];
  });
  const more = changes.length - rows.length;
  return [
    ...tableLines({ columns, rows, foot: [] }, screen),
    ...(more > 0 ? [paint(screen, 'dim', `and ${formatCount(more)} more`)] : []),
  ];
}

function markdownTable(changes: readonly Change[]): readonly string[] {
  const more = changes.length - MOST_ROWS;
  return [
    `| Task | Metric | Checkpoint | ${HEADS.join(' | ')} | |`,
    '|---|---|---|--:|--:|--:|--:|---|',
    ...changes.slice(0, MOST_ROWS).map((change) => {
      const { after, isBetter } = change;
      const word = isBetter === null ? '' : isBetter ? 'better' : 'worse';
      return `| ${[escapeText(after.task), escapeText(metricOf(after)), escapeText(after.subject), ...texts(change), word].join(' | ')} |`;
    }),
    ...(more > 0 ? ['', `and ${formatCount(more)} more`] : []),
  ];
}

function texts({
  before,
  after,
  difference,
  stderr,
  ratio,
}: Change): readonly [string, string, string, string] {
  const factor = after.kind === 'perplexity' ? ` (${formatRatio(after.value / before.value)})` : '';
  return [
    valueText(before),
    valueText(after),
    formatWithError(formatDifference(difference), stderr) + factor,
    ratio === null || !Number.isFinite(ratio) ? NOT_AVAILABLE : ratio.toFixed(1),
  ];
}

function valueText({ kind, metric, value }: SummaryFigure): string {
  if (kind === 'comparison') return formatDifference(value);
  return metricFacts(splitMetricKey(metric).metric).unit === 'perplexity'
    ? formatPerplexity(value)
    : formatScore(value);
}

function metricOf({ kind, metric }: SummaryFigure): string {
  const { metric: name, filter } = splitMetricKey(metric);
  const label = metricLabel({ metric: name, filter: filter || 'none' });
  return safeLine(kind === 'comparison' ? `${label}, pruned - dense` : label);
}

function styleOf({ isSignificant, isBetter }: Change): Style | null {
  return !isSignificant || isBetter === null ? null : isBetter ? 'green' : 'red';
}

function differences({ added, removed }: SummaryDiff): readonly (readonly [string, string])[] {
  const list = (names: readonly string[]): string =>
    names.slice(0, MOST_NAMES).join(', ') +
    (names.length > MOST_NAMES ? ` and ${formatCount(names.length - MOST_NAMES)} more` : '');
  const named = (
    word: string,
    { subjects, tasks, figures }: Differing,
  ): readonly (readonly [string, string])[] => [
    ...(subjects.length > 0 ? [[`${word} checkpoints`, list(subjects)] as const] : []),
    ...(tasks.length > 0 ? [[`${word} tasks`, list(tasks)] as const] : []),
    ...(figures.length > 0
      ? [
          [
            `${word} figures`,
            list(figures.map(({ subject, task, metric }) => `${subject} on ${task} (${metric})`)),
          ] as const,
        ]
      : []),
  ];
  return [...named('New', added), ...named('Removed', removed)];
}
