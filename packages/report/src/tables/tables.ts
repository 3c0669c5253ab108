/**
 * The report's tables for other programs: the same cells as the Markdown's, the details too, which a reader folds
 * away. CSV and JSON carry the number behind a cell beside what is shown of it.
 */
import { prettyJson } from '@evalgraph/formats';
import type { Block, Cell, TableBlock } from '../content/blocks.ts';
import { plainText } from '../plain-text.ts';

export function tablesOf(blocks: readonly Block[]): readonly TableBlock[] {
  return blocks.filter((block) => block.kind === 'table');
}

/**
 * One row a cell: table, row, column, text, value. Tables of different columns stand in one file so, and a notebook
 * pivots what it wants. Quoted as RFC 4180 does, lines end in CR LF.
 */
export function renderCsv(blocks: readonly Block[]): string {
  const lines = tablesOf(blocks).flatMap(({ title, header, rows }) =>
    rows.flatMap((row) =>
      row
        .slice(1)
        .map((cell, index) => [
          title,
          row[0]?.text ?? '',
          header[index + 1] ?? '',
          cell.text,
          numberText(cell.value),
        ]),
    ),
  );
  return [['table', 'row', 'column', 'text', 'value'], ...lines]
    .map((line) => `${line.map(csvField).join(',')}\r\n`)
    .join('');
}

export function renderJson(blocks: readonly Block[]): string {
  return prettyJson({
    format: 1,
    tables: tablesOf(blocks).map(({ title, header, rows, footRows }) => ({
      title,
      header,
      rows: rows.map((row) => row.map(({ text, value, isBest }) => ({ text, value, best: isBest }))),
      footRows,
    })),
  });
}

/** Each table a `table` with rules of the package booktabs; numbers to the right, the best in bold. */
export function renderLatex(blocks: readonly Block[]): string {
  const parts = tablesOf(blocks).map(({ title, header, rows, footRows }) => {
    const columns = header
      .map((_, column) => (column > 0 && rows.some((row) => row[column]?.kind === 'number') ? 'r' : 'l'))
      .join('');
    const line = (cells: readonly string[]): string => `    ${rowStart(cells)}${cells.join(' & ')} \\\\`;
    const body = rows.map((row) => line(row.map(latexCell)));
    const foot = body.splice(body.length - footRows);
    return [
      '\\begin{table}',
      `  \\caption{${latexText(title)}}`,
      `  \\begin{tabular}{${columns}}`,
      '    \\toprule',
      line(header.map(latexText)),
      '    \\midrule',
      ...body,
      ...(foot.length > 0 ? ['    \\midrule', ...foot] : []),
      '    \\bottomrule',
      '  \\end{tabular}',
      '\\end{table}',
    ].join('\n');
  });
  return `% needs \\usepackage{booktabs}\n${parts.join('\n\n')}\n`;
}

/** A bracket or a star behind the end of a row, or behind a rule, would be taken for its argument. */
function rowStart([first = '']: readonly string[]): string {
  return /^\s*[[*]/.test(first) ? '{}' : '';
}

function latexCell(cell: Cell): string {
  const text = latexText(cell.text.replaceAll('\n', ', '));
  return cell.isBest ? `\\textbf{${text}}` : text;
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '%': '\\%',
  '#': '\\#',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedbl{}',
  '`': '\\textasciigrave{}',
  '±': '$\\pm$',
  '†': '\\textdagger{}',
};

/** Plain text for LaTeX; a sign before a number becomes a minus, not a hyphen. */
export function latexText(text: string): string {
  const escaped = plainText(text)
    .replace(/[\\{}$&%#_~^<>|"`±†]/g, (character) => LATEX[character] ?? character)
    // Two of them would be set as one other sign.
    .replace(/--+|''+|,,+/g, (signs) => [...signs].join('{}'));
  return /^-\d/.test(escaped) ? `$-$${escaped.slice(1)}` : escaped;
}

function numberText(value: number | null): string {
  return value === null ? '' : String(value);
}

/**
 * A number is none of a spreadsheet's formulas, also with an error (`-0.1 ± 0.2`) or an interval (`+0.1 [-0.2, 0.4]`).
 */
const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?%?`;
const NUMBERS = new RegExp(`^${NUMBER}(?: ± ${NUMBER})?(?: \\[${NUMBER}, ${NUMBER}\\])?$`);

/**
 * A spreadsheet runs a cell that begins with the sign of a formula: where it is no number, an apostrophe stands in front,
 * which makes it a text (OWASP, CSV injection).
 */
export function csvField(text: string): string {
  const safe = /^[=+\-@\t\r\n＝＋－＠]/.test(text) && !NUMBERS.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
