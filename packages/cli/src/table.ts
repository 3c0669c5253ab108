/** Lines to copy or to search: every row one line, all columns to the left, whatever the width of the screen. */
import { displayWidth, padEnd } from '@evalgraph/report/terminal';

export function leftTable(rows: readonly (readonly string[])[]): readonly string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => displayWidth(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((text, column) => padEnd(text, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
