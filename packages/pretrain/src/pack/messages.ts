/** Every text about packing. */
import type { Problem } from '@evalgraph/formats';

export const packMessages = {
  badTokenizer: (file: string, why: string): Problem => ({
    code: 'bad-tokenizer',
    message: `${file} cannot be read as a tokenizer (${why}).`,
    remedy:
      'Name the folder of a model that has a tokenizer.json (transformers saves one for fast tokenizers).',
  }),
  noCorpus: (folder: string, why: string): Problem => ({
    code: 'pack-no-corpus',
    message: `${folder} is no finished corpus (${why}).`,
    remedy: 'Make it first; a corpus has an index.json beside its shards.',
  }),
  tooShort: (tokens: number, sequenceLength: number): Problem => ({
    code: 'pack-too-short',
    message: `The corpus has ${tokens} tokens: fewer than one sequence of ${sequenceLength}.`,
    remedy: 'Take more text or a shorter sequence.',
  }),
  nothingCounts: (tokens: number): Problem => ({
    code: 'pack-nothing-counts',
    message: `By the loss weights, none of the ${tokens} tokens counts.`,
    remedy: 'Give something a weight above 0; a later rule goes before an earlier one.',
  }),
  slowRegex: (pattern: string, document: number, timeoutMs: number): Problem => ({
    code: 'pack-regex-slow',
    message: `The loss weights' ${JSON.stringify(pattern)} takes more than ${timeoutMs} ms on document ${document} of the corpus.`,
    remedy: 'Write it without repetitions inside repetitions.',
  }),
  badToken: (document: number, token: unknown, vocabulary: number): Problem => ({
    code: 'pack-bad-token',
    message: `Document ${document} has the token ${String(token)}; the vocabulary has ${vocabulary}.`,
    remedy: "Use the model's own tokenizer, and the vocabulary size of its config.json.",
  }),
  badSettings: (name: string, value: unknown, wanted: string): Problem => ({
    code: 'pack-config',
    message: `${name} is ${String(value)}, not ${wanted}.`,
  }),
};
