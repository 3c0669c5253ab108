/**
 * Structured pruning: neurons, heads and channels that were removed are whole rows or columns of zeros. They also have
 * few zero counts by block, and often an N:M pattern, so what they are is said first.
 */

export interface LinePattern {
  /** Fractions of the matrix's rows and columns that are zero as a whole. */
  readonly rows: number;
  readonly columns: number;
}

export interface LineCounter {
  add(values: Float32Array): void;
  pattern(): LinePattern | null;
}

/** A few weights happen to be zero besides. */
const LEAST_EXPLAINED = 0.99;

/** Holds a number a row and column. */
export function countLines(rows: number, columns: number): LineCounter {
  const zerosByRow = new Uint32Array(rows);
  const zerosByColumn = new Uint32Array(columns);
  let row = 0;
  let column = 0;
  return {
    add(values) {
      for (let i = 0; i < values.length; i++) {
        if (values[i] === 0) {
          zerosByRow[row] = (zerosByRow[row] ?? 0) + 1;
          zerosByColumn[column] = (zerosByColumn[column] ?? 0) + 1;
        }
        if (++column === columns) {
          column = 0;
          row++;
        }
      }
    },
    pattern() {
      const emptyRows = zerosByRow.reduce((count, zeros) => count + (zeros === columns ? 1 : 0), 0);
      const emptyColumns = zerosByColumn.reduce((count, zeros) => count + (zeros === rows ? 1 : 0), 0);
      const zeros = zerosByRow.reduce((sum, own) => sum + own, 0);
      const explained = emptyRows * columns + emptyColumns * rows - emptyRows * emptyColumns;
      return zeros === 0 || explained < LEAST_EXPLAINED * zeros
        ? null
        : { rows: emptyRows / rows, columns: emptyColumns / columns };
    },
  };
}
