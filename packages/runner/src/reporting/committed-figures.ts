/**
 * figures.json of a report: every number that its text and charts are made of, as it was first written. Another
 * processor's last digits move most perplexities by 1e-7, and rounding hides that only until a value lies beside a
 * rounding boundary. So a figure of the same key that moved by no more than the noise is read as the committed one,
 * and what is made of such figures is the same bytes. Knows numbers and their places, and no statistic.
 */
import {
  agrees,
  type CellResults,
  digestValue,
  FLOAT_NOISE,
  type JsonValue,
  type Shape,
  shape,
  type TaskScores,
} from '@evalgraph/formats';

/** What of a value can be noise (`numbers`, in the order of `figuresOf`), and the digest of all the rest of it. */
export interface Figures {
  /** What the value was computed from: figures of two keys are two measurements, however near. */
  readonly key: string;
  readonly rest: string;
  readonly numbers: readonly number[];
}

export interface CommittedFigures {
  /** Figures of cells by the cell's id. */
  readonly cells: ReadonlyMap<string, Figures>;
  /** Figures of comparisons by the comparison's name. */
  readonly comparisons: ReadonlyMap<string, Figures>;
}

export interface Settled<T> {
  /** The value, with the committed numbers in the place of its own where all of them agree. */
  readonly value: T;
  readonly figures: Figures;
  /** False: these are new figures. */
  readonly isCommitted: boolean;
}

/** A cell's scores and perplexity. What it counts (documents, windows) and was told is not among the figures. */
export function settleCell(
  result: CellResults,
  key: string,
  committed: Figures | undefined,
): Settled<CellResults> {
  const { results, perplexity } = result;
  const shown = {
    metrics: Object.fromEntries(Object.entries(results).map(([name, { metrics }]) => [name, metrics])),
    perplexity,
  };
  const settled = settle(shown, key, committed, FLOAT_NOISE);
  if (!settled.isCommitted) return { ...settled, value: result };
  const { value } = settled;
  const rows = Object.entries(results).map(([name, scores]): [string, TaskScores] => [
    name,
    { ...scores, metrics: value.metrics[name] ?? scores.metrics },
  ]);
  return {
    ...settled,
    value: {
      ...result,
      results: Object.fromEntries(rows),
      ...(value.perplexity === undefined ? {} : { perplexity: value.perplexity }),
    },
  };
}

/**
 * Statistics amplify the noise of what they stand on: a ratio's interval, a share of a small number. The bound only
 * tells noise from another way to compute; that the cells themselves agree is the caller's to know.
 */
const STATISTICS_NOISE = 20 * FLOAT_NOISE;

/** A comparison's record, whose cells all agree with the committed ones. */
export function settleComparison<T>(record: T, key: string, committed: Figures | undefined): Settled<T> {
  return settle(record, key, committed, STATISTICS_NOISE);
}

function settle<T>(value: T, key: string, committed: Figures | undefined, noise: number): Settled<T> {
  const figures = figuresOf(value, key);
  const isCommitted =
    committed !== undefined &&
    committed.key === key &&
    committed.rest === figures.rest &&
    committed.numbers.length === figures.numbers.length &&
    figures.numbers.every((number, index) => agrees(number, committed.numbers[index] ?? Number.NaN, noise));
  if (!isCommitted) return { value, figures, isCommitted };
  const numbers = committed.numbers.values();
  const put = (inner: unknown, place: string): unknown =>
    typeof inner === 'number' && !EXACT.has(place) ? numbers.next().value : mapped(inner, place, put);
  return { value: put(value, '') as T, figures: committed, isCommitted };
}

/** Counts, settings, and what is counted in weights: equal on every machine, or something else was computed. */
const EXACT: ReadonlySet<string> = new Set([
  ...['format', 'limit', 'step', 'documents', 'clusters', 'windows', 'tokens', 'seqlen', 'nsamples'],
  ...['positions', 'rightToWrong', 'wrongToRight', 'models'],
]);
const EXACT_PARTS: ReadonlySet<string> = new Set(['flips', 'sparsity', 'sparsityProfile', 'among']);
/** Not shown: hundreds of numbers that a report reads past. */
const UNSHOWN: ReadonlySet<string> = new Set(['windowNllNats', 'windowWeights']);

function figuresOf(value: unknown, key: string): Figures {
  const numbers: number[] = [];
  const take = (inner: unknown, place: string): unknown => {
    if (UNSHOWN.has(place)) return null;
    if (typeof inner !== 'number' || EXACT.has(place)) return mapped(inner, place, take);
    numbers.push(inner);
    return null;
  };
  return { key, rest: digestValue(take(value, '') as JsonValue), numbers };
}

/** Every member by its own name, those of a list by the list's; visited in one order, kept in its own. */
function mapped(value: unknown, place: string, of: (inner: unknown, place: string) => unknown): unknown {
  if (typeof value !== 'object' || value === null || EXACT_PARTS.has(place) || UNSHOWN.has(place)) {
    return value;
  }
  if (Array.isArray(value)) return value.map((item) => of(item, place));
  const members = new Map(Object.entries(value).filter(([, inner]) => inner !== undefined));
  for (const name of [...members.keys()].sort()) members.set(name, of(members.get(name), name));
  return Object.fromEntries(members);
}

/** A line for each cell and comparison, so that a conflict shows what is in it. */
export function writeFigures({ cells, comparisons }: CommittedFigures): string {
  const lines = (figures: ReadonlyMap<string, Figures>): string =>
    [...figures]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([name, { key, rest, numbers }]) =>
          `${JSON.stringify(name)}:${JSON.stringify({ key, rest, numbers })}`,
      )
      .join(',\n');
  return `{"format":1,\n"cells":{\n${lines(cells)}\n},\n"comparisons":{\n${lines(comparisons)}\n}}\n`;
}

const figuresRecord = shape.record({
  key: shape.text,
  rest: shape.digest,
  numbers: shape.list(shape.number),
});
const figuresFile = shape.record({
  format: shape.oneOf(1),
  cells: shape.dictionary(figuresRecord),
  comparisons: shape.dictionary(figuresRecord),
});

/** Figures by name, as the file holds them. @throws ShapeMismatch */
export const committedFigures: Shape<CommittedFigures> = (value, place) => {
  const { cells, comparisons } = figuresFile(value, place);
  return { cells: new Map(Object.entries(cells)), comparisons: new Map(Object.entries(comparisons)) };
};
