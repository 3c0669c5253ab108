/** Every text that making initial weights can end in. */
import type { Problem } from '@evalgraph/formats';

export const initMessages = {
  unknownArchitecture: (file: string, found: unknown, known: readonly string[]): Problem => ({
    code: 'unknown-architecture',
    message: `${file}: architecture ${JSON.stringify(found) ?? 'missing'} cannot be made from nothing`,
    remedy: `Known are ${known.join(', ')}. Depth scaling and copying work with others too.`,
  }),
  unsupported: (file: string, field: string, why: string): Problem => ({
    code: 'unsupported-config',
    message: `${file}: ${field}: ${why}`,
  }),
  badSeed: (seed: number): Problem => ({
    code: 'bad-seed',
    message: `seed ${seed} is no whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
  }),
  noTokenizer: (folder: string): Problem => ({
    code: 'missing-tokenizer',
    message: `${folder}: neither tokenizer.json nor tokenizer.model is there`,
    remedy: 'Name the folder that holds the tokenizer.',
  }),
  tokenizerTooLarge: (file: string, highestId: number, vocabSize: number): Problem => ({
    code: 'tokenizer-too-large',
    message: `${file}: the highest token is ${highestId}, but vocab_size is ${vocabSize}`,
    remedy: `Set vocab_size to at least ${highestId + 1} in config.json, or name the model's own tokenizer.`,
  }),
  noLayers: (folder: string): Problem => ({
    code: 'no-layers',
    message: `${folder}: no tensor is named like a numbered layer (model.layers.0.…, transformer.h.0.…)`,
  }),
  layerCount: (folder: string, found: number, field: string, declared: unknown): Problem => ({
    code: 'layer-count',
    message: `${folder}: the weights hold layers 0 to ${found - 1}, but ${field} is ${JSON.stringify(declared) ?? 'missing'}`,
  }),
  missingLayerTensor: (name: string): Problem => ({
    code: 'missing-tensor',
    message: `the weights hold no tensor ${name}, which other layers have`,
  }),
  noLayersKept: (): Problem => ({
    code: 'bad-layers',
    message: 'no layer is kept',
    remedy: 'Name at least one layer.',
  }),
  badLayer: (layer: number, layers: number): Problem => ({
    code: 'bad-layers',
    message: `layer ${layer} does not exist: the model's layers are 0 to ${layers - 1}`,
  }),
  layersNotAscending: (before: number, layer: number): Problem => ({
    code: 'bad-layers',
    message: `layer ${layer} is named after layer ${before}`,
    remedy: 'Name each layer that is kept once, from the bottom up; use ranges to repeat layers.',
  }),
  badRange: (range: readonly number[], layers: number): Problem => ({
    code: 'bad-layers',
    message: `range ${JSON.stringify(range)} is no [first, end) within 0 to ${layers}`,
    remedy: 'The end is not included: [0, 8] and [4, 12] make sixteen layers of twelve.',
  }),
  outputIsSource: (folder: string): Problem => ({
    code: 'output-is-source',
    message: `${folder}: is both source and output`,
  }),
} as const;
