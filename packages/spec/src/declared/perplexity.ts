/** The settings of a perplexity. */
import { setting } from '@evalgraph/formats';
import { column, corpus, name, seqlen } from './shared.ts';

const { choice, described, either, mapping, named, whole } = setting;

const protocols = ['wanda', 'gptq', 'llama.cpp', 'hf-strided', 'lm-eval'] as const;
export type Protocol = (typeof protocols)[number];
const textForms = ['lines', 'pages', 'file'] as const;
export type TextForm = (typeof textForms)[number];
const bosPlaces = ['as-tokenised', 'none', 'each-window', 'before-each-document'] as const;
export type BosPlace = (typeof bosPlaces)[number];

/** What the pruning papers' tables use: WikiText-2 as it is published, windows of 2048 tokens. */
export const PAPER_CORPUS = { corpus: 'wikitext-2-raw-v1', column: 'text', split: 'test', seqlen: 2048 };

/** Windows of the programs that the other protocols come from; null: as many tokens as the model takes. */
export const OWN_SEQLEN: Readonly<Record<Protocol, number | null>> = {
  wanda: PAPER_CORPUS.seqlen,
  gptq: PAPER_CORPUS.seqlen,
  'llama.cpp': 512,
  'hf-strided': 1024,
  'lm-eval': null,
};

export const perplexity = named(
  'perplexity',
  either([
    choice(protocols),
    mapping({
      protocol: choice(protocols, {
        says: '`wanda`, `gptq`: the text tokenised as one, windows side by side. `llama.cpp`: the second half of each window. `hf-strided`: windows every `stride` tokens. `lm-eval`: each page by itself, every token, by words and bytes.',
        examples: ['wanda'],
        required: true,
      }),
      seqlen: described(seqlen, {
        says: 'Tokens of a window.',
        examples: [2048],
        otherwise: "the comparison's; for lm-eval as many as the model takes",
      }),
      stride: whole(
        { min: 1, max: 10000000 },
        {
          says: "With `hf-strided`: tokens from the start of a window to the next one's.",
          examples: [512],
          otherwise: 'half of seqlen',
        },
      ),
      text: choice(textForms, {
        says: 'What is tokenised: `lines` joined by blank lines, the `file` as it is, or `pages`.',
        examples: ['lines'],
        otherwise: "the protocol's own",
      }),
      bos: choice(bosPlaces, {
        says: 'Where a beginning-of-sequence token stands: `as-tokenised`, `none`, `each-window` or `before-each-document`.',
        examples: ['none'],
        otherwise: "the protocol's own",
      }),
      nsamples: whole(
        { min: 1, max: 10000000 },
        {
          says: 'The first so many windows (pages, with lm-eval).',
          examples: [40],
          otherwise: 'all; such a figure compares with no other',
        },
      ),
      corpus: described(corpus, {
        says: "The text: a data set's name below datasets/, a file (.jsonl, .parquet, .txt) or folder (`./…` or `/…`), or a data set of the hub (`hf:owner/name/configuration`).",
        examples: ['wikitext-2-raw-v1'],
        otherwise: "the comparison's",
      }),
      column: described(column, {
        says: 'The column that holds the text.',
        examples: ['page'],
        otherwise: "the comparison's",
      }),
      split: described(name, {
        says: 'The split of the corpus.',
        examples: ['test'],
        otherwise: "the comparison's",
      }),
      name: described(name, {
        says: 'The name in results and reports.',
        examples: ['perplexity-wikitext'],
        otherwise: 'made from the protocol, the corpus and seqlen',
      }),
    }),
  ]),
);

export const measured = described(perplexity, {
  says: 'A protocol, or a protocol with its settings.',
  examples: ['wanda'],
});

/** What a model and a comparison say of the text, for every perplexity of theirs that says nothing itself. */
export const ownerFields = {
  seqlen: described(seqlen, {
    says: 'Tokens of a window, for every perplexity that sets none, but for lm-eval.',
    examples: [2048],
    otherwise: `the protocol's own: ${OWN_SEQLEN.wanda} for wanda and gptq, as in the papers' tables, ${OWN_SEQLEN['llama.cpp']} for llama.cpp, ${OWN_SEQLEN['hf-strided']} for hf-strided`,
  }),
  corpus: described(corpus, {
    says: "The text of every perplexity that sets none: a data set's name below datasets/, a file or folder (`./…` or `/…`), or a data set of the hub (`hf:owner/name/configuration`).",
    examples: [PAPER_CORPUS.corpus, './datasets/demo/world'],
    otherwise: PAPER_CORPUS.corpus,
  }),
  column: described(column, {
    says: 'The column of the corpus that holds the text.',
    examples: [PAPER_CORPUS.column],
    otherwise: PAPER_CORPUS.column,
  }),
  split: described(name, {
    says: 'The split of the corpus.',
    examples: [PAPER_CORPUS.split],
    otherwise: PAPER_CORPUS.split,
  }),
};
