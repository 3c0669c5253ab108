/** Blocks -> lines of a terminal: tables in its width, the best of a column with a `*`; charts and details left out. */
import type { Block, Inline, Cell as ReportCell, TableBlock } from '../content/blocks.ts';
import { sparkline } from './marks.ts';
import { paint, type Screen } from './screen.ts';
import { type Cell, cell, column, tableLines } from './table.ts';
import { displayWidth, safeLine, wrap } from './text.ts';

/** Longest trend: 27 checkpoints have a character each. */
const TREND_WIDTH = 30;
/** What the other columns of a table with a trend need. */
const BESIDE_TREND = 86;
const LEAST_TREND = 10;

export function renderTerminal(blocks: readonly Block[], screen: Screen): readonly string[] {
  const shown = blocks.filter(
    (block) => block.kind !== 'chart' && !(block.kind === 'table' && block.isDetail === true),
  );
  return shown.flatMap((block, index) => {
    const before = shown[index - 1];
    const isClose =
      before === undefined ||
      before.kind === 'heading' ||
      (before.kind === 'paragraph' && block.kind !== 'heading');
    return [...(isClose ? [] : ['']), ...blockLines(block, screen)];
  });
}

function blockLines(block: Block, screen: Screen): readonly string[] {
  switch (block.kind) {
    case 'heading':
      return [paint(screen, block.level === 1 ? 'bold' : 'cyan', safeLine(block.text))];
    case 'paragraph':
      return inline(block.parts, screen, null);
    case 'note':
      return inline(block.parts, screen, 'yellow');
    case 'list':
      return block.items.flatMap((item) =>
        wrap(safeLine(item), screen.width - 2).map((line, at) => `${at === 0 ? '- ' : '  '}${line}`),
      );
    case 'table':
      return tableLines(fitted(block, screen), screen);
    case 'chart':
      return [];
  }
}

function inline(parts: readonly Inline[], screen: Screen, style: 'yellow' | null): readonly string[] {
  const text = parts
    .map((part) =>
      typeof part === 'string' ? safeParagraph(part) : paint(screen, 'bold', safeLine(part.strong)),
    )
    .join('');
  return wrap(text, screen.width).map((line) => paint(screen, style, line));
}

/** Line breaks of ours stay. */
function safeParagraph(text: string): string {
  return text.split('\n').map(safeLine).join('\n');
}

function fitted({ header, rows, footRows, trends }: TableBlock, screen: Screen) {
  const hasBest = header.map((_, index) => rows.some((row) => row[index]?.isBest === true));
  const width = Math.max(LEAST_TREND, Math.min(TREND_WIDTH, screen.width - BESIDE_TREND));
  const withTrend = <T>(own: readonly T[], trend: T): readonly T[] =>
    trends === undefined ? own : [...own.slice(0, 1), trend, ...own.slice(1)];
  const end = rows.length - footRows;
  const lines = rows.map((row, at) =>
    withTrend(
      row.map((one, index) => terminalCell(one, hasBest[index] === true)),
      cell(sparkline(trends?.[at] ?? [], width), 'cyan'),
    ),
  );
  const columns = withTrend(
    header.map((head, index) => {
      const areWords = rows.slice(0, end).some((row) => isWords(row[index]));
      const most = Math.max(
        ...lines.flatMap((line) => cellWidth(line[index > 0 && trends !== undefined ? index + 1 : index])),
      );
      return { ...column(headLines(safeLine(head), most), areWords ? 'left' : 'right'), isWords: areWords };
    }),
    column('Trend', 'left'),
  );
  return { columns, rows: lines.slice(0, end), foot: lines.slice(end) };
}

/** A heading of so many columns stands in one line, however narrow its column is. */
const SHORT_HEAD = 17;

/** Else it is no wider than what stands below it, unless a word of it is. */
function headLines(head: string, width: number): readonly string[] {
  return wrap(head, Math.max(SHORT_HEAD, width, ...head.split(' ').map(displayWidth)));
}

function cellWidth(one: Cell | undefined): number {
  return Math.max(0, ...(one?.text ?? '').split('\n').map(displayWidth));
}

function terminalCell({ kind, text, isBest }: ReportCell, hasBest: boolean): Cell {
  const safe = kind === 'lines' ? text.split('\n').map(safeLine).join('\n') : safeLine(text);
  if (!hasBest) return cell(safe);
  return isBest ? cell(`${safe}*`, 'bold') : cell(`${safe} `);
}

/** Words stand to the left; `missing` and `-` stand in columns of numbers. */
function isWords(one: ReportCell | undefined): boolean {
  return one !== undefined && one.kind !== 'number' && one.value === null && !/^(missing|-|)$/.test(one.text);
}
