/** Initial weights against files that torch and safetensors wrote (test/judge/init_digests.py). */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { architectureMessages } from '@evalgraph/architectures';
import { digestFile, openWeights, readTensor, UserError } from '@evalgraph/formats';
import { CHAT_TEMPLATE_FILE, TOKENIZER_FILES } from '@evalgraph/tokenizer/files';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEEDS_PYTHON, judgePython as python } from '../../formats/test/judges.ts';
import { problemsOf } from '../../formats/test/problems.ts';
import { type InitSettings, initMessages, initModel, sourceLayers } from '../src/index.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures/init');
const TINY = join(FIXTURES, 'tiny12');
const DEMO = join(import.meta.dirname, '../../../models/demo/iter_0003600');

const expected = JSON.parse(await readFile(join(FIXTURES, 'digests.json'), 'utf8')) as Record<string, string>;
const scratch: InitSettings = {
  kind: 'scratch',
  config: TINY,
  tokenizer: DEMO,
  seed: 7,
  residual: 'plain',
  dtype: 'F32',
};

let folder = '';
let tiny = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalgraph-init-'));
  tiny = join(folder, 'tiny');
  await initModel(scratch, tiny);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function digestOf(out: string): Promise<string> {
  return (await digestFile(join(out, 'model.safetensors'))).sha256;
}

describe('from nothing', () => {
  it('draws what NumPy and the standard library of Python draw, bit for bit', async () => {
    expect(await digestOf(tiny)).toBe(expected['scratch F32']);
  });

  it.each([
    ['scratch BF16', { dtype: 'BF16' }],
    ['scratch scaled F32', { residual: 'scaled' }],
  ] as const)('%s', async (name, change) => {
    const out = join(folder, 'changed');
    await initModel({ ...scratch, ...change }, out);
    expect(await digestOf(out)).toBe(expected[name]);
  });

  it('counts parameters as torch does and writes all files', async () => {
    const summary = await initModel(scratch, join(folder, 'again'));
    expect(summary).toEqual({
      parameters: expected.parameters,
      layers: 12,
      sourceLayers: null,
      tensors: 12 * 9 + 3,
      files: ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'],
    });
  });

  it('gives other values for another seed', async () => {
    const out = join(folder, 'seed');
    await initModel({ ...scratch, seed: 8 }, out);
    expect(await digestOf(out)).not.toBe(expected['scratch F32']);
  });

  it('copies every file that the tokenizer is read from', async () => {
    const tokenizer = await mkdtemp(join(folder, 'tokenizer-'));
    const names = [...TOKENIZER_FILES, CHAT_TEMPLATE_FILE];
    for (const name of names) await writeFile(join(tokenizer, name), '{}');
    await copyFile(join(DEMO, 'tokenizer.json'), join(tokenizer, 'tokenizer.json'));
    const out = join(folder, 'all files');
    const { files } = await initModel({ ...scratch, tokenizer }, out);
    expect(files).toEqual(['config.json', 'model.safetensors', ...names].sort());
    for (const name of names) {
      expect(await readFile(join(out, name)), name).toEqual(await readFile(join(tokenizer, name)));
    }
  });

  it('refuses a tokenizer with more entries than the model', async () => {
    const small = await mkdtemp(join(folder, 'small-'));
    const config = JSON.parse(await readFile(join(TINY, 'config.json'), 'utf8')) as object;
    await writeFile(join(small, 'config.json'), JSON.stringify({ ...config, vocab_size: 1000 }));
    expect(await problemsOf(initModel({ ...scratch, config: small }, join(folder, 'no')))).toEqual([
      initMessages.tokenizerTooLarge(join(DEMO, 'tokenizer.json'), 1023, 1000),
    ]);
  });

  it('reports all wrong fields at once', async () => {
    const bad = await mkdtemp(join(folder, 'bad-'));
    const file = join(bad, 'config.json');
    const config = JSON.parse(await readFile(join(TINY, 'config.json'), 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...config, hidden_size: 1.5, initializer_range: -1 }));
    expect(await problemsOf(initModel({ ...scratch, config: bad }, join(folder, 'no')))).toEqual([
      architectureMessages.invalidConfig.field(
        file,
        'hidden_size',
        1.5,
        'a whole number from 1 to 2147483647',
      ),
      architectureMessages.invalidConfig.field(file, 'initializer_range', -1, 'a number above 0'),
    ]);
  });
});

