/** The settings of sampled texts: the one place where each is declared, under the names that a pipeline writes. */
import { type SettingValue, setting } from '@evalgraph/formats';

const { flag, list, mapping, number, text, whole } = setting;

/** More than any model takes. */
const MAX_TOKENS = 10_000_000;

const drawing = mapping({
  temperature: number(
    { above: 0, max: 1000 },
    { says: 'Below 1 the likelier tokens come more often.', examples: [0.8], default: 1 },
  ),
  top_k: whole(
    { min: 0, max: MAX_TOKENS },
    { says: 'Only so many of the likeliest tokens; 0: all.', examples: [50], default: 0 },
  ),
  top_p: number(
    { above: 0, max: 1 },
    { says: 'Only the likeliest tokens that make up this probability.', examples: [0.95], default: 1 },
  ),
  seed: whole(
    { min: 0, max: 0xffffffff },
    { says: 'The same one gives the same text.', examples: [1], default: 0 },
  ),
  repetition_penalty: number(
    { above: 0, max: 1000 },
    {
      says: 'Above 1, tokens of the prompt and of the text so far become less likely, as transformers computes it.',
      examples: [1.1],
      otherwise: "the checkpoint's own, else 1",
    },
  ),
  no_repeat_ngram_size: whole(
    { min: 0, max: MAX_TOKENS },
    {
      says: 'No sequence of so many tokens comes twice; 0: any may.',
      examples: [3],
      otherwise: "the checkpoint's own, else 0",
    },
  ),
  min_new_tokens: whole(
    { min: 0, max: MAX_TOKENS },
    {
      says: 'No end token before so many tokens.',
      examples: [10],
      otherwise: "the checkpoint's own, else 0",
    },
  ),
});

export type DrawingValue = SettingValue<typeof drawing>;

export const sampleFields = {
  prompts: list(text(), {
    says: 'What the texts begin with.',
    examples: [['Once there was']],
    required: true,
  }),
  max_new_tokens: whole(
    { min: 1, max: 100_000 },
    { says: 'Tokens that are written after a prompt at most.', examples: [64], default: 64 },
  ),
  greedy: flag({
    says: 'Whether every prompt is continued with the likeliest tokens.',
    examples: [false],
    default: true,
  }),
  drawings: list(setting.named('drawing', drawing), {
    says: 'Further ways to continue every prompt, each with a seed of its own.',
    examples: [[{ temperature: 0.8, top_p: 0.95, seed: 1 }]],
    default: [],
  }),
};
