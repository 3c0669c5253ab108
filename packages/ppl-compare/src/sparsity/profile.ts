/**
 * Sparsity from the weights, in full: by layer, by kind of matrix, its patterns, a heat map. Exact zeros (+0 and -0) are
 * counted while weights stream by once. A few megabytes for the largest matrix are held, never the matrix. Which file
 * a matrix stands in, and how its bytes become numbers, is the caller's business.
 */
import type { FindPlace, TensorGroup } from '@evalgraph/architectures';
import { type SparsitySummary, UserError, type ZeroCount } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import { type BlockPattern, findBlocks, type HeatMap, heatMap } from './blocks.ts';
import { type LinePattern, linePattern } from './lines.ts';
import { countGroups, type NOfM } from './n-of-m.ts';
import { zeroPlaces } from './zero-places.ts';

/** One tensor of a checkpoint, whose values come in order and in pieces of any size. */
export interface WeightTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Calls `onChunk` with the next values until all were seen. A chunk may be reused after the call returns. */
  visit(onChunk: (values: Float32Array) => void): Promise<void>;
}

export interface MatrixSparsity extends ZeroCount {
  readonly name: string;
  readonly layer: number | null;
  readonly kind: string;
  readonly shape: readonly [number, number];
  readonly lines: LinePattern | null;
  readonly nOfM: NOfM | null;
  readonly blocks: BlockPattern | null;
  readonly heat: HeatMap;
}

/** What most linear matrices have in common, and how many: "2:4 in 168 of 168". */
export interface SharedPattern<Pattern> {
  readonly pattern: Pattern;
  readonly matrices: number;
}

export interface SparsityProfile {
  readonly format: 1;
  readonly groups: Readonly<Record<TensorGroup, ZeroCount>>;
  /** This list and the next count linear matrices alone. */
  readonly byLayer: readonly ({ readonly layer: number } & ZeroCount)[];
  readonly byKind: readonly ({ readonly kind: string } & ZeroCount)[];
  /** They stand in the order in which they were read. */
  readonly matrices: readonly MatrixSparsity[];
  /** Means over the matrices that have whole rows or columns of zeros and hardly another zero. */
  readonly lines: SharedPattern<LinePattern> | null;
  readonly nOfM: SharedPattern<NOfM> | null;
  /** Shares and sparsities are means over the matrices that have the pattern. */
  readonly blocks: SharedPattern<BlockPattern> | null;
}

export interface ProfileOptions {
  /** What papers count a tensor among; see `placesIn` of architectures. */
  readonly findPlace: FindPlace;
  /** Cells of a matrix's heat map along its longer side. */
  readonly heatCells: number;
}

/** Small enough for blocks of 8, large enough that a 13B model's largest matrix has a few million. */
const TILE = 4;

/**
 * @param tensors of one file or of many shards, in any order
 * @throws UserError matrix-length, non-finite-weight (of every bad tensor at once), no-linear-matrices
 */
export async function profileSparsity(
  tensors: AsyncIterable<WeightTensor> | Iterable<WeightTensor>,
  { findPlace, heatCells }: ProfileOptions,
): Promise<SparsityProfile> {
  const groups = { linear: zero(), embedding: zero(), head: zero(), other: zero() };
  const matrices: MatrixSparsity[] = [];
  const problems = [];
  let seen = 0;
  for await (const tensor of tensors) {
    seen++;
    const place = findPlace(tensor.name, tensor.shape);
    if (place === null) continue;
    const linear = place.group === 'linear';
    const [rows = 0, columns = 0] = tensor.shape;
    const groupCounter = linear ? countGroups(rows, columns) : null;
    const places = linear ? zeroPlaces(rows, columns, TILE) : null;
    const { zeros, elements, finite } = await count(tensor, (values) => {
      groupCounter?.add(values);
      places?.add(values);
    });
    const expected = tensor.shape.reduce((product, size) => product * size, 1);
    if (elements !== expected) problems.push(messages.matrixLength(tensor.name, expected, elements));
    if (!finite) problems.push(messages.nonFiniteWeight(tensor.name));
    groups[place.group].zeros += zeros;
    groups[place.group].elements += elements;
    if (groupCounter === null || places === null || elements !== expected) continue;
    const { layer, kind } = place;
    const { grid, byRow, byColumn } = places;
    matrices.push({
      name: tensor.name,
      layer,
      kind,
      shape: [rows, columns],
      zeros,
      elements,
      lines: linePattern(byRow, byColumn),
      nOfM: groupCounter.pattern(),
      blocks: findBlocks(grid),
      heat: heatMap(grid, heatCells),
    });
  }
  if (problems.length > 0) throw new UserError(problems);
  if (matrices.length === 0) throw new UserError(messages.noLinearMatrices(seen));
  return {
    format: 1,
    groups,
    byLayer: [...grouped(matrices, ({ layer }) => layer)]
      .flatMap(([layer, counted]) => (layer === null ? [] : [{ layer, ...counted }]))
      .sort((a, b) => a.layer - b.layer),
    byKind: [...grouped(matrices, ({ kind }) => kind)].map(([kind, counted]) => ({ kind, ...counted })),
    matrices,
    lines: sharedLines(matrices),
    nOfM: sharedNOfM(matrices),
    blocks: sharedBlocks(matrices),
  };
}

