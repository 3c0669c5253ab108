/** Every text that making initial weights can end in. */
import { defineMessages, shown } from '@evalgraph/formats';

export const messages = defineMessages({
  unknownArchitecture: (file: string, found: unknown, known: readonly string[]) => ({
    message: `${file}: architecture ${shown(found)} cannot be made from nothing`,
    remedy: `Known are ${known.join(', ')}. Depth scaling and copying work with others too.`,
  }),
  unsupportedConfig: (file: string, field: string, why: string) => ({
    message: `${file}: ${field}: ${why}`,
  }),
  badSeed: (seed: number) => ({
    message: `seed ${seed} is no whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
  }),
  missingTokenizer: (folder: string) => ({
    message: `${folder}: neither tokenizer.json nor tokenizer.model is there`,
    remedy: 'Name the folder that holds the tokenizer.',
  }),
  tokenizerTooLarge: (file: string, highestId: number, vocabSize: number) => ({
    message: `${file}: the highest token is ${highestId}, but vocab_size is ${vocabSize}`,
    remedy: `Set vocab_size to at least ${highestId + 1} in config.json, or name the model's own tokenizer.`,
  }),
  noLayers: (folder: string) => ({
    message: `${folder}: no tensor is named like a numbered layer (model.layers.0.…, transformer.h.0.…)`,
  }),
  layerCount: (folder: string, found: number, field: string, declared: unknown) => ({
    message: `${folder}: the weights hold layers 0 to ${found - 1}, but ${field} is ${shown(declared)}`,
  }),
  missingTensor: (name: string) => ({
    message: `the weights hold no tensor ${name}, which other layers have`,
  }),
  badLayers: {
    none: () => ({
      message: 'no layer is kept',
      remedy: 'Name at least one layer.',
    }),
    missing: (layer: number, layers: number) => ({
      message: `layer ${layer} does not exist: the model's layers are 0 to ${layers - 1}`,
    }),
    order: (before: number, layer: number) => ({
      message: `layer ${layer} is named after layer ${before}`,
      remedy: 'Name each layer that is kept once, from the bottom up; use ranges to repeat layers.',
    }),
    range: (range: readonly number[], layers: number) => ({
      message: `range ${shown(range)} is no [first, end) within 0 to ${layers}`,
      remedy: 'The end is not included: [0, 8] and [4, 12] make sixteen layers of twelve.',
    }),
  },
  outputIsSource: (folder: string) => ({
    message: `${folder}: is both source and output`,
  }),
});
