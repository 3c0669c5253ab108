/** Every mistake in a model folder or a request ends in a UserError, and before anything is computed. */
import { cp, mkdtemp, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { architectureMessages } from '@evalgraph/architectures';
import { UserError } from '@evalgraph/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemsOf } from '../../formats/test/problems.ts';
import {
  COMPUTED_ARCHITECTURES,
  engineMessages as messages,
  openEngine,
  parseModelConfig,
  planPasses,
  readModelConfig,
  type TokenRequest,
} from '../src/index.ts';
import { runAll } from './helpers.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const ONE_FILE = 'llama-tied-f32';
const SHARDS = 'llama-untied-bf16-shards';
let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'engine-'));
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

async function copyOf(name: string, config: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const folder = await mkdtemp(join(root, 'model-'));
  await cp(join(FIXTURES, name), folder, { recursive: true });
  const path = join(folder, 'config.json');
  const raw: unknown = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify(Object.assign({}, raw, config)));
  return folder;
}

const open = (folder: string): Promise<unknown> => openEngine(folder, { threads: 1 });
const ask = (context: readonly number[], continuation: readonly number[]): TokenRequest => {
  return { kind: 'score', context, continuation };
};

describe('config.json', () => {
  it('is read strictly, with transformers 4 and 5 spellings', async () => {
    const bare = (name: string, inputs: number, outputs: number) => ({ name, inputs, outputs, bias: false });
    const norm = (name: string) => ({ name, size: 32, epsilon: 1e-5 });
    const model = await readModelConfig(join(FIXTURES, SHARDS));
    expect(model).toEqual({
      architecture: 'LlamaForCausalLM',
      vocabSize: 160,
      hiddenSize: 32,
      maxPositions: 256,
      heads: 4,
      kvHeads: 1,
      headDim: 16,
      rotary: { dims: 16, theta: 500000, scaling: { type: 'default' } },
      embedding: { name: 'model.embed_tokens' },
      layers: [expect.anything(), model.layers[1]],
      norm: norm('model.norm'),
      head: bare('lm_head', 32, 160),
    });
    expect(model.layers[0]).toEqual({
      name: 'model.layers.0',
      attentionNorm: norm('model.layers.0.input_layernorm'),
      attention: {
        query: bare('model.layers.0.self_attn.q_proj', 32, 64),
        key: bare('model.layers.0.self_attn.k_proj', 32, 16),
        value: bare('model.layers.0.self_attn.v_proj', 32, 16),
        output: bare('model.layers.0.self_attn.o_proj', 64, 32),
        headNorms: null,
        window: null,
      },
      mlpNorm: norm('model.layers.0.post_attention_layernorm'),
      mlp: {
        gate: bare('model.layers.0.mlp.gate_proj', 32, 48),
        up: bare('model.layers.0.mlp.up_proj', 32, 48),
        down: bare('model.layers.0.mlp.down_proj', 48, 32),
        activation: 'silu',
      },
    });
    const old = { rope_parameters: undefined, rope_theta: 1234, rope_scaling: { type: 'linear', factor: 4 } };
    expect(await readModelConfig(await copyOf(ONE_FILE, old))).toMatchObject({
      rotary: { theta: 1234, scaling: { type: 'linear', factor: 4 } },
    });
  });

  it('names the supported architectures and the engine for all others', async () => {
    const folder = await copyOf(ONE_FILE, { architectures: ['MambaForCausalLM'] });
    const file = join(folder, 'config.json');
    const problem = messages.unknownArchitecture(file, 'MambaForCausalLM', COMPUTED_ARCHITECTURES);
    for (const name of ['LlamaForCausalLM', 'MistralForCausalLM', 'Qwen2ForCausalLM']) {
      expect(problem.remedy).toContain(name);
    }
    expect(await problemsOf(open(folder))).toEqual([problem]);
    expect(problem.remedy).toContain('lm-eval');
  });

  it.each([
    ['rope_parameters', { rope_type: 'yarn', factor: 4, rope_theta: 1 }, 'unsupported-config'],
    ['rope_parameters', { rope_type: 'linear', rope_theta: 1 }, 'invalid-config'],
    ['rope_parameters', 'yes', 'invalid-config'],
    ['hidden_act', 'gelu', 'unsupported-config'],
    ['quantization_config', { quant_method: 'gptq' }, 'unsupported-config'],
    ['head_dim', 12, 'unsupported-config'],
    ['num_key_value_heads', 3, 'invalid-config'],
    ['hidden_size', 32.5, 'invalid-config'],
    ['vocab_size', '160', 'invalid-config'],
    ['vocab_size', 1e12, 'invalid-config'],
    ['num_hidden_layers', 1e9, 'invalid-config'],
    ['num_hidden_layers', 0, 'invalid-config'],
    ['rms_norm_eps', -1, 'invalid-config'],
    ['tie_word_embeddings', 'no', 'invalid-config'],
  ])('refuses %s = %j', async (field, value, code) => {
    const folder = await copyOf(ONE_FILE, { [field]: value });
    expect(await problemsOf(readModelConfig(folder))).toMatchObject([
      { code, message: expect.stringContaining(field) },
    ]);
  });

  it('tells all mistakes at once, and refuses what is no config', async () => {
    const folder = await copyOf(ONE_FILE, { hidden_act: 'relu', vocab_size: -1 });
    expect(await problemsOf(readModelConfig(folder))).toHaveLength(2);
    await writeFile(join(folder, 'config.json'), '{');
    expect(await problemsOf(readModelConfig(folder))).toMatchObject([{ code: 'invalid-config' }]);
    await rm(join(folder, 'config.json'));
    expect(await problemsOf(readModelConfig(folder))).toEqual([architectureMessages.missingConfig(folder)]);
  });

  it('refuses a sliding window shorter than the context', () => {
    const raw = JSON.parse(
      '{"hidden_size":32,"num_attention_heads":4,"vocab_size":9,"intermediate_size":8,"num_hidden_layers":1,"max_position_embeddings":8192}',
    );
    const mistral = { ...raw, architectures: ['MistralForCausalLM'] };
    expect(() => parseModelConfig('c', { ...mistral, num_key_value_heads: 2, sliding_window: 4096 })).toThrow(
      UserError,
    );
    expect(() => parseModelConfig('c', { ...mistral, num_key_value_heads: 2 })).toThrow(UserError);
    expect(parseModelConfig('c', { ...mistral, num_key_value_heads: 2, sliding_window: null }).kvHeads).toBe(
      2,
    );
    const qwen = {
      ...raw,
      architectures: ['Qwen2ForCausalLM'],
      num_key_value_heads: 2,
      sliding_window: 4096,
    };
    const model = parseModelConfig('c', { ...qwen, use_sliding_window: false });
    expect(model.layers[0]?.attention.query.bias).toBe(true);
    // The one layer is below those that slide, which begin at max_window_layers.
    const slides = { ...qwen, use_sliding_window: true };
    expect(parseModelConfig('c', { ...slides, max_window_layers: 1 }).layers[0]?.attention.window).toBeNull();
    expect(() => parseModelConfig('c', { ...slides, max_window_layers: 0 })).toThrow(UserError);
  });
});

