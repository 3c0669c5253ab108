/** The settings of a pipeline: the root of all that is declared in this folder. */
import { setting } from '@evalgraph/formats';
import { comparison, referenceFigure } from './comparisons.ts';
import { engine } from './engine.ts';
import { madeCorpus, pack, samples } from './making.ts';
import { model } from './models.ts';
import { MAX_DOCUMENTS, name, selection, taskLimit } from './shared.ts';
import { tasks } from './tasks.ts';

const { described, dictionary, list, mapping, text, whole } = setting;

/** lm-eval's default seed of few-shot examples. */
export const DEFAULT_SEED = 1234;
/** Documents of a task in a quick run. */
export const DEFAULT_QUICK_LIMIT = 100;

export const quick = mapping(
  {
    checkpoints: described(selection, {
      says: 'The checkpoints of each series that a quick run takes. Default: [first, middle, last]. A model with one checkpoint always takes part.',
      examples: [['first', 'middle', 'last']],
    }),
    limit: whole(
      { min: 1, max: MAX_DOCUMENTS },
      {
        says: "Documents of each task in a quick run, at most: a task's own limit counts where it is a smaller number. Where it is a share, this number stands in its place.",
        examples: [100],
        default: DEFAULT_QUICK_LIMIT,
      },
    ),
  },
  {
    says: 'What `-c quick` runs: a few checkpoints on a few documents, to see in minutes that all is well.',
    examples: [{ checkpoints: ['first', 'middle', 'last'], limit: 100 }],
  },
);

export const pipeline = mapping(
  {
    title: text(
      {},
      {
        says: 'The heading of the report.',
        examples: ['Dense-500M across pre-training'],
        otherwise: "the name of the pipeline's folder",
      },
    ),
    corpora: dictionary(madeCorpus, name, {
      says: 'Texts that are cleaned into a corpus, by name: where they come from, and what is removed from them.',
      examples: [
        {
          web: {
            sources: [{ name: 'pages', kind: 'jsonl', path: './text', licence: 'CC0-1.0' }],
            steps: [{ step: 'exact-duplicates' }],
          },
        },
      ],
    }),
    packs: dictionary(pack, name, {
      says: 'Corpora as sequences of tokens to train on, by name.',
      examples: [{ 'web-512': { corpus: 'web', tokenizer: './models/small', sequence_length: 512 } }],
    }),
    models: dictionary(
      described(model, {
        says: 'One checkpoint, or a series of them.',
        examples: [{ source: './models/demo' }],
      }),
      name,
      {
        says: 'The models by name. A model is one checkpoint, or with `checkpoints` a series of them.',
        examples: [{ demo: { source: './models/demo' } }],
        required: true,
      },
      { minProperties: 1 },
    ),
    tasks: described(tasks, {
      says: 'The tasks and groups that every model is evaluated on, unless the model names its own.',
      examples: [['mmlu', { task: 'hellaswag', num_fewshot: 10 }]],
    }),
    quick,
    limit: described(taskLimit, {
      says: 'Only the first so many documents of each task, or below 1 a share of them, for every task that sets no limit of its own.',
      examples: [500, 0.1],
      otherwise: 'all documents',
    }),
    comparisons: dictionary(
      described(comparison, {
        says: 'Dense and pruned checkpoints, side by side.',
        examples: [{ dense: 'demo@last', pruned: 'wanda-50' }],
      }),
      name,
      {
        says: 'Dense and pruned checkpoints, by name: a pair, several pruned ones against one, or two series by step; tasks, perplexity and sparsity side by side.',
        examples: [{ 'wanda-50': { dense: 'demo@last', pruned: 'wanda-50' } }],
      },
    ),
    references: list(referenceFigure, {
      says: 'Figures that others published, to stand beside the models in tables and charts, each with its source.',
      examples: [
        [{ model: 'SmolLM2-1.7B', task: 'mmlu', value: 0.2362, source: 'https://example.org/table-4' }],
      ],
    }),
    samples: described(samples, {
      says: 'Texts that each checkpoint writes: the same prompts for all, side by side in the report.',
      examples: [
        {
          prompts: ['Once there was'],
          max_new_tokens: 64,
          drawings: [{ temperature: 0.8, top_p: 0.95, seed: 1 }],
        },
      ],
    }),
    engine: described(engine, {
      says: 'What computes log-probabilities and text.',
      examples: [{ use: 'embedded' }],
    }),
    seed: whole(
      { min: 0, max: 0xffffffff },
      {
        says: 'The seed that few-shot examples are drawn with.',
        examples: [1234],
        default: DEFAULT_SEED,
        otherwise: `${DEFAULT_SEED}, lm-eval's`,
      },
    ),
  },
  {
    says: 'Which checkpoints of which models are evaluated on which tasks, and what is compared with what.',
    examples: [],
  },
);
