/** `init`, `train` and `prune` of a model -> its stages. null where something was reported. */
import { readSetting, snakeCase } from '@evalgraph/formats';
import {
  type PrunePattern,
  patternMistakes,
  pruneFields,
  trainingMistakes,
} from '@evalgraph/pretrain/settings';
import type { Context } from './context.ts';
import { init, prune, train } from './declared/making.ts';
import type { InitInput, PruneInput, TrainInput } from './input.ts';
import { messages } from './messages.ts';
import { folderOf, partOf, weightsOf } from './packs.ts';
import type { Model } from './pipeline.ts';
import type { Path } from './problems.ts';
import { settled } from './settled.ts';
import type { InitStage, PackStage, PruneStage, TrainStage } from './stages.ts';

type Models = ReadonlyMap<string, Model | null>;

const withConfig = ['tokenizer', 'residual', 'dtype', 'seed'] as const;
const withFrom = ['keep', 'stack'] as const;

export function initStage(
  name: string,
  input: InitInput | null,
  path: Path,
  models: Models,
  context: Context,
): InitStage | null {
  if (input === null) return null;
  const { problems } = context;
  const origins = (['config', 'from'] as const).filter((key) => input[key] !== undefined);
  const [origin] = origins;
  if (origin === undefined || origins.length > 1) {
    problems.value(path, messages.oneOrigin.initOrigin(path, origins));
    return null;
  }
  for (const key of origin === 'config' ? withFrom : withConfig) {
    if (input[key] === undefined) continue;
    problems.value([...path, key], messages.unusedKey.ofInit(key, origin === 'config' ? 'from' : 'config'));
  }
  return origin === 'config'
    ? scratch(name, input, path, models, context)
    : derived(name, input, path, models, context);
}

function scratch(
  name: string,
  input: InitInput,
  path: Path,
  models: Models,
  context: Context,
): InitStage | null {
  const { config, tokenizer } = input;
  if (typeof config !== 'string') return null;
  const folder = folderOf(config, [...path, 'config'], context);
  const from =
    tokenizer === undefined
      ? folder === null
        ? null
        : ({ kind: 'folder', path: folder } as const)
      : weightsOf(tokenizer, [...path, 'tokenizer'], models, context);
  const settings = settled(init, input);
  if (folder === null || from === null || settings === null) return null;
  const { seed, residual, dtype } = settings;
  const stored = dtype === 'float32' ? 'F32' : 'BF16';
  return {
    kind: 'init',
    name,
    init: { kind: 'scratch', config: folder, tokenizer: from, seed, residual, dtype: stored },
  };
}

function derived(
  name: string,
  input: InitInput,
  path: Path,
  models: Models,
  context: Context,
): InitStage | null {
  const { from, keep, stack } = input;
  const source = weightsOf(from, [...path, 'from'], models, context);
  if (keep !== undefined && stack !== undefined) context.problems.value(path, messages.oneDepth());
  if (keep === null || stack === null || keep?.includes(null) || stack?.includes(null)) return null;
  if (source === null) return null;
  if (keep !== undefined) {
    const layers = keep.filter((layer) => layer !== null);
    return { kind: 'init', name, init: { kind: 'depth', source, depth: { kind: 'keep', layers } } };
  }
  if (stack === undefined) return { kind: 'init', name, init: { kind: 'copy', source } };
  const ranges = stack.map((range, at) => pairOf(range, [...path, 'stack', at], context));
  if (ranges.includes(null)) return null;
  const whole = ranges.filter((range) => range !== null);
  return { kind: 'init', name, init: { kind: 'depth', source, depth: { kind: 'stack', ranges: whole } } };
}

/** [first, end): how many layers there are is seen when the weights are. */
function pairOf(range: readonly (number | null)[] | null, path: Path, { problems }: Context) {
  const [first, end, ...more] = range ?? [];
  if (typeof first === 'number' && typeof end === 'number' && first < end && more.length === 0) {
    return [first, end] as const;
  }
  problems.value(path, messages.badRange(path, range));
  return null;
}

export function trainStage(
  name: string,
  input: TrainInput | null,
  path: Path,
  packs: ReadonlyMap<string, PackStage | null>,
  context: Context,
): TrainStage | null {
  if (input === null) return null;
  const phases = dataPhases(input.data, [...path, 'data'], packs, context);
  const { value, mistakes } = readSetting(train, input, 'snake_case');
  const wrong = new Set(mistakes.map(({ path: [key] }) => key));
  const { data: _data, processes, ...settings } = value;
  const isReadTogether = !['max_steps', 'save_at', 'warmup_steps', 'decay_steps'].some((key) =>
    wrong.has(key),
  );
  const together = isReadTogether ? trainingMistakes(settings, snakeCase) : [];
  for (const { name: setting, value: found, expected } of together) {
    const at = [...path, setting];
    context.problems.value(at, messages.badSetting(at, found, expected));
  }
  if (together.length > 0 || phases === null || settled(train, input) === null) return null;
  const last = phases.at(-1)?.fromStep ?? 0;
  if (last >= settings.maxSteps) {
    const at = [...path, 'data', phases.length - 1, 'from_step'];
    context.problems.value(at, messages.badSetting(at, last, `a step below max_steps, ${settings.maxSteps}`));
    return null;
  }
  return { kind: 'train', name, data: phases, settings, processes };
}