describe('weights', () => {
  it('names every tensor that is missing or has another shape', async () => {
    const folder = await copyOf(ONE_FILE, { num_hidden_layers: 3, intermediate_size: 56 });
    const problems = await problemsOf(open(folder));
    expect(problems).toContainEqual(
      messages.missingTensor(folder, 'model.layers.2.input_layernorm.weight', [32]),
    );
    expect(problems).toContainEqual(
      messages.wrongShape(folder, 'model.layers.0.mlp.up_proj.weight', [48, 32], [56, 32]),
    );
    expect(problems).toHaveLength(2 * 3 + 9);
  });

  it('refuses a truncated file, with both sizes', async () => {
    const folder = await copyOf(ONE_FILE);
    const path = join(folder, 'model.safetensors');
    const { length } = await readFile(path);
    await truncate(path, length - 100);
    expect(await problemsOf(open(folder))).toMatchObject([
      { code: 'truncated-weights', message: expect.stringContaining(`${length - 100} bytes found`) },
    ]);
  });

  it('refuses dtypes that it cannot cast', async () => {
    const folder = await copyOf(ONE_FILE);
    const path = join(folder, 'model.safetensors');
    const bytes = await readFile(path);
    // Same size, other type: I32 for F32.
    await writeFile(path, Buffer.from(bytes.toString('latin1').replaceAll('"F32"', '"I32"'), 'latin1'));
    expect(await problemsOf(open(folder))).toContainEqual(
      messages.unsupportedDtype(folder, 'model.norm.weight', 'I32', ['F32', 'F16', 'BF16']),
    );
  });

  it('follows the links of a Hugging Face cache, shards included', async () => {
    const expected = await openEngine(join(FIXTURES, SHARDS), { threads: 1 });
    const snapshot = await copyOf(SHARDS);
    const blobs = await mkdtemp(join(root, 'blobs-'));
    for (const name of await readdir(snapshot)) {
      await rename(join(snapshot, name), join(blobs, `blob-${name.length}-${name}`));
      await symlink(
        join('..', blobs.slice(root.length + 1), `blob-${name.length}-${name}`),
        join(snapshot, name),
      );
    }
    const linked = await openEngine(snapshot, { threads: 1 });
    const requests = [ask([1, 2, 3], [4, 5])];
    expect(await runAll(linked, requests)).toEqual(await runAll(expected, requests));
    await Promise.all([linked.close(), expected.close()]);
  });

  it('refuses logits that are not finite', async () => {
    const folder = await copyOf(ONE_FILE);
    const path = join(folder, 'model.safetensors');
    const bytes = await readFile(path);
    bytes.fill(0xff, bytes.length - 64 * 4);
    await writeFile(path, bytes);
    const engine = await openEngine(folder, { threads: 1 });
    const generate: TokenRequest = { kind: 'generate', context: [1], maxNewTokens: 3 };
    for (const request of [ask([1], [2]), generate]) {
      expect(await problemsOf(runAll(engine, [request]))).toEqual([messages.nonFiniteLogits(0)]);
    }
    await engine.close();
  });
});

