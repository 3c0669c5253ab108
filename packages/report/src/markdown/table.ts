/** Tables with aligned pipes: as good in a terminal as on a page. */

/** Code points that terminals draw in two columns (CJK and its punctuation, Hangul, full width, emoji). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;

/** How cells of numbers begin: bold, an interval, a bound, a factor, a sign, a digit, or no number at all. */
const NUMBER = /^(\*\*)?(\[|< |x)?[+-]?\d|^(n\/a|-)$/;

/**
 * @param header cells, already escaped
 * @param rows each as long as the header, already escaped; columns of numbers stand to the right, but the first
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const toRight = header.map(
    (_, column) => column > 0 && rows.every((row) => NUMBER.test(cellAt(row, column, header))),
  );
  const widths = header.map((cell, column) =>
    Math.max(3, displayWidth(cell), ...rows.map((row) => displayWidth(cellAt(row, column, header)))),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths
      .map((width, column) => {
        const cell = cellAt(cells, column, header);
        const fill = ' '.repeat(width - displayWidth(cell));
        return toRight[column] ? fill + cell : cell + fill;
      })
      .join(' | ')} |`;
  const rule = `| ${widths
    .map((width, column) => (toRight[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))
    .join(' | ')} |`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

function cellAt(row: readonly string[], column: number, header: readonly string[]): string {
  const cell = row[column];
  if (cell === undefined || row.length !== header.length) {
    throw new RangeError(`a table row of ${row.length} cells under ${header.length} headings`);
  }
  return cell;
}

function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}
