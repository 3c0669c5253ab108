/** Every text that this package can end in because of a checkpoint's files. */
import type { Problem } from '@evalgraph/formats';

const OTHER_ENGINE =
  'lm-eval itself (engine: { use: lm-eval, model: hf }) reads it by transformers’ own code.';

export const tokenizerMessages = {
  noTokenizer: (path: string): Problem => ({
    code: 'no-tokenizer',
    message: `${path} does not exist.`,
    remedy: 'tokenizer.json is what is read; transformers’ save_pretrained of a fast tokenizer writes it.',
  }),
  badTokenizer: (path: string, detail: string): Problem => ({
    code: 'bad-tokenizer',
    message: `${path} cannot be used as a tokenizer: ${detail}`,
    remedy: 'Fetch or save the checkpoint’s tokenizer files again.',
  }),
  unsupportedClass: (path: string, name: string, supported: readonly string[]): Problem => ({
    code: 'unsupported-tokenizer',
    message: `${path}: transformers reads this tokenizer by its class ${name}, which does not take tokenizer.json as it is and which we do not rebuild.`,
    remedy: `Supported: ${supported.join(', ')}. If tokenizer.json is right as it stands, set "tokenizer_class": "PreTrainedTokenizerFast" in tokenizer_config.json. ${OTHER_ENGINE}`,
  }),
  unsupportedTokenizerKey: (path: string, key: string, value: unknown, why: string): Problem => ({
    code: 'unsupported-tokenizer',
    message: `${path}: '${key}' is ${shown(value)}: ${why}`,
    remedy: `Remove the key if the checkpoint does not need it. ${OTHER_ENGINE}`,
  }),
  unsupportedGeneration: (path: string, key: string, value: unknown, why: string): Problem => ({
    code: 'unsupported-generation',
    message: `${path}: '${key}' is ${shown(value)}: ${why}`,
    remedy: `Remove the key, or give it another value where its texts do not depend on it. ${OTHER_ENGINE}`,
  }),
  badGeneration: (path: string, key: string, value: unknown, expected: string): Problem => ({
    code: 'bad-generation',
    message: `${path}: '${key}' is ${shown(value)}; expected ${expected}.`,
    remedy: 'transformers refuses this value too, or would fail while it generates.',
  }),
  noPrefixToken: (folder: string): Problem => ({
    code: 'no-prefix-token',
    message: `The tokenizer of ${folder} names neither a BOS nor an EOS token.`,
    remedy: "Set 'bos_token' or 'eos_token' in its tokenizer_config.json: an empty context needs one.",
  }),
} as const;

const SHOWN_CHARACTERS = 100;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
