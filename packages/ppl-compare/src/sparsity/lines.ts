/**
 * Structured pruning: neurons, heads and channels that were removed are whole rows or columns of zeros. They also have
 * few zero counts by block, and often an N:M pattern, so what they are is said first.
 */

export interface LinePattern {
  /** Fractions of the matrix's rows and columns that are zero as a whole. */
  readonly rows: number;
  readonly columns: number;
}

/** A few weights happen to be zero besides. */
const LEAST_EXPLAINED = 0.99;

/** @param byRow zeros of each row, and `byColumn` of each column. null: the zeros are strewn, or there is none. */
export function linePattern(byRow: Uint32Array, byColumn: Uint32Array): LinePattern | null {
  const [rows, columns] = [byRow.length, byColumn.length];
  const emptyRows = byRow.reduce((count, zeros) => count + (zeros === columns ? 1 : 0), 0);
  const emptyColumns = byColumn.reduce((count, zeros) => count + (zeros === rows ? 1 : 0), 0);
  const zeros = byRow.reduce((sum, own) => sum + own, 0);
  const explained = emptyRows * columns + emptyColumns * rows - emptyRows * emptyColumns;
  return zeros === 0 || explained < LEAST_EXPLAINED * zeros
    ? null
    : { rows: emptyRows / rows, columns: emptyColumns / columns };
}
