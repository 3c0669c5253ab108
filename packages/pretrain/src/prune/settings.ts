/** The settings of a pruning: the one place where each is declared, under the names that a pipeline writes. */
import { readSetting, type Setting, type SettingValue, setting } from '@evalgraph/formats';

const { choice, list, mapping, number, text, whole } = setting;

const tier = list(number({ min: 0, max: 1 }));
const blockSize = whole(
  { min: 2, max: 100_000 },
  { says: 'Rows and columns of a block.', examples: [16], required: true },
);

const EXAMPLE_TIERS = [
  [0.35, 0.25],
  [0.45, 0.5],
  [0.2, 0.75],
];

const blocks = setting.named(
  'blocks',
  mapping({
    size: blockSize,
    tiers: list(tier, {
      says: 'From the most important blocks down: [share of the blocks, sparsity inside them]; shares sum to 1.',
      examples: [EXAMPLE_TIERS],
      required: true,
    }),
  }),
);

export const pruneFields = {
  importance: choice(['magnitude', 'wanda'], {
    says: 'What a weight is worth; `wanda` multiplies it by the norm of what calibration text gives it as input.',
    examples: ['wanda'],
    default: 'magnitude',
  }),
  sparsity: number(
    { above: 0, below: 1 },
    { says: 'Unstructured: this share of the weights becomes zero.', examples: [0.5] },
  ),
  pattern: text(
    {
      pattern: '^[1-9][0-9]{0,3}:[1-9][0-9]{0,3}$',
      patternErrorMessage: 'Write the number that stays and the size of the group: 2:4.',
    },
    { says: 'Of every m consecutive inputs n stay, written as n:m.', examples: ['2:4'] },
  ),
  blocks: setting.described(blocks, {
    says: 'Square blocks, ranked by importance, in tiers of sparsity.',
    examples: [{ size: 16, tiers: EXAMPLE_TIERS }],
  }),
  sequences: whole(
    { min: 1, max: 1_000_000 },
    { says: 'With wanda: sequences of the calibration text.', examples: [128], default: 128 },
  ),
  sequence_length: whole(
    { min: 2, max: 10_000_000 },
    {
      says: 'With wanda and a text file: tokens of a sequence; packed tokens have their own.',
      examples: [2048],
      default: 512,
    },
  ),
  seed: whole(
    { min: 0, max: 0xffffffff },
    { says: 'With wanda: chooses the sequences of packed tokens.', examples: [0], default: 0 },
  ),
  save_dtype: choice(['float32', 'bfloat16', 'float16'], {
    says: 'The type of the pruned weights.',
    examples: ['float16'],
    default: 'bfloat16',
  }),
};

/** Which weights of a matrix become zero. */
export type PrunePattern =
  /** A share of the weights: of each output's for wanda, of the whole matrix's for magnitude. */
  | { readonly kind: 'unstructured'; readonly sparsity: number }
  /** n of every m consecutive inputs stay. */
  | { readonly kind: 'n:m'; readonly n: number; readonly m: number }
  /**
   * Square blocks ranked by importance, in tiers from the most important down: each a share of the blocks and the
   * sparsity inside them. Shares sum to 1.
   */
  | {
      readonly kind: 'blocks';
      readonly size: number;
      readonly tiers: readonly (readonly [share: number, sparsity: number])[];
    };

/** What a weight is worth. */
export type PruneImportance =
  | { readonly kind: 'magnitude' }
  /** |W| x ||X||; X: the inputs that `sequences` of the calibration give. */
  | ({
      readonly kind: 'wanda';
      /** A folder of packed tokens, or a UTF-8 text file. */
      readonly calibration: string;
    } & Calibration);

const calibrationFields = {
  sequences: pruneFields.sequences,
  sequence_length: pruneFields.sequence_length,
  seed: pruneFields.seed,
};
const calibration = mapping(calibrationFields);

/** What is taken of the calibration's tokens. */
export type Calibration = SettingValue<typeof calibration>;

export interface PruneSettings {
  readonly model: string;
  readonly importance: PruneImportance;
  readonly pattern: PrunePattern;
  readonly saveDtype: SettingValue<typeof pruneFields.save_dtype>;
}

interface Mistake<Name extends string> {
  readonly name: Name;
  readonly value: unknown;
  readonly expected: string;
}
export type PatternMistake = Mistake<'sparsity' | 'n' | 'size' | 'tiers'>;

/** What is wrong with the settings, for whoever knows where they were written. */
export function pruneMistakes({
  importance,
  pattern,
}: Pick<PruneSettings, 'importance' | 'pattern'>): readonly Mistake<string>[] {
  const ofPattern = patternMistakes(pattern);
  if (importance.kind === 'magnitude') return ofPattern;
  const { kind: _kind, calibration: _calibration, ...own } = importance;
  const { mistakes } = readSetting(calibration, own, 'camelCase');
  return [
    ...ofPattern,
    ...mistakes.map(({ path, value, expected }) => ({
      name: path.join('.'),
      value,
      expected,
    })),
  ];
}

export function patternMistakes(pattern: PrunePattern): readonly PatternMistake[] {
  switch (pattern.kind) {
    case 'unstructured':
      return declaredMistake('sparsity', pruneFields.sparsity, pattern.sparsity);
    case 'n:m': {
      const { n, m } = pattern;
      const isLegal = Number.isSafeInteger(n) && Number.isSafeInteger(m) && n >= 1 && n < m;
      const expected = 'n:m with n smaller than m, such as 2:4';
      return isLegal ? [] : [{ name: 'n', value: `${n}:${m}`, expected }];
    }
    case 'blocks': {
      const { size, tiers } = pattern;
      const sum = tiers.reduce((total, [share]) => total + share, 0);
      const areLegal = tiers.every((pair) => pair.length === 2 && pair[0] > 0 && pair[1] >= 0 && pair[1] < 1);
      const expected = 'pairs [share, sparsity], with shares that sum to 1';
      return [
        ...declaredMistake('size', blockSize, size),
        ...(areLegal && Math.abs(sum - 1) < 1e-9 ? [] : [{ name: 'tiers', value: tiers, expected } as const]),
      ];
    }
  }
}

function declaredMistake(
  name: PatternMistake['name'],
  declared: Setting,
  value: unknown,
): readonly PatternMistake[] {
  return readSetting(declared, value, 'camelCase').mistakes.map(({ expected }) => ({
    name,
    value,
    expected,
  }));
}
