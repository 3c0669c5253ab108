/** The settings of a model. */
import { setting } from '@evalgraph/formats';
import { checkpoints } from './checkpoints.ts';
import { init, prune, train } from './making.ts';
import { measured, ownerFields } from './perplexity.ts';
import { tasks } from './tasks.ts';

const { described, flag, list, mapping, named, text, whole } = setting;

/** How a model is evaluated. */
export const evaluationFields = {
  evaluate: flag({
    says: '`false`: evaluate this model only where a comparison needs it.',
    examples: [false],
    default: true,
  }),
  max_length: whole(
    { min: 2, max: 100000000 },
    {
      says: 'Tokens of the longest request; longer ones are cut at the left, as lm-eval does.',
      examples: [2048],
      otherwise: "what the model's configuration allows",
    },
  ),
  add_bos_token: flag({
    says: 'Whether a request begins with the beginning-of-sequence token.',
    examples: [true],
    otherwise: 'what the tokenizer does by itself',
  }),
};

export const model = named(
  'model',
  mapping({
    source: text(
      {},
      {
        says: 'Where the weights are: a folder (`./models/demo`, from the workspace root, or `/models/demo`), or a repository of the Hugging Face hub (`hf:owner/name`). `imported:` and what was evaluated: no weights, but results that `evalgraph import` took from lm-eval. It may be left out where every checkpoint has a `folder` of its own.',
        examples: [
          './models/demo',
          '/models/llama-2-7b',
          'hf:tiiuae/dense-500m-arch1',
          'imported:EleutherAI/pythia-160m',
        ],
      },
    ),
    checkpoints: described(checkpoints, {
      says: 'The series: a pattern, with steps or for whatever is there when it is locked, or a list of checkpoints. Without it the model is one checkpoint: the source itself.',
      examples: [
        { subfolder: 'iter_{step:07}', from: 2000, to: 54000, every: 2000 },
        { revision: 'step-{step}', steps: [125000] },
        ['iter_0002000', 'iter_0004000'],
      ],
    }),
    init: described(init, {
      says: 'Made here, in place of `source`: weights before training, from nothing (`config`) or from other weights (`from`).',
      examples: [
        { config: './models/shape', seed: 1 },
        { from: 'base@last', keep: [0, 1, 3] },
      ],
    }),
    train: described(train, {
      says: 'With `init`: trains the model; the saved steps are its checkpoints.',
      examples: [{ data: 'web-512', max_steps: 3000, learning_rate: 0.003, batch_size: 16, save_every: 500 }],
    }),
    prune: described(prune, {
      says: 'Made here, in place of `source`: a pruned version of another checkpoint.',
      examples: [{ from: 'base@last', importance: 'wanda', pattern: '2:4', calibration: 'web-512' }],
    }),
    tasks: described(tasks, {
      says: 'The tasks of this model, where they are not those of the pipeline.',
      examples: [['mmlu']],
    }),
    perplexity: list(measured, {
      says: 'Perplexity protocols, measured at every checkpoint of this model.',
      examples: [['wanda']],
    }),
    ...ownerFields,
    ...evaluationFields,
  }),
);
