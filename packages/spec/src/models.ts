/** `models:` -> Models, in the order of the file. */
import { posix } from 'node:path';
import { readSetting, setting } from '@evalgraph/formats';
import { checkpointName, savedSteps, trainingFields } from '@evalgraph/pretrain/settings';
import { normalizeCheckpoints, type SourceOrNot } from './checkpoints.ts';
import { type Context, reportCaseTwins } from './context.ts';
import { evaluationFields } from './declared/models.ts';
import type { ModelInput, PipelineInput } from './input.ts';
import { messages } from './messages.ts';
import { parseSource } from './paths.ts';
import type { PerplexityNormalizer } from './perplexity.ts';
import type { Checkpoint, CheckpointLocation, Model, ModelSource, TaskUse } from './pipeline.ts';
import type { Path } from './problems.ts';
import { settled } from './settled.ts';
import type { TaskRegistry } from './tasks.ts';

/**
 * Checkpoints of a pipeline. Each is at least one Nx project for each task, and Nx was measured to be at ease with
 * 2,000 projects and slow with 10,000.
 */
export const MAX_CHECKPOINTS = 10_000;

/** results/<pipeline>/ or pipelines/<pipeline>/locks/ has these beside its checkpoints. */
export const reservedNames: readonly string[] = [
  'comparisons',
  'quick',
  'report',
  'engine',
  'data',
  'series',
  'corpora',
  'packs',
];

/** @returns the models by name; null for one that was reported, so that references to it are not reported as well. */
export function normalizeModels(
  input: PipelineInput['models'],
  pipelineTasks: readonly TaskUse[],
  tasks: TaskRegistry,
  perplexity: PerplexityNormalizer,
  context: Context,
): ReadonlyMap<string, Model | null> {
  const models = new Map<string, Model | null>();
  if (input === null || input === undefined) return models;
  const budget = checkpointBudget(context);
  reportCaseTwins('models', ['models'], context);
  for (const name of context.keysOf(['models'])) {
    const path = ['models', name];
    if (reservedNames.includes(name.toLowerCase())) {
      context.problems.key(path, messages.reservedName.model(name));
    }
    const model = input[name];
    models.set(
      name,
      model === null || model === undefined
        ? null
        : normalizeModel(name, model, pipelineTasks, tasks, perplexity, budget(name, path), context),
    );
  }
  return models;
}

type Room = (count: number) => boolean;

/** Counts over all models; what is too much is reported before it is written out. */
function checkpointBudget({ problems }: Context): (model: string, path: Path) => Room {
  let used = 0;
  return (model, path) => (count) => {
    if (used + count > MAX_CHECKPOINTS) {
      const finding = messages.tooManyCheckpoints(model, count, used, MAX_CHECKPOINTS);
      problems.value([...path, 'checkpoints'], finding);
      return false;
    }
    used += count;
    return true;
  };
}

function normalizeModel(
  name: string,
  input: ModelInput,
  pipelineTasks: readonly TaskUse[],
  tasks: TaskRegistry,
  perplexity: PerplexityNormalizer,
  room: Room,
  context: Context,
): Model | null {
  const path = ['models', name];
  const by = madeBy(name, input, path, context);
  const given: SourceOrNot =
    by === null ? normalizeSource(input.source, [...path, 'source'], context) : { kind: 'made', by };
  const checkpoints =
    by !== null
      ? madeCheckpoints(name, by, input, room)
      : input.checkpoints === undefined
        ? single(name, given, path, room, context)
        : input.checkpoints === null
          ? null
          : normalizeCheckpoints(input.checkpoints, [...path, 'checkpoints'], given, room, context);
  const read = readSetting(evaluation, input, 'snake_case').value;
  const evaluate = read.evaluate !== false;
  const own = input.tasks;
  const list = own === undefined || own === null ? null : tasks.ownTasks(own, [...path, 'tasks']);
  if (!evaluate && own !== undefined) {
    context.problems.value([...path, 'evaluate'], messages.tasksNotEvaluated(name));
  }
  const measured = perplexity(input, path, false);
  const [first] = checkpoints ?? [];
  if (checkpoints === null || first === undefined) return null;
  const source = given ?? sourceOf(first.location);
  return {
    name,
    source,
    checkpoints,
    series: by === null ? input.checkpoints !== undefined : by === 'train',
    evaluate,
    tasks: evaluate ? (list ?? pipelineTasks) : [],
    perplexity: measured.uses,
    maxLength: read.maxLength,
    addBosToken: read.addBosToken,
  };
}

function normalizeSource(text: ModelInput['source'], path: Path, { root, problems }: Context): SourceOrNot {
  // Another key may have been reported as a slip for this one.
  if (text === undefined) return problems.reported(path) ? null : undefined;
  if (text === null) return null;
  const parsed = parseSource(text, root);
  if ('value' in parsed) return parsed.value;
  problems.value(path, parsed.finding);
  return null;
}

/** The last stage that makes the model, null where it is there already. */
function madeBy(
  name: string,
  input: ModelInput,
  path: Path,
  { problems }: Context,
): 'init' | 'train' | 'prune' | null {
  const origins = (['source', 'init', 'prune'] as const).filter((key) => input[key] !== undefined);
  if (origins.length > 1) problems.value(path, messages.oneOrigin.found(name, origins));
  const isTrained = input.train !== undefined;
  if (isTrained && input.init === undefined) {
    const finding =
      origins.length === 0
        ? messages.missingInit(name)
        : messages.oneOrigin.found(name, [...origins, 'train']);
    problems.value([...path, 'train'], finding);
  }
  const by = isTrained
    ? 'train'
    : input.init !== undefined
      ? 'init'
      : input.prune !== undefined
        ? 'prune'
        : null;
  if (by !== null && input.checkpoints !== undefined) {
    problems.value([...path, 'checkpoints'], messages.unusedKey.checkpointsOfMade(name, by));
  }
  return by;
}

const { max_steps, save_every, save_at } = trainingFields;
const evaluation = setting.mapping(evaluationFields);
const savedSettings = setting.mapping({ max_steps, save_every, save_at });

/** Known before they are made: their names are in the plan, and their weights where the stage puts them. */
function madeCheckpoints(
  name: string,
  by: 'init' | 'train' | 'prune',
  { train }: ModelInput,
  room: Room,
): readonly Checkpoint[] | null {
  const location: CheckpointLocation = { kind: 'made' };
  if (by !== 'train') return room(1) ? [{ name, step: null, location }] : null;
  const read = settled(savedSettings, train);
  if (read === null) return null;
  const { maxSteps, saveEvery, saveAt } = read;
  const regular = saveEvery > 0 ? Math.floor(maxSteps / saveEvery) : 0;
  if (saveAt.some((step) => step > maxSteps) || !room(regular + saveAt.length + 1)) return null;
  return savedSteps(read).map((step) => ({
    name: checkpointName(step),
    step,
    location,
  }));
}

function single(
  name: string,
  source: SourceOrNot,
  path: Path,
  room: Room,
  { problems }: Context,
): readonly Checkpoint[] | null {
  if (source === undefined) problems.value([...path, 'source'], messages.missingSource.model(name));
  if (source === undefined || source === null || !room(1)) return null;
  const location: CheckpointLocation =
    source.kind === 'folder' ? source : { kind: 'revision', revision: 'main' };
  return [{ name, step: null, location }];
}

/** The source of a model whose checkpoints are folders by themselves is the folder round the first. */
function sourceOf(location: CheckpointLocation): ModelSource {
  return { kind: 'folder', path: location.kind === 'folder' ? posix.dirname(location.path) : '.' };
}
