import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { placeByName } from '@evalgraph/architectures';
import { openWeights, readTensor, type SparsitySummary, seededRandom } from '@evalgraph/formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../formats/test/problems.ts';
import { messages } from '../src/messages.ts';
import { findBlocks, heatMap } from '../src/sparsity/blocks.ts';
import { countGroups } from '../src/sparsity/n-of-m.ts';
import { profileSparsity, summaryOf, type WeightTensor } from '../src/sparsity/profile.ts';
import { zeroPlaces } from '../src/sparsity/zero-places.ts';

const options = { findPlace: placeByName, heatCells: 8 };

function tensor(name: string, shape: readonly number[], values: Float32Array, chunk = 37): WeightTensor {
  return {
    name,
    shape,
    async visit(onChunk) {
      for (let at = 0; at < values.length; at += chunk) onChunk(values.slice(at, at + chunk));
    },
  };
}

/** Weights that are zero where `isZero` says. */
function matrix(
  rows: number,
  columns: number,
  isZero: (row: number, column: number) => boolean,
): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, at) =>
    isZero(Math.floor(at / columns), at % columns) ? 0 : 1 + at,
  );
}

const q = 'model.layers.0.self_attn.q_proj.weight';

async function* modelTensors(folder: string): AsyncGenerator<WeightTensor> {
  const weights = await openWeights(folder);
  for (const [name, { shape }] of weights.tensors) {
    yield {
      name,
      shape,
      visit: async (onChunk) => {
        for await (const values of readTensor(weights, name)) onChunk(values);
      },
    };
  }
}

/** The same counts in the plainest way, of models that have Llama's names. */
async function countsOf(tensors: AsyncIterable<WeightTensor>): Promise<SparsitySummary> {
  const matrices: { name: string; zeros: number; elements: number }[] = [];
  const sum = { linear: { zeros: 0, elements: 0 }, all: { zeros: 0, elements: 0 } };
  for await (const { name, shape, visit } of tensors) {
    const counted = { zeros: 0, elements: 0 };
    await visit((chunk) => {
      counted.elements += chunk.length;
      counted.zeros += chunk.filter((value) => value === 0).length;
    });
    const isLinear = shape.length === 2 && name.includes('_proj.');
    for (const total of isLinear ? [sum.all, sum.linear] : [sum.all]) {
      total.zeros += counted.zeros;
      total.elements += counted.elements;
    }
    if (isLinear) matrices.push({ name, ...counted });
  }
  return { ...sum, matrices };
}

const demo = (name: string): string =>
  fileURLToPath(new URL(`../../../models/demo/${name}`, import.meta.url));

describe('rows and columns that are zero as a whole', () => {
  const shared = async (isZero: (row: number, column: number) => boolean) => {
    const profile = await profileSparsity([tensor(q, [96, 64], matrix(96, 64, isZero))], options);
    return [profile.lines?.pattern ?? null, profile.nOfM, profile.blocks?.pattern.size ?? null];
  };

  it('are told as such, not as the blocks or the N:M pattern that they also make', async () => {
    // Every third row: blocks of 8x8 have 2 or 3 of them. Every second: 2:4 along columns.
    expect(await shared((row) => row % 3 === 0)).toEqual([{ rows: 1 / 3, columns: 0 }, null, null]);
    expect(await shared((row) => row % 2 === 0)).toEqual([{ rows: 1 / 2, columns: 0 }, null, null]);
    expect(await shared((row, column) => row < 24 || column % 4 === 1)).toEqual([
      { rows: 1 / 4, columns: 1 / 4 },
      null,
      null,
    ]);
  });

  it('are no pattern where other weights are zero too, or none is', async () => {
    const [lines] = await shared((row, column) => row % 3 === 0 || (row * 7 + column * 5) % 11 === 0);
    expect(lines).toBeNull();
    expect(await shared(() => false)).toEqual([null, null, null]);
    // A stray or two in 2,048 do not hide them.
    expect((await shared((row, column) => row % 3 === 0 || (row === 1 && column === 1)))[0]).not.toBeNull();
  });
});

describe("the demo's pruned versions", () => {
  it.skipIf(!existsSync(demo('blocks-16x16')))(
    'shows blocks of 16x16 in three tiers, as they were made',
    async () => {
      const profile = await profileSparsity(modelTensors(demo('blocks-16x16')), options);
      expect(profile.blocks?.matrices).toBe(profile.matrices.length);
      const pattern = profile.blocks?.pattern;
      expect(pattern?.size).toBe(16);
      expect(pattern?.tiers.map(({ sparsity }) => sparsity)).toEqual([0.25, 0.5, 0.75]);
      // prune.py: shares 0.35, 0.45, 0.20, rounded to whole blocks in each matrix.
      for (const [index, share] of [0.35, 0.45, 0.2].entries()) {
        expect(Math.abs((pattern?.tiers[index]?.share ?? 0) - share)).toBeLessThan(0.01);
      }
      expect(profile.nOfM).toBeNull();
      expect(profile.groups.embedding.zeros / profile.groups.embedding.elements).toBeLessThan(0.001);
      expect(summaryOf(profile)).toEqual(await countsOf(modelTensors(demo('blocks-16x16'))));
    },
  );

  it.skipIf(!existsSync(demo('wanda-50')))('shows no pattern where half of every row is zero', async () => {
    const profile = await profileSparsity(modelTensors(demo('wanda-50')), options);
    expect(profile.blocks).toBeNull();
    expect(profile.nOfM).toBeNull();
    expect(profile.groups.linear.zeros / profile.groups.linear.elements).toBeCloseTo(0.5, 3);
    expect(profile.byLayer.map(({ layer }) => layer)).toEqual([0, 1, 2, 3, 4]);
    expect(profile.byKind.map(({ kind }) => kind).sort()).toEqual([
      'mlp.down_proj',
      'mlp.gate_proj',
      'mlp.up_proj',
      'self_attn.k_proj',
      'self_attn.o_proj',
      'self_attn.q_proj',
      'self_attn.v_proj',
    ]);
  });

  it.skipIf(!existsSync(demo('iter_0003600')))(
    'shows no pattern and hardly a zero in the dense one',
    async () => {
      const profile = await profileSparsity(modelTensors(demo('iter_0003600')), options);
      expect([profile.blocks, profile.nOfM]).toEqual([null, null]);
      expect(profile.groups.linear.zeros / profile.groups.linear.elements).toBeLessThan(0.001);
    },
  );
});

