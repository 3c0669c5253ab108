/** Tables that sort by a click on a heading and filter by a word. Without the script they are plain tables. */
import { element } from './dom.ts';

/** A table with so many rows gets a field to filter by. */
const FILTERED_FROM = 9;

export function startTables(): void {
  for (const table of document.querySelectorAll<HTMLTableElement>('table[data-sortable]')) startTable(table);
}

function startTable(table: HTMLTableElement): void {
  const body = table.tBodies[0];
  const headings = [...(table.tHead?.rows[0]?.cells ?? [])];
  if (body === undefined) return;
  const original = [...body.rows];
  if (original.length < 2) return;
  for (const [column, heading] of headings.entries()) {
    const button = element('button', { type: 'button', class: 'sort' }, ...heading.childNodes);
    heading.replaceChildren(button);
    button.addEventListener('click', () => {
      const now = heading.getAttribute('aria-sort');
      // Numbers begin with the largest, words with the first; a third click gives the old order back.
      const first = isNumeric(original, column) ? 'descending' : 'ascending';
      const second = first === 'descending' ? 'ascending' : 'descending';
      const next = now === null ? first : now === first ? second : null;
      for (const other of headings) other.removeAttribute('aria-sort');
      if (next !== null) heading.setAttribute('aria-sort', next);
      body.append(...(next === null ? original : sorted(original, column, next === 'ascending')));
    });
  }
  if (original.length >= FILTERED_FROM) addFilter(table, original);
}

function isNumeric(rows: readonly HTMLTableRowElement[], column: number): boolean {
  return rows.some((row) => valueAt(row, column) !== null);
}

function valueAt(row: HTMLTableRowElement, column: number): number | null {
  const value = row.cells[column]?.dataset['value'];
  return value === undefined ? null : Number(value);
}

/** Cells without a number stand last in both directions. */
function sorted(
  rows: readonly HTMLTableRowElement[],
  column: number,
  isAscending: boolean,
): readonly HTMLTableRowElement[] {
  const sign = isAscending ? 1 : -1;
  const text = (row: HTMLTableRowElement): string => row.cells[column]?.textContent ?? '';
  return [...rows].sort((x, y) => {
    const [a, b] = [valueAt(x, column), valueAt(y, column)];
    if (a !== null && b !== null) return sign * (a - b);
    if (a !== null || b !== null) return a === null ? 1 : -1;
    return sign * (text(x) < text(y) ? -1 : text(x) > text(y) ? 1 : 0);
  });
}

function addFilter(table: HTMLTableElement, rows: readonly HTMLTableRowElement[]): void {
  const frame = table.closest('.table');
  const title = table.caption?.textContent ?? 'table';
  const field = element('input', {
    type: 'search',
    placeholder: 'Filter rows',
    'aria-label': `Filter rows: ${title}`,
  });
  const count = element('span', { class: 'count', role: 'status' });
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) shown++;
    }
    count.textContent = field.value === '' ? '' : `${shown} of ${rows.length} rows`;
  });
  frame?.before(element('div', { class: 'filter' }, field, count));
}
