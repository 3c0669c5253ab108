/** The settings of a comparison, and of the figures of others that stand beside ours. */
import { setting } from '@evalgraph/formats';
import { measured, ownerFields } from './perplexity.ts';
import { reference } from './shared.ts';
import { tasks } from './tasks.ts';

const { described, either, flag, list, mapping, named, number, text } = setting;

/** What is measured beside tasks and perplexities. */
export const beyondFields = {
  reconcile: flag({
    says: "Measure what leads from the first protocol's figure to each of the others', factor by factor, for both models.",
    examples: [false],
    default: true,
  }),
  divergence: flag({
    says: "Compare both models' whole next-token distributions over the corpus, in windows of seqlen: KL divergence, share of equal most probable tokens.",
    examples: [true],
    default: false,
  }),
};

export const comparison = named(
  'comparison',
  mapping({
    title: text(
      {},
      { says: 'The heading of the comparison.', examples: ['Llama-2-7b, Wanda 65 %'], otherwise: 'its name' },
    ),
    dense: described(reference, {
      says: 'The checkpoint that was pruned: a model, or one checkpoint of a series by name, step, or first, middle, last. A series without one, where `pruned` is a series too: both are compared by step.',
      examples: ['demo@last', 'demo@iter_0002000', 'demo@2000'],
      required: true,
    }),
    pruned: either([text({ maxLength: 300 }), list(reference)], {
      says: 'The checkpoint after pruning, written as `dense` is. A list: several pruned versions of one checkpoint, side by side. A series: its checkpoints against those of the series `dense`, step by step.',
      examples: ['wanda-50', ['wanda-50', 'blocks-16x16']],
      required: true,
    }),
    tasks: described(tasks, {
      says: 'The tasks to compare.',
      examples: [['squadv2', 'gsm8k']],
      otherwise: 'those of the pipeline',
    }),
    perplexity: list(measured, {
      says: "Perplexity protocols: `wanda` and `gptq` as the pruning papers measure it, `llama.cpp`, `hf-strided`, and `lm-eval` (pages in rolling windows, by words and bytes). With `engine: { use: lm-eval }` the word lm-eval means the perplexities of a rolling task, which must be among the comparison's tasks.",
      examples: [['wanda', 'lm-eval']],
    }),
    ...beyondFields,
    ...ownerFields,
  }),
);

export const referenceFigure = named(
  'referenceFigure',
  mapping({
    model: text(
      { maxLength: 200 },
      {
        says: 'The model that the figure is of, as tables and legends name it.',
        examples: ['SmolLM2-1.7B'],
        required: true,
      },
    ),
    task: text(
      { maxLength: 200 },
      {
        says: 'The task or group of this pipeline that the figure stands beside.',
        examples: ['mmlu', 'mmlu_anatomy'],
        required: true,
      },
    ),
    metric: text(
      { maxLength: 200 },
      {
        says: "The metric's name, without a filter.",
        examples: ['acc', 'acc_norm'],
        otherwise: 'the one that the report shows first of the task',
      },
    ),
    value: number(
      {},
      {
        says: 'The figure, in the unit of the report: a fraction where that is one (0.2362, not 23.62).',
        examples: [0.2362],
        required: true,
      },
    ),
    stderr: number(
      { min: 0 },
      { says: 'Its standard error, in the same unit.', examples: [0.0036], otherwise: 'none is known' },
    ),
    source: text(
      { maxLength: 2000 },
      {
        says: 'The page or paper where the figure can be looked up.',
        examples: ['https://example.org/paper, table 4'],
        required: true,
      },
    ),
  }),
);
