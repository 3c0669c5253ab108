/**
 * Tables that fit: columns that do not find room go into a table below with the first column again. A cell that is
 * wider than its column goes on in the next line, so that nothing is cut and no two rows look alike.
 */
import { paint, type Screen, type Style } from './screen.ts';
import { displayWidth, padEnd, padStart, wrap } from './text.ts';

export interface Cell {
  /** Escaped already; lines below each other, split at `\n`. */
  readonly text: string;
  readonly style: Style | null;
}

export interface Column {
  /** One line of the heading below the other. */
  readonly head: readonly string[];
  readonly align: 'left' | 'right';
  /** Left out where there is no room, instead of going into a table of its own. */
  readonly isOptional: boolean;
  /** Words that may go on in the next line where they are long. */
  readonly isWords: boolean;
}

export interface Table {
  readonly columns: readonly Column[];
  /** Each as long as `columns`. */
  readonly rows: readonly (readonly Cell[])[];
  /** Rows below a line of their own: chance. */
  readonly foot: readonly (readonly Cell[])[];
}

const GAP = 2;
/** The first column may take so much of the width, other columns of words so much. */
const FIRST_SHARE = 0.4;
const WORDS_SHARE = 0.2;
const LEAST_WORDS = 17;

export function cell(text: string, style: Style | null = null): Cell {
  return { text, style };
}

export function column(
  head: string | readonly string[],
  align: Column['align'] = 'right',
  isOptional = false,
): Column {
  return { head: typeof head === 'string' ? [head] : head, align, isOptional, isWords: false };
}

/** @param indent columns left free at the left. @returns no lines for a table without rows. */
export function tableLines(table: Table, screen: Screen, indent = 0): readonly string[] {
  if (table.rows.length === 0) return [];
  const room = screen.width - indent;
  const widths = columnWidths(table, room);
  const [first = 0] = widths;
  return groupColumns(table.columns, widths, room - first).flatMap((columns, index) => [
    ...(index > 0 ? [''] : []),
    ...oneTable(table, [0, ...columns], widths, screen, ' '.repeat(indent)),
  ]);
}

function columnWidths({ columns, rows, foot }: Table, room: number): readonly number[] {
  const widest = columns.map(({ head }, index) =>
    Math.max(
      0,
      ...[...head, ...[...rows, ...foot].flatMap((row) => (row[index]?.text ?? '').split('\n'))].map(
        displayWidth,
      ),
    ),
  );
  const share = Math.max(8, Math.floor(room * FIRST_SHARE));
  const others = columns.reduce(
    (sum, { isOptional }, index) => sum + (index === 0 || isOptional ? 0 : GAP + (widest[index] ?? 0)),
    0,
  );
  const first = Math.max(share, room - others);
  const words = Math.max(LEAST_WORDS, Math.floor(room * WORDS_SHARE));
  return widest.map((width, index) => {
    if (index === 0) return Math.min(width, first);
    const most = room - share - GAP;
    return Math.min(width, columns[index]?.isWords === true ? Math.min(words, most) : most);
  });
}

/** Columns after the first, in as few tables as they need, evenly spread. */
function groupColumns(
  columns: readonly Column[],
  widths: readonly number[],
  room: number,
): readonly (readonly number[])[] {
  const all = columns.map((_, index) => index).slice(1);
  const total = (list: readonly number[]): number =>
    list.reduce((sum, index) => sum + GAP + (widths[index] ?? 0), 0);
  const kept = new Set(all.filter((index) => columns[index]?.isOptional !== true));
  // From the left, each that still finds room beside those that must stand there.
  for (const index of all) {
    if (total([...new Set([...kept, index])]) <= room) kept.add(index);
  }
  const wanted = all.filter((index) => kept.has(index));
  if (wanted.length === 0) return [[]];
  for (let tables = 1; ; tables++) {
    const size = Math.ceil(wanted.length / tables);
    const groups = Array.from({ length: Math.ceil(wanted.length / size) }, (_, index) =>
      wanted.slice(index * size, (index + 1) * size),
    );
    if (size === 1 || groups.every((group) => total(group) <= room)) return groups;
  }
}

function oneTable(
  { columns, rows, foot }: Table,
  shown: readonly number[],
  widths: readonly number[],
  screen: Screen,
  margin: string,
): readonly string[] {
  const widthOf = (index: number): number => widths[index] ?? 0;
  const padded = (text: string, index: number): string =>
    (columns[index]?.align === 'left' ? padEnd : padStart)(text, widthOf(index));
  /** One row: as many lines as its cell of most lines has. */
  const lines = (cells: readonly Cell[]): readonly string[] => {
    const parts = shown.map((index) => ({ index, lines: wrap(cells[index]?.text ?? '', widthOf(index)) }));
    const height = Math.max(...parts.map((part) => part.lines.length));
    return Array.from({ length: height }, (_, at) => {
      const texts = parts.map(({ index, lines: own }) => {
        const text = own[at] ?? '';
        return padded(text, index).replace(text, () => paint(screen, cells[index]?.style ?? null, text));
      });
      return `${margin}${texts.join(' '.repeat(GAP))}`.trimEnd();
    });
  };
  const rule = `${margin}${paint(screen, 'dim', '─'.repeat(ruleWidth(shown, widths)))}`;
  const heads = Math.max(0, ...shown.map((index) => columns[index]?.head.length ?? 0));
  const headLines = Array.from({ length: heads }, (_, row) =>
    lines(columns.map(({ head }) => cell(head[row] ?? '', row === 0 ? 'bold' : 'dim'))),
  ).flat();
  return [
    ...headLines,
    rule,
    ...rows.flatMap(lines),
    ...(foot.length > 0 ? [rule, ...foot.flatMap(lines)] : []),
  ];
}

function ruleWidth(shown: readonly number[], widths: readonly number[]): number {
  return shown.reduce((sum, index) => sum + (widths[index] ?? 0), GAP * (shown.length - 1));
}