/** The short form that comparisons carry: zeros of linear matrices, of all parameters, and by matrix. */
export function summaryOf(profile: SparsityProfile): SparsitySummary {
  const { linear, embedding, head, other } = profile.groups;
  const all = { ...linear };
  for (const { zeros, elements } of [embedding, head, other]) {
    all.zeros += zeros;
    all.elements += elements;
  }
  return {
    linear,
    all,
    matrices: profile.matrices.map(({ name, zeros, elements }) => ({ name, zeros, elements })),
  };
}

function zero(): { zeros: number; elements: number } {
  return { zeros: 0, elements: 0 };
}

async function count(
  tensor: WeightTensor,
  also: (values: Float32Array) => void,
): Promise<{ zeros: number; elements: number; finite: boolean }> {
  let zeros = 0;
  let elements = 0;
  let notFinite = 0;
  await tensor.visit((values) => {
    elements += values.length;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? Number.NaN;
      if (value === 0) zeros++;
      else if (!Number.isFinite(value)) notFinite++;
    }
    also(values);
  });
  return { zeros, elements, finite: notFinite === 0 };
}

function grouped<Key>(
  matrices: readonly MatrixSparsity[],
  keyOf: (matrix: MatrixSparsity) => Key,
): Map<Key, ZeroCount> {
  const found = new Map<Key, ZeroCount>();
  for (const matrix of matrices) {
    const { zeros, elements } = found.get(keyOf(matrix)) ?? zero();
    found.set(keyOf(matrix), { zeros: zeros + matrix.zeros, elements: elements + matrix.elements });
  }
  return found;
}

function sharedLines(matrices: readonly MatrixSparsity[]): SharedPattern<LinePattern> | null {
  const list = matrices.flatMap(({ lines }) => lines ?? []);
  if (list.length * 2 <= matrices.length) return null;
  const average = (of: (pattern: LinePattern) => number): number =>
    list.reduce((sum, pattern) => sum + of(pattern), 0) / list.length;
  return {
    matrices: list.length,
    pattern: { rows: average(({ rows }) => rows), columns: average(({ columns }) => columns) },
  };
}

function sharedNOfM(matrices: readonly MatrixSparsity[]): SharedPattern<NOfM> | null {
  const groups = new Map<string, NOfM[]>();
  for (const { nOfM, lines } of matrices) {
    // Every second row alone is 2:4 along columns; that is no second pattern.
    if (nOfM === null || lines !== null) continue;
    const key = `${nOfM.n}:${nOfM.m} ${nOfM.along}`;
    groups.set(key, [...(groups.get(key) ?? []), nOfM]);
  }
  const list = mostCommon(groups);
  const pattern = list[0];
  return pattern === undefined || list.length * 2 <= matrices.length
    ? null
    : { pattern, matrices: list.length };
}

function sharedBlocks(matrices: readonly MatrixSparsity[]): SharedPattern<BlockPattern> | null {
  const groups = new Map<string, BlockPattern[]>();
  for (const { blocks, nOfM, lines } of matrices) {
    // An N:M matrix has blocks of one sparsity by construction, one with empty rows few; that is no second pattern.
    if (blocks === null || nOfM !== null || lines !== null) continue;
    const key = `${blocks.size} ${blocks.tiers.map(({ sparsity }) => sparsity.toFixed(2)).join(' ')}`;
    groups.set(key, [...(groups.get(key) ?? []), blocks]);
  }
  const list = mostCommon(groups);
  const first = list[0];
  if (first === undefined || list.length * 2 <= matrices.length) return null;
  const average = (of: (pattern: BlockPattern) => number): number =>
    list.reduce((sum, pattern) => sum + of(pattern), 0) / list.length;
  return {
    matrices: list.length,
    pattern: {
      size: first.size,
      tiers: first.tiers.map((_, index) => ({
        sparsity: average(({ tiers }) => tiers[index]?.sparsity ?? Number.NaN),
        share: average(({ tiers }) => tiers[index]?.share ?? Number.NaN),
      })),
      unexplained: average(({ unexplained }) => unexplained),
    },
  };
}

function mostCommon<Value>(groups: ReadonlyMap<string, readonly Value[]>): readonly Value[] {
  return [...groups.values()].reduce<readonly Value[]>(
    (best, list) => (list.length > best.length ? list : best),
    [],
  );
}
