/** Prompts and ways to draw -> token requests, in the engine's form. Pure; tokenizer and engine are the caller's. */
import { type Problem, pathText, readSetting, setting, UserError } from '@evalgraph/formats';
import { type GenerationKeys, wrongGenerationKey } from '@evalgraph/tokenizer/generation';
import { messages } from './messages.ts';
import { type DrawingValue, sampleFields } from './settings.ts';

/** How tokens are drawn; the engine's Sampling. null stands for greedy. */
export interface Drawing extends Pick<DrawingValue, 'temperature' | 'topK' | 'topP' | 'seed'> {
  /** Rules about how tokens are chosen, which go before the checkpoint's; left out where there is none. */
  readonly rules?: GenerationKeys;
}

export interface SampleSettings {
  readonly prompts: readonly string[];
  readonly maxNewTokens: number;
  /** Whether every prompt is continued greedily. */
  readonly greedy: boolean;
  /** Every prompt is continued once by each. */
  readonly drawings: readonly Drawing[];
}

/** A request of the engine (GenerateRequest). */
export interface SampleRequest {
  readonly kind: 'generate';
  readonly context: readonly number[];
  readonly maxNewTokens: number;
  readonly sampling?: Drawing;
}

export interface PlannedSample {
  readonly prompt: string;
  readonly drawing: Drawing | null;
  readonly request: SampleRequest;
}

/** Counts up when the same settings are meant to ask for other texts. */
export const SAMPLE_VERSION = 1;

/** A prompt and a way to draw: null for greedy. */
export interface PromptedSample {
  readonly prompt: string;
  readonly drawing: Drawing | null;
}

/**
 * Prompt by prompt, greedy first: the same list for every checkpoint.
 * @throws UserError bad-setting: all that is wrong at once.
 */
export function planPrompts(settings: SampleSettings): readonly PromptedSample[] {
  const problems = sampleProblems(settings);
  if (problems.length > 0) throw new UserError(problems);
  const ways: readonly (Drawing | null)[] = [...(settings.greedy ? [null] : []), ...settings.drawings];
  return settings.prompts.flatMap((prompt) => ways.map((drawing) => ({ prompt, drawing })));
}

/**
 * One request for each prompt and way, prompt by prompt, greedy first: the same list for every checkpoint.
 * @param contexts each prompt's tokens, with a begin token where the model wants one.
 * @throws UserError bad-setting, empty-prompt: all that is wrong at once.
 */
export function planSamples(
  settings: SampleSettings,
  contexts: readonly (readonly number[])[],
): readonly PlannedSample[] {
  const problems: Problem[] = [...sampleProblems(settings)];
  const ways: readonly (Drawing | null)[] = [...(settings.greedy ? [null] : []), ...settings.drawings];
  const { maxNewTokens } = settings;
  const planned = settings.prompts.flatMap((prompt, index) => {
    const context = contexts[index] ?? [];
    if (context.length === 0) problems.push(messages.emptyPrompt(index, prompt));
    return ways.map((drawing): PlannedSample => {
      const greedy = { kind: 'generate', context, maxNewTokens } as const;
      return { prompt, drawing, request: drawing === null ? greedy : { ...greedy, sampling: drawing } };
    });
  });
  if (problems.length > 0) throw new UserError(problems);
  return planned;
}

const declared = setting.mapping(sampleFields);

/** All that is wrong; none: []. */
export function sampleProblems({ drawings, ...settings }: SampleSettings): readonly Problem[] {
  const plain = { ...settings, drawings: drawings.map(({ rules: _rules, ...drawing }) => drawing) };
  const { mistakes } = readSetting(declared, plain, 'camelCase');
  const problems = mistakes.map(({ path, value, expected }) =>
    messages.badSetting(pathText(path), value, expected),
  );
  if (!settings.greedy && drawings.length === 0) {
    problems.push(messages.badSetting('drawings', drawings, 'at least one, or greedy'));
  }
  for (const [index, { rules }] of drawings.entries()) {
    for (const [key, value] of Object.entries(rules ?? {})) {
      const wrong = wrongGenerationKey(key, value);
      if (wrong !== null) problems.push(messages.badSetting(`drawings[${index}].${key}`, value, wrong));
    }
  }
  return problems;
}
