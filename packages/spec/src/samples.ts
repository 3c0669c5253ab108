/** `samples:` -> SamplesUse: the prompts that every checkpoint continues. */
import { type Drawing, sampleProblems } from '@evalgraph/pretrain/settings';
import type { GenerationKeys } from '@evalgraph/tokenizer/generation';
import type { Context } from './context.ts';
import type { DrawingInput, PipelineInput } from './input.ts';
import { messages } from './messages.ts';
import type { EngineUse, Model } from './pipeline.ts';
import type { SamplesUse } from './stages.ts';
import type { TaskRegistry } from './tasks.ts';

/** Name of the cells that hold them, beside the tasks'. */
export const SAMPLES_NAME = 'samples';
const DEFAULT_NEW_TOKENS = 64;

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
  const { prompts, drawings, max_new_tokens: maxNewTokens, greedy, models: named } = input;
  if (engine === 'lm-eval') problems.value(path, messages.samplesOfPrograms());
  if (tasks.has(SAMPLES_NAME)) problems.value(path, messages.tasksAreSamples(SAMPLES_NAME));
  const ways = (drawings ?? []).map((one): Drawing | null => {
    if (one === null) return null;
    const { temperature = 1, top_k: topK = 0, top_p: topP = 1, seed = 0 } = one;
    return temperature === null || topK === null || topP === null || seed === null
      ? null
      : { temperature, topK, topP, seed, ...rulesOf(one) };
  });
  for (const [index, name] of (named ?? []).entries()) {
    if (name !== null && !models.has(name)) {
      problems.value([...path, 'models', index], messages.unknownModel(name, models));
    }
  }
  const isWhole =
    ![prompts, drawings, maxNewTokens, greedy, named, ...ways].includes(null) &&
    !(prompts ?? []).includes(null);
  if (!isWhole) return null;
  const settings = {
    prompts: (prompts ?? []).filter((prompt) => prompt !== null),
    maxNewTokens: maxNewTokens ?? DEFAULT_NEW_TOKENS,
    greedy: greedy ?? true,
    drawings: ways.filter((way) => way !== null),
  };
  for (const problem of sampleProblems(settings)) problems.value(path, messages.corpusProblem(path, problem));
  const wanted = named ?? [...models.keys()];
  return {
    settings,
    models: [...models].flatMap(([name, model]) =>
      model !== null && model.source.kind !== 'imported' && wanted.includes(name) ? [name] : [],
    ),
  };
}

/** Keys of a drawing that go to the model's logits, in transformers' names. */
const RULES = ['repetition_penalty', 'no_repeat_ngram_size', 'min_new_tokens'] as const;

function rulesOf(drawing: DrawingInput): { readonly rules?: GenerationKeys } {
  const rules = RULES.flatMap((key) => {
    const value = drawing[key] ?? null;
    return value === null ? [] : [[key, value] as const];
  });
  return rules.length === 0 ? {} : { rules: Object.fromEntries(rules) };
}
