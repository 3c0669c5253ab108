/** The settings of a training: the one place where each is declared. python/train.py reads them as `toSettingsJson` writes them. */
import {
  type Problem,
  readSetting,
  type SettingMistake,
  type SettingValue,
  setting,
  snakeCase,
  UserError,
} from '@evalgraph/formats';
import { messages } from './messages.ts';

const { choice, flag, list, mapping, number, whole } = setting;

/** The most that a count of steps, sequences or batches may be: more is a slip of the hand. */
const MAX_STEPS = 1_000_000_000;
const MAX_SEQUENCES = 1_000_000;

/** Under the names that a pipeline writes. To add a setting, declare it here and read it in python/. */
export const trainingFields = {
  max_steps: whole(
    { min: 1, max: MAX_STEPS },
    { says: 'Updates of the weights; the last one is always saved.', examples: [3000], required: true },
  ),
  learning_rate: number(
    { above: 0, max: 1000 },
    { says: 'The highest rate of the schedule.', examples: [0.003], required: true },
  ),
  batch_size: whole(
    { min: 1, max: MAX_SEQUENCES },
    { says: 'Sequences of one process at a time.', examples: [16], required: true },
  ),
  accumulation: whole(
    { min: 1, max: MAX_SEQUENCES },
    { says: 'Such batches before an update.', examples: [4], default: 1 },
  ),
  schedule: choice(['constant', 'linear', 'cosine', 'wsd'], {
    says: 'How the rate falls after the warm-up; `wsd` is constant, then linear over the last `decay_steps`.',
    examples: ['wsd'],
    default: 'cosine',
  }),
  warmup_steps: whole(
    { min: 0, max: MAX_STEPS },
    { says: 'Steps in which the rate rises.', examples: [100], default: 0 },
  ),
  decay_steps: whole(
    { min: 0, max: MAX_STEPS },
    { says: 'With wsd: the last steps, in which the rate falls.', examples: [500], default: 0 },
  ),
  min_ratio: number(
    { min: 0, max: 1 },
    { says: 'Share of the rate that is left at the end.', examples: [0.1], default: 0 },
  ),
  optimizer: choice(['adamw', 'muon'], {
    says: '`muon` is Muon for the matrices inside the layers, and AdamW for the rest.',
    examples: ['muon'],
    default: 'adamw',
  }),
  weight_decay: number(
    { min: 0, max: 1000 },
    { says: 'How strongly matrices decay; norms and biases do not.', examples: [0.1], default: 0.1 },
  ),
  beta1: number(
    { min: 0, below: 1 },
    { says: "How long AdamW's first moment remembers.", examples: [0.9], default: 0.9 },
  ),
  beta2: number(
    { min: 0, below: 1 },
    { says: "How long AdamW's second moment remembers.", examples: [0.98], default: 0.95 },
  ),
  epsilon: number(
    { above: 0, max: 1 },
    { says: 'What AdamW adds to its denominator.', examples: [1e-8], default: 1e-8 },
  ),
  clip_norm: number(
    { min: 0, max: 1_000_000 },
    { says: "The gradient's norm at most; 0: no limit.", examples: [1], default: 1 },
  ),
  precision: choice(['float32', 'bfloat16'], {
    says: '`bfloat16` is autocast; weights and optimizer stay float32.',
    examples: ['bfloat16'],
    default: 'float32',
  }),
  save_every: whole(
    { min: 0, max: MAX_STEPS },
    {
      says: 'Checkpoints every so many steps; 0: only those of `save_at` and the last.',
      examples: [500],
      default: 0,
    },
  ),
  save_at: list(whole({ min: 0, max: MAX_STEPS }), {
    says: 'Steps with a checkpoint, beside the last; 0 is the model before training.',
    examples: [[0, 100, 200, 400]],
    default: [],
  }),
  save_dtype: choice(['float32', 'bfloat16'], {
    says: "The type of the checkpoints' weights.",
    examples: ['float32'],
    default: 'bfloat16',
  }),
  log_every: whole(
    { min: 1, max: MAX_STEPS },
    { says: 'A line of the log every so many steps.', examples: [10], default: 1 },
  ),
  seed: whole(
    { min: 0, max: 0xffffffff },
    { says: 'Draws the order of the sequences.', examples: [1], default: 0 },
  ),
  attention: choice(['sdpa', 'eager'], {
    says: 'The implementation in transformers.',
    examples: ['eager'],
    default: 'sdpa',
  }),
  compile: flag({
    says: 'Compiles the model by torch.compile, which needs a C++ compiler on a CPU.',
    examples: [true],
    default: false,
  }),
  threads: whole(
    { min: 0, max: 1024 },
    {
      says: "Threads that torch uses on a CPU; 0: torch's choice. They change the last bits of sums.",
      examples: [2],
      default: 0,
    },
  ),
};

