/** `samples:` -> SamplesUse: the prompts that every checkpoint continues. */
import { type SettingValue, snakeCase } from '@evalgraph/formats';
import { type Drawing, sampleProblems } from '@evalgraph/pretrain/settings';
import type { Context } from './context.ts';
import { samples } from './declared/making.ts';
import type { PipelineInput } from './input.ts';
import { messages } from './messages.ts';
import type { EngineUse, Model } from './pipeline.ts';
import { settled } from './settled.ts';
import type { SamplesUse } from './stages.ts';
import type { TaskRegistry } from './tasks.ts';

/** Name of the cells that hold them, beside the tasks'. */
export const SAMPLES_NAME = 'samples';

/** null: none are asked for, or something was reported. */
export function normalizeSamples(
  input: PipelineInput['samples'],
  models: ReadonlyMap<string, Model | null>,
  tasks: TaskRegistry,
  engine: EngineUse['use'],
  { problems }: Context,
): SamplesUse | null {
  if (input === undefined || input === null) return null;
  const path = ['samples'];
  if (engine === 'lm-eval') problems.value(path, messages.samplesNeedRequests());
  if (tasks.has(SAMPLES_NAME)) problems.value(path, messages.reservedName.samples(SAMPLES_NAME));
  for (const [index, name] of (input.models ?? []).entries()) {
    if (name !== null && !models.has(name)) {
      problems.value([...path, 'models', index], messages.unknownModel(name, models));
    }
  }
  const read = settled(samples, input);
  if (read === null) return null;
  const { models: named, drawings, ...plain } = read;
  const settings = { ...plain, drawings: drawings.map(drawingOf) };
  for (const problem of sampleProblems(settings)) problems.value(path, problem);
  const wanted = named ?? [...models.keys()];
  return {
    settings,
    models: [...models].flatMap(([name, model]) =>
      model !== null && model.source.kind !== 'imported' && wanted.includes(name) ? [name] : [],
    ),
  };
}

type ReadDrawing = SettingValue<typeof samples>['drawings'][number];

/** What is no part of how a token is drawn goes to the model's logits, in transformers' names. */
function drawingOf({ temperature, topK, topP, seed, ...others }: ReadDrawing): Drawing {
  const rules = Object.entries(others).flatMap(([name, value]) =>
    value === null ? [] : [[snakeCase(name), value] as const],
  );
  const drawn = { temperature, topK, topP, seed };
  return rules.length === 0 ? drawn : { ...drawn, rules: Object.fromEntries(rules) };
}
