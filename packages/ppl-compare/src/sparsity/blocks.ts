/**
 * Zeros by tile of a matrix: for heat maps, and to find block patterns, where every block of k x k has one of a few
 * sparsities ("tiers": the demo's 16x16 blocks are 25, 50 or 75 % zeros, in shares of 0.35, 0.45 and 0.2).
 */

/** Zero counts of square tiles; the last row and column of tiles may be cut off by the matrix's edge. */
export interface TileGrid {
  readonly tile: number;
  readonly rows: number;
  readonly columns: number;
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly zeros: Uint32Array;
}

/** The same counts by tiles `factor` times as large. */
export function coarser(grid: TileGrid, factor: number): TileGrid {
  const tileRows = Math.ceil(grid.tileRows / factor);
  const tileColumns = Math.ceil(grid.tileColumns / factor);
  const zeros = new Uint32Array(tileRows * tileColumns);
  for (let row = 0; row < grid.tileRows; row++) {
    for (let column = 0; column < grid.tileColumns; column++) {
      const at = Math.floor(row / factor) * tileColumns + Math.floor(column / factor);
      zeros[at] = (zeros[at] ?? 0) + (grid.zeros[row * grid.tileColumns + column] ?? 0);
    }
  }
  return { ...grid, tile: grid.tile * factor, tileRows, tileColumns, zeros };
}

export interface Tier {
  /** Fraction of zeros in each block of the tier. */
  readonly sparsity: number;
  /** Fraction of the blocks. */
  readonly share: number;
}

export interface BlockPattern {
  readonly size: number;
  /** Densest first. */
  readonly tiers: readonly Tier[];
  /** Fraction of the blocks that no tier explains (weights that happened to be zero). */
  readonly unexplained: number;
}

const SIZES = [8, 16, 32, 64, 128] as const;
const MOST_TIERS = 5;
/** A tier that holds less is noise. */
const LEAST_SHARE = 0.01;
const MOST_UNEXPLAINED = 0.01;
/**
 * Zeros strewn at random give block counts of this variance or more; below it a few counts would cover them all, and
 * any matrix would seem to have tiers.
 */
const LEAST_VARIANCE = 4;

/**
 * The block size whose zero counts take the fewest values, if they take few: at most MOST_TIERS cover 99 % of the
 * blocks. Of equal ones the largest size: blocks that are zero as a whole are so in their parts too. null: none.
 *
 * @param grid by tiles that divide the sizes (4)
 */
export function findBlocks(grid: TileGrid): BlockPattern | null {
  const total = grid.zeros.reduce((sum, zeros) => sum + zeros, 0);
  const sparsity = total / (grid.rows * grid.columns);
  const candidates = SIZES.filter(
    (size) =>
      grid.rows % size === 0 &&
      grid.columns % size === 0 &&
      size % grid.tile === 0 &&
      size * size * sparsity * (1 - sparsity) >= LEAST_VARIANCE &&
      // With fewer blocks than this, few distinct counts are no pattern.
      (grid.rows / size) * (grid.columns / size) >= 8 * MOST_TIERS,
  );
  const found = candidates.flatMap((size) => tiersOf(coarser(grid, size / grid.tile)) ?? []);
  const fewest = Math.min(...found.map(({ tiers }) => tiers.length));
  return found.filter(({ tiers }) => tiers.length === fewest).at(-1) ?? null;
}

function tiersOf(grid: TileGrid): BlockPattern | null {
  const counts = new Map<number, number>();
  for (const zeros of grid.zeros) counts.set(zeros, (counts.get(zeros) ?? 0) + 1);
  const blocks = grid.zeros.length;
  const tiers = [...counts]
    .map(([zeros, count]) => ({ sparsity: zeros / grid.tile ** 2, share: count / blocks }))
    .filter(({ share }) => share >= LEAST_SHARE)
    .sort((a, b) => a.sparsity - b.sparsity);
  const unexplained = Math.max(0, 1 - tiers.reduce((sum, { share }) => sum + share, 0));
  if (tiers.length > MOST_TIERS || unexplained > MOST_UNEXPLAINED) return null;
  return { size: grid.tile, tiers, unexplained: unexplained < 1e-12 ? 0 : unexplained };
}

/** Fractions of zeros, row by row, on at most `most` x `most` cells. */
export interface HeatMap {
  readonly rows: number;
  readonly columns: number;
  /** Weights of the matrix along an edge of a cell. */
  readonly cell: number;
  readonly sparsity: readonly number[];
}

export function heatMap(grid: TileGrid, most: number): HeatMap {
  const factor = Math.max(1, Math.ceil(Math.max(grid.tileRows, grid.tileColumns) / most));
  const { tile, tileRows, tileColumns, zeros, rows, columns } = coarser(grid, factor);
  const sparsity = Array.from(zeros, (count, at) => {
    const row = Math.floor(at / tileColumns) * tile;
    const column = (at % tileColumns) * tile;
    return count / (Math.min(tile, rows - row) * Math.min(tile, columns - column));
  });
  return { rows: tileRows, columns: tileColumns, cell: tile, sparsity };
}