export const training = mapping(trainingFields);

/** What a training does, wherever its weights and tokens lie. */
export type Training = SettingValue<typeof training>;

export interface TrainSettings extends Training {
  /** Folder of the model that is trained: config.json, weights, tokenizer. */
  readonly model: string;
  /** Folders of packed tokens, each from a step on; all of one sequence length. */
  readonly data: readonly DataPhase[];
}

export interface DataPhase {
  /** Folder of packed tokens: index.json and shards. */
  readonly data: string;
  /** The updates after this step are made with it; 0 for the first. */
  readonly fromStep: number;
}

export type TrainInput = Pick<TrainSettings, 'model' | 'data' | 'maxSteps' | 'learningRate' | 'batchSize'> &
  Partial<Training>;

/** Counts up when the same settings, model and data are meant to give another training. */
export const TRAIN_VERSION = 1;

/** @returns the settings with every default. @throws UserError bad-setting: all that is wrong at once. */
export function trainSettings({ model, data, ...input }: TrainInput): TrainSettings {
  const { value, mistakes } = readSetting(training, input, 'camelCase');
  // Nothing can be said of what a value means beside others while one of them is of another type.
  const areTyped = mistakes.every(({ kind }) => kind === 'limit');
  const problems = [...mistakes.map(placedMistake), ...(areTyped ? trainingMistakes(value) : [])].map(
    ({ name, value: found, expected }): Problem => messages.badSetting(name, found, expected),
  );
  if (problems.length > 0) throw new UserError(problems);
  return { model, data, ...value };
}

function placedMistake({ path, value, expected }: SettingMistake): TrainingMistake {
  return { name: path.join('.'), value, expected };
}

export interface TrainingMistake {
  readonly name: string;
  readonly value: unknown;
  readonly expected: string;
}

/**
 * Settings that are legal by themselves but not together, for whoever knows where they were written.
 * @param spell how the caller writes a setting's name
 */
export function trainingMistakes(
  { maxSteps, saveAt, warmupSteps, decaySteps }: Training,
  spell: (name: string) => string = (name) => name,
): readonly TrainingMistake[] {
  const mistakes: TrainingMistake[] = [];
  if (saveAt.some((step) => step > maxSteps)) {
    mistakes.push({ name: spell('saveAt'), value: saveAt, expected: `steps from 0 to ${maxSteps}` });
  }
  if (warmupSteps + decaySteps > maxSteps) {
    const expected = `with ${spell('decaySteps')} at most ${maxSteps}, the steps`;
    mistakes.push({ name: spell('warmupSteps'), value: warmupSteps, expected });
  }
  return mistakes;
}

/** Steps at which a checkpoint is kept, ascending: known before anything is trained. */
export function savedSteps({
  maxSteps,
  saveEvery,
  saveAt,
}: Pick<TrainSettings, 'maxSteps' | 'saveEvery' | 'saveAt'>): readonly number[] {
  const regular =
    saveEvery > 0
      ? Array.from({ length: Math.floor(maxSteps / saveEvery) }, (_, at) => (at + 1) * saveEvery)
      : [];
  return [...new Set([...saveAt, ...regular, maxSteps])].sort((a, b) => a - b);
}

/** Folder of a step's checkpoint, inside the training's. */
export function checkpointName(step: number): string {
  return `iter_${String(step).padStart(7, '0')}`;
}

/** As the program's settings file has it: the same names in snake_case. */
export function toSettingsJson(settings: object, out: string): string {
  return `${JSON.stringify(snakeKeys({ ...settings, out }), null, 2)}\n`;
}

function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [snakeCase(name), snakeKeys(inner)]),
  );
}