function dataPhases(
  data: TrainInput['data'],
  path: Path,
  packs: ReadonlyMap<string, PackStage | null>,
  context: Context,
): TrainStage['data'] | null {
  if (data === null || data === undefined) return null;
  if (typeof data === 'string') {
    const pack = partOf('pack', data, path, packs, context);
    return pack === null ? null : [{ pack, fromStep: 0 }];
  }
  const phases: TrainStage['data'][number][] = [];
  for (const [at, phase] of data.entries()) {
    const pack = partOf('pack', phase?.pack, [...path, at, 'pack'], packs, context);
    const fromStep = phase?.from_step ?? (at === 0 ? 0 : undefined);
    if (pack === null || phase?.from_step === null) continue;
    const before = phases.at(-1)?.fromStep;
    if (fromStep !== undefined && (before === undefined ? at > 0 || fromStep === 0 : fromStep > before)) {
      phases.push({ pack, fromStep });
      continue;
    }
    const place = [...path, at, ...(fromStep === undefined ? [] : ['from_step'])];
    const expected =
      at === 0 ? '0: the training begins with it' : `with from_step, a step above ${before ?? 0}`;
    context.problems.value(place, messages.badSetting(place, fromStep ?? phase, expected));
  }
  return phases.length === data.length ? phases : null;
}

const onlyWanda = ['calibration', 'sequences', 'sequence_length', 'seed'] as const;

export function pruneStage(
  name: string,
  input: PruneInput | null,
  path: Path,
  models: Models,
  packs: ReadonlyMap<string, PackStage | null>,
  context: Context,
): PruneStage | null {
  if (input === null) return null;
  const { problems } = context;
  const source = weightsOf(input.from, [...path, 'from'], models, context);
  const pattern = patternOf(input, path, context);
  const settings = settled(prune, input);
  const kind = readSetting(prune, input, 'snake_case').value.importance;
  if (kind === 'magnitude') {
    for (const key of onlyWanda) {
      if (input[key] !== undefined) problems.value([...path, key], messages.unusedKey.onlyWithWanda(key));
    }
  }
  const importance =
    kind === 'magnitude' ? ({ kind } as const) : kind === null ? null : wandaOf(input, path, packs, context);
  if (source === null || pattern === null || importance === null || settings === null) return null;
  return { kind: 'prune', name, source, importance, pattern, saveDtype: settings.saveDtype };
}

function wandaOf(
  input: PruneInput,
  path: Path,
  packs: ReadonlyMap<string, PackStage | null>,
  context: Context,
): PruneStage['importance'] | null {
  const { calibration } = input;
  if (calibration === undefined) context.problems.value(path, messages.missingCalibration());
  if (typeof calibration !== 'string') return null;
  const given = settled(prune, input);
  if (given === null) return null;
  const { sequences, sequenceLength, seed } = given;
  const at = [...path, 'calibration'];
  const settings = { kind: 'wanda', sequences, sequenceLength, seed } as const;
  if (/^[.~/]/.test(calibration)) {
    const file = folderOf(calibration, at, context);
    return file === null ? null : { ...settings, calibration: { kind: 'file', path: file } };
  }
  if (input.sequence_length !== undefined) {
    context.problems.value([...path, 'sequence_length'], messages.unusedKey.onlyOfText('sequence_length'));
  }
  const pack = partOf('pack', calibration, at, packs, context);
  return pack === null ? null : { ...settings, calibration: { kind: 'pack', name: pack } };
}

function patternOf(input: PruneInput, path: Path, { problems }: Context): PrunePattern | null {
  const given = (['sparsity', 'pattern', 'blocks'] as const).filter((key) => input[key] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    problems.value(path, messages.onePattern(path, given));
    return null;
  }
  const found = readPattern(input);
  if (found === null) return null;
  const mistakes = patternMistakes(found);
  for (const { name, value, expected } of mistakes) {
    const at = [...path, ...PATTERN_PLACES[name]];
    problems.value(at, messages.badSetting(at, value, expected));
  }
  return mistakes.length === 0 ? found : null;
}

/** Where a pipeline writes what the library calls so. */
const PATTERN_PLACES = {
  sparsity: ['sparsity'],
  n: ['pattern'],
  size: ['blocks', 'size'],
  tiers: ['blocks', 'tiers'],
} as const;

/** null where something was reported. */
function readPattern({ sparsity, pattern, blocks }: PruneInput): PrunePattern | null {
  if (typeof sparsity === 'number') return { kind: 'unstructured', sparsity };
  if (typeof pattern === 'string') {
    const [n = 0, m = 0] = pattern.split(':').map(Number);
    return { kind: 'n:m', n, m };
  }
  const read = settled(pruneFields.blocks, blocks);
  if (read === null) return null;
  // How many numbers a tier has is among what makes a pattern legal.
  return { kind: 'blocks', size: read.size, tiers: read.tiers as readonly (readonly [number, number])[] };
}
