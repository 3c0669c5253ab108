/** The settings of a model before training: the one place where each is declared, under the names that a pipeline writes. */
import { type SettingValue, setting } from '@evalgraph/formats';

const { choice, list, whole } = setting;

/** More than any model has. */
const MAX_LAYER = 100_000;
const layer = whole({ min: 0, max: MAX_LAYER });

export const initFields = {
  residual: choice(['plain', 'scaled'], {
    says: 'From nothing: `scaled` divides the spread of what writes to the residual stream by sqrt(2 x layers), as GPT-2.',
    examples: ['scaled'],
    default: 'plain',
  }),
  dtype: choice(['float32', 'bfloat16'], {
    says: 'From nothing: the type that the weights are stored in.',
    examples: ['bfloat16'],
    default: 'float32',
  }),
  seed: whole(
    { min: 0, max: Number.MAX_SAFE_INTEGER },
    { says: 'From nothing: the same one gives the same bytes.', examples: [1], default: 0 },
  ),
  keep: list(layer, {
    says: 'With `from`: only these layers, counted from 0, bottom up: a shallower model.',
    examples: [[0, 1, 3]],
  }),
  stack: list(list(layer), {
    says: 'With `from`: ranges [first, end) of layers, one above the other: a deeper model where they overlap.',
    examples: [
      [
        [0, 3],
        [1, 4],
      ],
    ],
  }),
};

export type Residual = SettingValue<typeof initFields.residual>;
