/** The problems of a checkpoint's tokenizer and generation settings. */
import { defineMessages, shown } from '@evalgraph/formats';

const SHOWN_CHARACTERS = 100;
const OTHER_ENGINE =
  'lm-eval itself (engine: { use: lm-eval, model: hf }) reads it by transformers’ own code.';

export const messages = defineMessages({
  noTokenizer: (path: string) => ({
    message: `${path} does not exist.`,
    remedy: 'tokenizer.json is what is read; transformers’ save_pretrained of a fast tokenizer writes it.',
  }),
  badTokenizer: (path: string, detail: string) => ({
    message: `${path} cannot be used as a tokenizer: ${detail}`,
    remedy: 'Fetch or save the checkpoint’s tokenizer files again.',
  }),
  unsupportedTokenizer: {
    byClass: (path: string, name: string, supported: readonly string[]) => ({
      message: `${path}: transformers reads this tokenizer by its class ${name}, which does not take tokenizer.json as it is and which we do not rebuild.`,
      remedy: `Supported: ${supported.join(', ')}. If tokenizer.json is right as it stands, set "tokenizer_class": "PreTrainedTokenizerFast" in tokenizer_config.json. ${OTHER_ENGINE}`,
    }),
    byKey: (path: string, key: string, value: unknown, why: string) => ({
      message: `${path}: '${key}' is ${shown(value, SHOWN_CHARACTERS)}: ${why}`,
      remedy: `Remove the key if the checkpoint does not need it. ${OTHER_ENGINE}`,
    }),
  },
  unsupportedGeneration: (path: string, key: string, value: unknown, why: string) => ({
    message: `${path}: '${key}' is ${shown(value, SHOWN_CHARACTERS)}: ${why}`,
    remedy: `Remove the key, or give it another value where its texts do not depend on it. ${OTHER_ENGINE}`,
  }),
  badGeneration: (path: string, key: string, value: unknown, expected: string) => ({
    message: `${path}: '${key}' is ${shown(value, SHOWN_CHARACTERS)}; expected ${expected}.`,
    remedy: 'transformers refuses this value too, or would fail while it generates.',
  }),
  noPrefixToken: (folder: string) => ({
    message: `The tokenizer of ${folder} names neither a BOS nor an EOS token.`,
    remedy: "Set 'bos_token' or 'eos_token' in its tokenizer_config.json: an empty context needs one.",
  }),
});
