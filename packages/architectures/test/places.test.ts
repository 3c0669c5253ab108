/** Where tensors of models stand that no family describes, by their names alone. */
import { describe, expect, it } from 'vitest';
import { layerName, placeByName, placesIn } from '../src/index.ts';

describe('placeByName', () => {
  it.each([
    ['model.layers.3.self_attn.q_proj.weight', [8, 8], 'linear', 3, 'self_attn.q_proj'],
    ['transformer.h.0.attn.c_attn.weight', [8, 24], 'linear', 0, 'attn.c_attn'],
    ['h.11.attn.c_attn.weight', [8, 24], 'linear', 11, 'attn.c_attn'],
    ['gpt_neox.layers.0.attention.query_key_value.weight', [24, 8], 'linear', 0, 'attention.query_key_value'],
    ['gpt_neox.layers.3.mlp.dense_h_to_4h.weight', [24, 8], 'linear', 3, 'mlp.dense_h_to_4h'],
    ['model.layers.2.mlp.experts.17.w1.weight', [8, 8], 'linear', 2, 'mlp.experts.*.w1'],
    ['encoder.layer.1.output.dense.weight', [8, 8], 'linear', 1, 'output.dense'],
    ['lm_head.weight', [8, 8], 'head', null, 'lm_head'],
    ['embed_out.weight', [8, 8], 'head', null, 'embed_out'],
    ['transformer.wte.weight', [8, 8], 'embedding', null, 'transformer.wte'],
    ['gpt_neox.embed_in.weight', [8, 8], 'embedding', null, 'gpt_neox.embed_in'],
    ['model.norm.weight', [8], 'other', null, 'model.norm'],
    ['model.layers.0.self_attn.q_proj.bias', [8], 'other', 0, 'self_attn.q_proj.bias'],
  ] as const)('%s of shape %j', (name, shape, group, layer, kind) => {
    expect(placeByName(name, shape)).toEqual({ group, layer, kind });
  });

  it.each([
    ['transformer.h.0.attn.bias', [1, 1, 8, 8]],
    ['h.0.attn.masked_bias', []],
    ['gpt_neox.layers.0.attention.rotary_emb.inv_freq', [4]],
  ] as const)('finds no parameter in %s', (name, shape) => {
    expect(placeByName(name, shape)).toBeNull();
  });
});

describe('placesIn', () => {
  const config = {
    ...{ model_type: 'llama', vocab_size: 8, hidden_size: 8, intermediate_size: 8 },
    ...{ num_hidden_layers: 1, num_attention_heads: 1 },
  };

  it.each([
    ['no config', null],
    ['a config of no family', { model_type: 'mamba' }],
    ['a config that is wrong', { ...config, hidden_size: 'wide' }],
    ['a described model', config],
  ])('goes by names where a model is not described: %s', (_, found) => {
    const place = { group: 'linear', layer: null, kind: 'adapter' };
    expect(placesIn(found)('adapter.weight', [8, 8])).toEqual(place);
    expect(placesIn(found)('model.layers.0.self_attn.rotary_emb.inv_freq', [4])).toBeNull();
  });
});

describe('layerName', () => {
  it.each([
    ['model.layers.3.mlp.up_proj.weight', 'model.layers.', 3, '.mlp.up_proj.weight'],
    ['transformer.h.11.attn.c_attn.weight', 'transformer.h.', 11, '.attn.c_attn.weight'],
    ['h.0.ln_1.bias', 'h.', 0, '.ln_1.bias'],
    ['gpt_neox.layers.7.attention.dense.bias', 'gpt_neox.layers.', 7, '.attention.dense.bias'],
    ['model.decoder.layers.2.fc1.weight', 'model.decoder.layers.', 2, '.fc1.weight'],
  ])('finds the layer in %s', (name, prefix, layer, suffix) => {
    expect(layerName(name)).toEqual({ prefix, layer, suffix });
  });

  it.each([
    'model.embed_tokens.weight',
    'lm_head.weight',
    'model.layers.norm.weight',
  ])('finds none in %s', (name) => {
    expect(layerName(name)).toBeNull();
  });
});
