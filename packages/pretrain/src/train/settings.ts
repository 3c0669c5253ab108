/** Settings of a training, strict, and the JSON that python/train.py reads. */
import { type Problem, UserError } from '@evalgraph/formats';
import { trainMessages as messages } from './messages.ts';

export interface TrainSettings {
  /** Folder of the model that is trained: config.json, weights, tokenizer. */
  readonly model: string;
  /** Folders of packed tokens, each from a step on; all of one sequence length. */
  readonly data: readonly DataPhase[];
  /** Updates of the weights. */
  readonly maxSteps: number;
  readonly learningRate: number;
  /** Sequences of one process at a time. */
  readonly batchSize: number;
  /** Such batches before an update. */
  readonly accumulation: number;
  readonly schedule: 'constant' | 'linear' | 'cosine' | 'wsd';
  readonly warmupSteps: number;
  /** wsd: the last steps, in which the rate falls. */
  readonly decaySteps: number;
  /** Of the learning rate, at the end of the schedule. */
  readonly minRatio: number;
  /** muon: for the matrices inside the layers, AdamW for the rest. */
  readonly optimizer: 'adamw' | 'muon';
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Of the gradient's norm; 0: none. */
  readonly clipNorm: number;
  /** bfloat16: autocast; weights and optimizer stay float32. */
  readonly precision: 'float32' | 'bfloat16';
  /** Of checkpoints. */
  readonly saveDtype: 'float32' | 'bfloat16';
  /** 0: only saveAt and the last step. */
  readonly saveEvery: number;
  readonly saveAt: readonly number[];
  readonly logEvery: number;
  readonly seed: number;
  readonly attention: 'sdpa' | 'eager';
  /** torch.compile: needs a C++ compiler on a CPU. */
  readonly compile: boolean;
  /** Of torch on a CPU; 0: torch's choice. */
  readonly threads: number;
}

export interface DataPhase {
  /** Folder of packed tokens: index.json and shards. */
  readonly data: string;
  /** Of the updates after this step; 0 for the first. */
  readonly fromStep: number;
}

export type TrainInput = Pick<TrainSettings, 'model' | 'data' | 'maxSteps' | 'learningRate' | 'batchSize'> &
  Partial<TrainSettings>;

const DEFAULTS = {
  accumulation: 1,
  schedule: 'cosine',
  warmupSteps: 0,
  decaySteps: 0,
  minRatio: 0,
  optimizer: 'adamw',
  weightDecay: 0.1,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  clipNorm: 1,
  precision: 'float32',
  saveDtype: 'bfloat16',
  saveEvery: 0,
  saveAt: [],
  logEvery: 1,
  seed: 0,
  attention: 'sdpa',
  compile: false,
  threads: 0,
} as const satisfies Partial<TrainSettings>;

/** Counts up when the same settings, model and data are meant to give another training. */
export const TRAIN_VERSION = 1;

/** With every default. @throws UserError bad-setting: all that is wrong at once. */
export function trainSettings(input: TrainInput): TrainSettings {
  const settings: TrainSettings = { ...DEFAULTS, ...input };
  const problems = settingMistakes(settings).map(
    ({ name, value, expected }): Problem => messages.badSetting(name, value, expected),
  );
  if (problems.length > 0) throw new UserError(problems);
  return settings;
}

export interface SettingMistake {
  readonly name: keyof TrainSettings;
  /** With the default, where it was left out. */
  readonly value: unknown;
  readonly expected: string;
}

/** Every setting whose value is none, for whoever knows where it was written. */
export function settingMistakes(input: TrainInput): readonly SettingMistake[] {
  const settings: TrainSettings = { ...DEFAULTS, ...input };
  const mistakes: SettingMistake[] = [];
  const need = (name: keyof TrainSettings, holds: boolean, expected: string): void => {
    if (!holds) mistakes.push({ name, value: settings[name], expected });
  };
  const { maxSteps, saveAt, warmupSteps, decaySteps } = settings;
  for (const name of ['maxSteps', 'batchSize', 'accumulation', 'logEvery'] as const) {
    need(name, Number.isSafeInteger(settings[name]) && settings[name] >= 1, 'a whole number of at least 1');
  }
  for (const name of ['warmupSteps', 'decaySteps', 'saveEvery', 'seed', 'threads'] as const) {
    need(name, Number.isSafeInteger(settings[name]) && settings[name] >= 0, 'a whole number of at least 0');
  }
  for (const name of ['learningRate', 'epsilon'] as const) {
    need(name, Number.isFinite(settings[name]) && settings[name] > 0, 'a number above 0');
  }
  for (const name of ['weightDecay', 'clipNorm'] as const) {
    need(name, Number.isFinite(settings[name]) && settings[name] >= 0, 'a number of at least 0');
  }
  for (const name of ['beta1', 'beta2'] as const) {
    need(name, settings[name] >= 0 && settings[name] < 1, 'a number from 0 to below 1');
  }
  need('minRatio', settings.minRatio >= 0 && settings.minRatio <= 1, 'a number from 0 to 1');
  need(
    'saveAt',
    saveAt.every((step) => Number.isSafeInteger(step) && step >= 0 && step <= maxSteps),
    `steps from 0 to ${maxSteps}`,
  );
  need('warmupSteps', warmupSteps + decaySteps <= maxSteps, `with decaySteps at most ${maxSteps}, the steps`);
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

/** `duplicate5Grams` -> `duplicate5_grams`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
