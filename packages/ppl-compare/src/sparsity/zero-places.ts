/** Where the zeros of a matrix are, counted in one walk while its values stream by: by tile, by row, by column. */
import type { TileGrid } from './blocks.ts';

export interface ZeroPlaces {
  /** The next values of the matrix, row by row. */
  add(values: Float32Array): void;
  readonly grid: TileGrid;
  readonly byRow: Uint32Array;
  readonly byColumn: Uint32Array;
}

/** Holds a number a tile, row and column: 2.8 million for a matrix of 11,008 x 4,096 by tiles of 4. */
export function zeroPlaces(rows: number, columns: number, tile: number): ZeroPlaces {
  const tileRows = Math.ceil(rows / tile);
  const tileColumns = Math.ceil(columns / tile);
  const zeros = new Uint32Array(tileRows * tileColumns);
  const byRow = new Uint32Array(rows);
  const byColumn = new Uint32Array(columns);
  let row = 0;
  let column = 0;
  return {
    add(values) {
      for (let i = 0; i < values.length; i++) {
        if (values[i] === 0) {
          const at = Math.floor(row / tile) * tileColumns + Math.floor(column / tile);
          zeros[at] = (zeros[at] ?? 0) + 1;
          byRow[row] = (byRow[row] ?? 0) + 1;
          byColumn[column] = (byColumn[column] ?? 0) + 1;
        }
        if (++column === columns) {
          column = 0;
          row++;
        }
      }
    },
    grid: { tile, rows, columns, tileRows, tileColumns, zeros },
    byRow,
    byColumn,
  };
}