describe('patterns', () => {
  it('finds N:M along rows and along columns, whatever the pieces', () => {
    fc.assert(
      fc.property(
        fc.constantFrom([2, 4], [1, 4], [4, 8], [3, 8]),
        fc.boolean(),
        fc.integer({ min: 1, max: 99 }),
        fc.nat(1000),
        ([n, m], columnwise, chunk, seed) => {
          const random = seededRandom(seed);
          const size = 48;
          // In every group one draw of N places that stay.
          const stays = new Map<string, Set<number>>();
          const staysAt = (group: string, at: number): boolean => {
            const places = stays.get(group) ?? new Set<number>();
            while (places.size < (n ?? 0)) places.add(random.below(m ?? 1));
            stays.set(group, places);
            return places.has(at);
          };
          const values = matrix(size, size, (row, column) => {
            const [line, at] = columnwise ? [column, row] : [row, column];
            return !staysAt(`${line} ${Math.floor(at / (m ?? 1))}`, at % (m ?? 1));
          });
          const counter = countGroups(size, size);
          for (let at = 0; at < values.length; at += chunk) counter.add(values.slice(at, at + chunk));
          const found = counter.pattern();
          expect((found?.n ?? 9) / (found?.m ?? 1)).toBeCloseTo((n ?? 0) / (m ?? 1), 12);
          expect(found?.along).toBe(columnwise ? 'columns' : 'rows');
        },
      ),
      { seed: 4, numRuns: 40 },
    );
  });

  it('sees none in weights that are strewn, empty or full', () => {
    const random = seededRandom(5);
    for (const share of [0, 1, 5, 20, 50, 80, 99, 100]) {
      const values = matrix(192, 256, () => random.below(100) < share);
      const groups = countGroups(192, 256);
      groups.add(values);
      expect(groups.pattern()).toBeNull();
      const tiles = zeroPlaces(192, 256, 4);
      tiles.add(values);
      expect(findBlocks(tiles.grid)).toBeNull();
    }
  });

  it('finds whole blocks of zeros at their full size, and a few strays do not hide them', () => {
    const random = seededRandom(6);
    const zeroBlocks = Array.from({ length: 64 }, () => random.below(2) === 0);
    const values = matrix(256, 256, (row, column) => zeroBlocks[(row >> 5) * 8 + (column >> 5)] ?? false);
    for (let i = 0; i < values.length; i++) if (random.below(200_000) === 0) values[i] = 0;
    const tiles = zeroPlaces(256, 256, 4);
    tiles.add(values);
    const pattern = findBlocks(tiles.grid);
    expect(pattern?.size).toBe(32);
    expect(pattern?.tiers.map(({ sparsity }) => sparsity)).toEqual([0, 1]);
  });

  it('maps heat exactly, at edges too', () => {
    const values = matrix(10, 6, (row, column) => row < 4 && column < 4);
    const tiles = zeroPlaces(10, 6, 4);
    tiles.add(values);
    expect(heatMap(tiles.grid, 8)).toEqual({
      rows: 3,
      columns: 2,
      cell: 4,
      sparsity: [1, 0, 0, 0, 0, 0],
    });
    expect(heatMap(tiles.grid, 1)).toEqual({ rows: 1, columns: 1, cell: 12, sparsity: [16 / 60] });
  });
});

describe('a profile', () => {
  it('counts embedding, head and the rest apart, over shards', async () => {
    async function* shards() {
      yield tensor('model.embed_tokens.weight', [2, 2], Float32Array.of(0, 1, 1, 1));
      yield tensor(q, [2, 2], Float32Array.of(0, -0, 1, 2));
      yield tensor('model.layers.0.input_layernorm.weight', [2], Float32Array.of(1, 0));
      yield tensor('lm_head.weight', [2, 2], Float32Array.of(1, 1, 1, 1));
    }
    const profile = await profileSparsity(shards(), options);
    expect(profile.groups).toEqual({
      linear: { zeros: 2, elements: 4 },
      embedding: { zeros: 1, elements: 4 },
      head: { zeros: 0, elements: 4 },
      other: { zeros: 1, elements: 2 },
    });
    expect(profile.byLayer).toEqual([{ layer: 0, zeros: 2, elements: 4 }]);
    expect(summaryOf(profile)).toEqual(await countsOf(shards()));
  });

  it('refuses damaged tensors, all at once, and folders without matrices', async () => {
    const short = tensor('a.weight', [2, 2], Float32Array.of(1));
    const broken = tensor('b.weight', [1, 1], Float32Array.of(Number.NaN));
    expect(await problemsOf(() => profileSparsity([short, broken], options))).toEqual([
      messages.matrixLength('a.weight', 4, 1),
      messages.nonFiniteWeight('b.weight'),
    ]);
    expect(await problemsOf(() => profileSparsity([], options))).toEqual([messages.noLinearMatrices(0)]);
  });
});
