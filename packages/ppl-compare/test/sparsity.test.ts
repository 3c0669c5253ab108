import { placeByName } from '@evalgraph/architectures';
import type { SparsitySummary } from '@evalgraph/formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../formats/test/problems.ts';
import { messages } from '../src/messages.ts';
import { profileSparsity, summaryOf, type WeightTensor } from '../src/sparsity/profile.ts';

function tensor(name: string, shape: readonly number[], values: readonly number[], chunk = 3): WeightTensor {
  return {
    name,
    shape,
    async visit(onChunk) {
      for (let at = 0; at < values.length; at += chunk)
        onChunk(new Float32Array(values.slice(at, at + chunk)));
    },
  };
}

async function sparsityOf(tensors: readonly WeightTensor[]): Promise<SparsitySummary> {
  return summaryOf(await profileSparsity(tensors, { findPlace: placeByName, heatCells: 8 }));
}

describe('sparsity', () => {
  it('counts +0 and -0, and tiny numbers not', async () => {
    const summary = await sparsityOf([
      tensor('model.embed_tokens.weight', [2, 2], [0, 0, 0, 1]),
      tensor('model.layers.0.mlp.up_proj.weight', [2, 3], [0, -0, 1e-45, -1e-45, 2, 0]),
      tensor('model.layers.0.input_layernorm.weight', [2], [0, 1]),
    ]);
    expect(summary).toEqual({
      linear: { zeros: 3, elements: 6 },
      all: { zeros: 7, elements: 12 },
      matrices: [{ name: 'model.layers.0.mlp.up_proj.weight', zeros: 3, elements: 6 }],
    });
  });

  it('does not depend on how the values are cut', async () => {
    const values = fc.array(fc.constantFrom(0, -0, 0.5, -2), { minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(values, fc.integer({ min: 1, max: 50 }), async (list, chunk) => {
        const { linear } = await sparsityOf([tensor('a.q_proj.weight', [1, list.length], list, chunk)]);
        expect(linear).toEqual({ zeros: list.filter((x) => x === 0).length, elements: list.length });
      }),
      { seed: 4 },
    );
  });

  it('leaves masks that stand among the weights out of every count', async () => {
    const { all } = await sparsityOf([
      tensor('h.0.attn.bias', [1, 1, 2, 2], [1, 0, 1, 1]),
      tensor('h.0.attn.c_attn.weight', [1, 2], [1, 0]),
    ]);
    expect(all).toEqual({ zeros: 1, elements: 2 });
  });

  it('reports every damaged tensor at once', async () => {
    const short = tensor('a.weight', [2, 2], [1, 2, 3]);
    const broken = tensor('b.weight', [1, 1], [Number.NaN]);
    expect(await problemsOf(() => sparsityOf([short, broken]))).toEqual([
      messages.matrixLength('a.weight', 4, 3),
      messages.nonFiniteWeight('b.weight'),
    ]);
    expect(await problemsOf(() => sparsityOf([tensor('lm_head.weight', [1, 1], [0])]))).toEqual([
      messages.noLinearMatrices(1),
    ]);
  });
});
