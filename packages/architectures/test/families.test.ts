/** Descriptions against transformers: names, shapes and roles of every parameter (fixtures/make_parameters.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import {
  configFields,
  describeModel,
  FAMILIES,
  familyOf,
  placeByName,
  placesIn,
  type RawConfig,
  tensorsOf,
} from '../src/index.ts';

interface Judged {
  readonly architecture: string;
  readonly config: RawConfig;
  readonly parameters: readonly (readonly [name: string, shape: readonly number[], role: string])[];
}

const judged = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/parameters.json'), 'utf8'),
) as readonly Judged[];

function tensorsBy(config: RawConfig): ReturnType<typeof tensorsOf> {
  const family = familyOf(config);
  if (family === null) throw new Error('no family');
  const problems: Problem[] = [];
  const model = describeModel(family, 'config.json', config, problems);
  expect(problems).toEqual([]);
  expect(model.architecture).toBe(family.architecture);
  return tensorsOf(model);
}

describe.each(judged)('$config', ({ architecture, config, parameters }) => {
  it('has the parameters that transformers gives it', () => {
    expect(familyOf(config)?.architecture).toBe(architecture);
    const found = tensorsBy(config).map(({ name, shape, role }) => [name, shape, role]);
    expect(found).toEqual(expect.arrayContaining([...parameters]));
    expect(found.length).toBe(parameters.length);
  });

  it('is found alike by its architecture, and places its tensors as their names do', () => {
    const named = { ...config, model_type: undefined, architectures: [architecture] };
    expect(tensorsBy(named)).toEqual(tensorsBy(config));
    for (const { name, shape, role, layer } of tensorsBy(config)) {
      const place = placesIn(config)(name, shape);
      expect(place).toEqual(placeByName(name, shape));
      expect(place?.layer).toBe(layer);
      expect(place?.group).toBe(role === 'norm' || role === 'bias' ? 'other' : role);
    }
  });
});

describe.each(FAMILIES)('$architecture', (family) => {
  it('is judged, and its example is a whole config', () => {
    expect(judged.map(({ architecture }) => architecture)).toContain(family.architecture);
    expect(tensorsBy({ ...family.example, model_type: family.modelType }).length).toBeGreaterThan(0);
  });

  it('tells every field of its example that is wrong', () => {
    for (const field of Object.keys(family.example)) {
      const problems: Problem[] = [];
      family.describe(configFields('config.json', { ...family.example, [field]: 'many' }, problems));
      expect(problems.map(({ code }) => code)).toContain('invalid-config');
      expect(problems[0]?.message).toContain(field);
    }
  });

  it('adds the results of two matrices to the stream, in each layer', () => {
    const tensors = tensorsBy({ ...family.example, model_type: family.modelType });
    const layers = new Set(tensors.flatMap(({ layer }) => layer ?? []));
    expect(tensors.filter(({ isResidual }) => isResidual).length).toBe(2 * layers.size);
  });
});

describe('windows', () => {
  const windows = (config: RawConfig): readonly (number | null)[] => {
    const family = familyOf(config);
    if (family === null) throw new Error('no family');
    return describeModel(family, 'config.json', { ...family.example, ...config }, []).layers.map(
      ({ attention }) => attention.window,
    );
  };

  // What the configs of transformers 5.24 give as sliding_window and layer_types.
  it.each([
    [{ model_type: 'llama', sliding_window: 16 }, [null, null]],
    [{ model_type: 'mistral' }, [4096, 4096]],
    [{ model_type: 'mistral', sliding_window: null }, [null, null]],
    [{ model_type: 'qwen2', sliding_window: 16 }, [null, null]],
    [{ model_type: 'qwen2', sliding_window: 16, use_sliding_window: true }, [null, null]],
    [{ model_type: 'qwen2', sliding_window: 16, use_sliding_window: true, max_window_layers: 1 }, [null, 16]],
    [{ model_type: 'qwen3', sliding_window: 16, use_sliding_window: true, max_window_layers: 0 }, [16, 16]],
    [
      {
        ...{ model_type: 'qwen2', sliding_window: 16, use_sliding_window: true },
        layer_types: ['sliding_attention', 'full_attention'],
      },
      [16, null],
    ],
  ])('%j: %j', (config, expected) => {
    expect(windows(config)).toEqual(expected);
  });
});