describe('depth', () => {
  it.each([
    ['12 to 10', { kind: 'keep', layers: [0, 1, 2, 3, 5, 6, 8, 9, 10, 11] }],
    [
      '12 to 16',
      {
        kind: 'stack',
        ranges: [
          [0, 8],
          [4, 12],
        ],
      },
    ],
  ] as const)('%s equals torch bit for bit', async (name, depth) => {
    const out = join(folder, name);
    const summary = await initModel({ kind: 'depth', source: tiny, depth }, out);
    expect(await digestOf(out)).toBe(expected[name]);
    const config = JSON.parse(await readFile(join(out, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(config.num_hidden_layers).toBe(summary.layers);
    expect(summary.layers).toBe(name === '12 to 10' ? 10 : 16);
  });

  it.each([
    ['demo 5 to 3', { kind: 'keep', layers: [0, 2, 4] }],
    [
      'demo 5 to 7',
      {
        kind: 'stack',
        ranges: [
          [0, 4],
          [2, 5],
        ],
      },
    ],
  ] as const)('%s: the same out of shards', async (name, depth) => {
    const shards = join(folder, 'shards');
    const { files } = await initModel({ kind: 'copy', source: DEMO }, shards, 500_000);
    expect(files.filter((file) => file.endsWith('.safetensors')).length).toBeGreaterThan(3);
    const out = join(folder, name);
    await initModel({ kind: 'depth', source: shards, depth }, out);
    expect(await digestOf(out)).toBe(expected[name]);
  });

  it('a copy through shards gives the same file', async () => {
    const shards = join(folder, 'shards2');
    const whole = join(folder, 'whole');
    await initModel({ kind: 'copy', source: tiny }, shards, 20_000);
    const summary = await initModel({ kind: 'copy', source: shards }, whole);
    expect(await digestOf(whole)).toBe(expected['scratch F32']);
    expect(summary.parameters).toBe(expected.parameters);
  });

  it('takes the entries of layer_types along', async () => {
    const source = join(folder, 'typed');
    await initModel({ kind: 'copy', source: tiny }, source);
    const config = JSON.parse(await readFile(join(source, 'config.json'), 'utf8')) as object;
    const types = Array.from({ length: 12 }, (_, layer) =>
      layer % 3 === 2 ? 'full_attention' : 'sliding_attention',
    );
    await writeFile(join(source, 'config.json'), JSON.stringify({ ...config, layer_types: types }));
    const out = join(folder, 'typed-out');
    await initModel({ kind: 'depth', source, depth: { kind: 'keep', layers: [1, 2, 5] } }, out);
    const made = JSON.parse(await readFile(join(out, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(made.layer_types).toEqual(['sliding_attention', 'full_attention', 'full_attention']);
  });

  it('refuses a config that counts other layers than the weights', async () => {
    const source = join(folder, 'miscounted');
    await initModel({ kind: 'copy', source: tiny }, source);
    const config = JSON.parse(await readFile(join(source, 'config.json'), 'utf8')) as object;
    await writeFile(join(source, 'config.json'), JSON.stringify({ ...config, num_hidden_layers: 11 }));
    expect(await problemsOf(initModel({ kind: 'copy', source }, join(folder, 'no')))).toEqual([
      initMessages.layerCount(source, 12, 'num_hidden_layers', 11),
    ]);
  });
});

describe('sourceLayers', () => {
  it('says all that is wrong', () => {
    const wrong = (run: () => unknown): unknown => {
      try {
        return run();
      } catch (error) {
        return error instanceof UserError ? error.problems : error;
      }
    };
    expect(wrong(() => sourceLayers({ kind: 'keep', layers: [0, 2, 2, 12] }, 12))).toEqual([
      initMessages.badLayers.order(2, 2),
      initMessages.badLayers.missing(12, 12),
    ]);
    expect(
      wrong(() =>
        sourceLayers(
          {
            kind: 'stack',
            ranges: [
              [0, 13],
              [4, 4],
            ],
          },
          12,
        ),
      ),
    ).toEqual([initMessages.badLayers.range([0, 13], 12), initMessages.badLayers.range([4, 4], 12)]);
    expect(wrong(() => sourceLayers({ kind: 'keep', layers: [] }, 12))).toEqual([
      initMessages.badLayers.none(),
    ]);
  });

  it('property: stacking gives as many layers as the ranges are long, each from its range', () => {
    const range = fc
      .tuple(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 1, max: 12 }))
      .filter(([first, end]) => first < end);
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 5 }), (ranges) => {
        const layers = sourceLayers({ kind: 'stack', ranges }, 12);
        expect(layers.length).toBe(ranges.reduce((sum, [first, end]) => sum + end - first, 0));
        expect(layers[0]).toBe(ranges[0]?.[0]);
        expect(layers.at(-1)).toBe((ranges.at(-1)?.[1] ?? 0) - 1);
      }),
      { seed: 8 },
    );
  });
});

describe('distribution', () => {
  it('has the mean and spread of initializer_range', async () => {
    const weights = await openWeights(tiny);
    let sum = 0;
    let squares = 0;
    let count = 0;
    for await (const part of readTensor(weights, 'model.embed_tokens.weight')) {
      for (const value of part) {
        sum += value;
        squares += value * value;
        count += 1;
      }
    }
    // Five standard errors of 16,384 draws.
    expect(Math.abs(sum / count)).toBeLessThan((5 * 0.02) / Math.sqrt(count));
    expect(Math.abs(Math.sqrt(squares / count) - 0.02)).toBeLessThan((5 * 0.02) / Math.sqrt(2 * count));
  });
});

describe('in transformers', () => {
  it.skipIf(python === undefined)(
    `every folder loads strictly and gives logits (${NEEDS_PYTHON})`,
    async () => {
      const shards = join(folder, 'loads-shards');
      const deep = join(folder, 'loads-deep');
      const demo = join(folder, 'loads-demo');
      await initModel({ kind: 'copy', source: tiny }, shards, 20_000);
      await initModel(
        {
          kind: 'depth',
          source: shards,
          depth: {
            kind: 'stack',
            ranges: [
              [0, 8],
              [4, 12],
            ],
          },
        },
        deep,
      );
      await initModel({ kind: 'depth', source: DEMO, depth: { kind: 'keep', layers: [0, 1, 4] } }, demo);
      const script = `
import sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
for folder in sys.argv[1:]:
    model, info = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"], info
    ids = AutoTokenizer.from_pretrained(folder)("the king", return_tensors="pt").input_ids
    assert torch.isfinite(model(ids).logits).all()
    print(len(model.model.layers), sum(p.numel() for p in model.parameters()))`;
      const { stdout, stderr, status } = spawnSync(python ?? '', ['-c', script, tiny, shards, deep, demo], {
        encoding: 'utf8',
      });
      expect(status, stderr).toBe(0);
      const lines = stdout.trim().split('\n');
      expect(lines.map((line) => line.split(' ')[0])).toEqual(['12', '12', '16', '3']);
      expect(lines[0]?.split(' ')[1]).toBe(String(expected.parameters));
    },
  );
});
