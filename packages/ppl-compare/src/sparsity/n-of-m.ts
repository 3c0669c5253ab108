/** N:M sparsity: of every M consecutive weights at most N are not zero (2:4 is what GPUs have units for). */

/** Group sizes in use: NVIDIA's 2:4, and 4:8 of the pruning papers. */
const GROUP_SIZES = [4, 8] as const;

export interface NOfM {
  readonly n: number;
  readonly m: number;
  /** Along which dimension the groups lie: a row of the stored matrix, or a column (Conv1D's inputs). */
  readonly along: 'rows' | 'columns';
}

export interface GroupCounter {
  /** The next values of the matrix, row by row. */
  add(values: Float32Array): void;
  /** The sharpest pattern: the smallest N/M, of equal ones the larger M. null: none, or nothing is zero. */
  pattern(): NOfM | null;
}

/**
 * A pattern fills its groups: strewn zeros leave the fullest group far above the mean (80 % zeros at random: 6 of 8
 * somewhere, 1.6 on average), a pattern hardly.
 */
const LEAST_FILLED = 0.9;

/** Counts while values stream by; holds a few numbers a column. */
export function countGroups(rows: number, columns: number): GroupCounter {
  const counters = GROUP_SIZES.flatMap((m) => [
    ...(columns % m === 0 ? [alongRows(m)] : []),
    ...(rows % m === 0 ? [alongColumns(m, columns)] : []),
  ]);
  let nonZero = 0;
  return {
    add(values) {
      for (let i = 0; i < values.length; i++) if (values[i] !== 0) nonZero++;
      for (const counter of counters) counter.add(values);
    },
    pattern() {
      const found = counters
        .map(({ m, along, mostNonZero }) => ({ m, along, n: mostNonZero() }))
        // N = M says nothing, and N = 0 is an empty matrix.
        .filter(({ n, m }) => n > 0 && n < m && nonZero * m >= LEAST_FILLED * n * rows * columns)
        .sort((a, b) => a.n / a.m - b.n / b.m || a.m - b.m || (a.along === 'rows' ? -1 : 1));
      const best = found[0];
      return best === undefined ? null : { n: best.n, m: best.m, along: best.along };
    },
  };
}

interface Counter {
  readonly m: number;
  readonly along: 'rows' | 'columns';
  add(values: Float32Array): void;
  mostNonZero(): number;
}

function alongRows(m: number): Counter {
  let most = 0;
  let filled = 0;
  let nonZero = 0;
  return {
    m,
    along: 'rows',
    add(values) {
      for (let i = 0; i < values.length; i++) {
        if (values[i] !== 0) nonZero++;
        if (++filled < m) continue;
        if (nonZero > most) most = nonZero;
        filled = 0;
        nonZero = 0;
      }
    },
    mostNonZero: () => most,
  };
}

function alongColumns(m: number, columns: number): Counter {
  const nonZero = new Uint8Array(columns);
  let most = 0;
  let column = 0;
  let row = 0;
  const endRow = (): void => {
    column = 0;
    if (++row < m) return;
    for (const count of nonZero) if (count > most) most = count;
    nonZero.fill(0);
    row = 0;
  };
  return {
    m,
    along: 'columns',
    add(values) {
      for (let i = 0; i < values.length; i++) {
        if (values[i] !== 0) nonZero[column] = (nonZero[column] ?? 0) + 1;
        if (++column === columns) endRow();
      }
    },
    mostNonZero: () => most,
  };
}