describe('requests', () => {
  const config = { vocabSize: 160, maxPositions: 256 };
  const generate = (context: readonly number[], maxNewTokens: number): TokenRequest => {
    return { kind: 'generate', context, maxNewTokens };
  };
  const long = new Array<number>(257).fill(1);

  it.each([
    ['a token beyond the vocabulary', ask([1, 160], [1]), messages.badToken(0, 'context', 1, 160, 160)],
    ['a negative token', ask([1], [2, -1]), messages.badToken(0, 'continuation', 1, -1, 160)],
    ['half a token', ask([1.5], [2]), messages.badToken(0, 'context', 0, 1.5, 160)],
    ['NaN', generate([Number.NaN], 1), messages.badToken(0, 'context', 0, Number.NaN, 160)],
    ['an empty context', ask([], [1]), messages.emptyContext(0)],
    ['an empty continuation', ask([1], []), messages.emptyContinuation(0)],
    ['no new tokens', generate([1], 0), messages.badMaxNewTokens(0, 0)],
    ['an input that is too long', ask(long, [1]), messages.requestTooLong(0, 257, config.maxPositions, 1)],
    [
      'an answer that may get too long',
      generate([1], 257),
      messages.requestTooLong(0, 257, config.maxPositions, 1),
    ],
  ])('refuses %s, when planning and when running', async (_, request, problem) => {
    const engine = await openEngine(join(FIXTURES, ONE_FILE), { threads: 1 });
    const plan = planPasses([ask([1], [2])], engine.config);
    const options = { done: new Set<number>(), stopWhen: () => false, onResponses: () => expect.fail() };
    expect(await problemsOf(engine.run([request], plan, options))).toEqual([problem]);
    expect(await problemsOf((async () => planPasses([request], engine.config))())).toEqual([problem]);
    await engine.close();
  });

  it('takes inputs of exactly the longest length', async () => {
    const engine = await openEngine(join(FIXTURES, ONE_FILE), { threads: 1 });
    const found = await runAll(engine, [
      ask(long.slice(1), [1]),
      generate(long.slice(1), 1),
      generate(long.slice(6), 6),
    ]);
    expect(found.size).toBe(3);
    await engine.close();
  });

  it('shows the first ten problems and counts the rest', async () => {
    const engine = await openEngine(join(FIXTURES, ONE_FILE), { threads: 1 });
    const requests = Array.from({ length: 25 }, () => ask([999], [1]));
    const problems = await problemsOf((async () => planPasses(requests, engine.config))());
    expect(problems).toHaveLength(11);
    expect(problems.at(-1)).toEqual(messages.moreProblems(15));
    await engine.close();
  });
});
