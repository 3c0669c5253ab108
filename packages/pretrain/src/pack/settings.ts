/** The settings of packed tokens: the one place where each is declared, under the names that a pipeline writes. */
import { type SettingValue, setting } from '@evalgraph/formats';

const { flag, list, mapping, number, text, whole } = setting;

/** Levels are bytes, and one of them is the weight 1. */
export const MAX_LOSS_WEIGHTS = 255;

export const lossWeight = mapping({
  pattern: text(
    { maxLength: 10_000 },
    {
      says: "A regular expression of JavaScript's; a token belongs to the match that its last character belongs to.",
      examples: ['(?<=Answer:).+'],
      required: true,
    },
  ),
  flags: text(
    { mayBeEmpty: true, maxLength: 3 },
    {
      says: 'Some of `i` (upper and lower case are the same), `m` (^ and $ are at lines too), `s` (the dot takes line ends too).',
      examples: ['s'],
      default: '',
    },
  ),
  weight: number(
    { min: 0, max: 1_000_000 },
    {
      says: 'What the loss of such a token is multiplied by; 0: it is not learnt.',
      examples: [4],
      required: true,
    },
  ),
});

/** A rule that says how much tokens count. */
export type LossWeight = SettingValue<typeof lossWeight>;

export const packFields = {
  sequence_length: whole(
    { min: 2, max: 10_000_000 },
    { says: 'Tokens of a sequence; nothing is padded.', examples: [512], required: true },
  ),
  shard_sequences: whole(
    { min: 1, max: 100_000_000 },
    { says: 'Sequences of a shard.', examples: [4096], otherwise: 'as many as make 8 million tokens' },
  ),
  bos: flag({
    says: "Whether each document begins with the tokenizer's BOS, where it has one.",
    examples: [false],
    default: true,
  }),
  eos: flag({
    says: "Whether each document ends with the tokenizer's EOS, where it has one.",
    examples: [false],
    default: true,
  }),
  loss_weights: list(
    setting.named('lossWeight', lossWeight),
    {
      says: "How much tokens count in the training's loss, by what stands in the text: a later rule goes before an earlier one, all else weighs 1.",
      examples: [[{ pattern: '(?<=Answer:).+', weight: 4 }]],
      default: [],
    },
    MAX_LOSS_WEIGHTS,
  ),
};
