/** The problems of packing. */
import { defineMessages, shown } from '@evalgraph/formats';

export const messages = defineMessages({
  badTokenizer: (file: string, why: string) => ({
    message: `${file} cannot be read as a tokenizer (${why}).`,
    remedy:
      'Name the folder of a model that has a tokenizer.json (transformers saves one for fast tokenizers).',
  }),
  packNoCorpus: (folder: string, why: string) => ({
    message: `${folder} is no finished corpus (${why}).`,
    remedy: 'Make it first; a corpus has an index.json beside its shards.',
  }),
  packTooShort: (tokens: number, sequenceLength: number) => ({
    message: `The corpus has ${tokens} tokens: fewer than one sequence of ${sequenceLength}.`,
    remedy: 'Take more text or a shorter sequence.',
  }),
  packNothingCounts: (tokens: number) => ({
    message: `By the loss weights, none of the ${tokens} tokens counts.`,
    remedy: 'Give something a weight above 0; a later rule goes before an earlier one.',
  }),
  packRegexSlow: (pattern: string, document: number, timeoutMs: number) => ({
    message: `The loss weights' ${shown(pattern)} takes more than ${timeoutMs} ms on document ${document} of the corpus.`,
    remedy: 'Write it without repetitions inside repetitions.',
  }),
  packBadToken: (document: number, token: unknown, vocabulary: number) => ({
    message: `Document ${document} has the token ${String(token)}; the vocabulary has ${vocabulary}.`,
    remedy: "Use the model's own tokenizer, and the vocabulary size of its config.json.",
  }),
  packConfig: (name: string, value: unknown, wanted: string) => ({
    message: `${name} is ${String(value)}, not ${wanted}.`,
  }),
});
