/** `engine:` -> EngineUse: the keys of the engine that it names, their defaults filled in. */
import { byName } from '@evalgraph/formats';
import type { Context } from './context.ts';
import { type EngineInput, isList } from './input.ts';
import { normalizeLaunching } from './launching.ts';
import { messages } from './messages.ts';
import { oneOf } from './phrases.ts';
import type { EmbeddedUse, EngineUse, LmEvalUse, OpenAiUse, Pipeline } from './pipeline.ts';
import { exampleAt } from './schema.ts';

const DEFAULT_CONCURRENCY = 8;
/** A long prompt on a busy server takes minutes; lm-eval's own default is 5. */
const DEFAULT_TIMEOUT_SECONDS = 600;

type EngineName = EngineUse['use'] | 'auto';

/**
 * Loading a large model and finding a batch size are quiet for minutes, a long generation too; half an hour without a
 * word is none of them.
 */
const DEFAULT_SILENCE_MINUTES = 30;

/** Keys of each engine, beside `use`. */
const keys = {
  embedded: ['dtype', 'threads', 'silence_minutes'],
  'lm-eval': [
    'model',
    'model_args',
    'dtype',
    'batch_size',
    'device',
    'command',
    'tasks',
    'gpus',
    'gpus_per_checkpoint',
    'launcher',
    'silence_minutes',
  ],
  openai: [
    'url',
    'model',
    'dtype',
    'api_key_variable',
    'api_key_over_http',
    'concurrency',
    'timeout_seconds',
  ],
  auto: [
    'dtype',
    'threads',
    'model',
    'model_args',
    'batch_size',
    'device',
    'command',
    'gpus',
    'gpus_per_checkpoint',
    'launcher',
    'silence_minutes',
  ],
} as const satisfies Readonly<Record<EngineName, readonly (keyof EngineInput)[]>>;

type Engines = Pick<Pipeline, 'engine' | 'otherEngine'>;

export function normalizeEngine(input: EngineInput | null | undefined, context: Context): Engines {
  const given = input ?? {};
  const use = useOf(given);
  if (given.use !== null) reportForeignKeys(given, use, context);
  switch (use) {
    case 'embedded':
      return { engine: embedded(given, context), otherEngine: null };
    case 'lm-eval':
      return { engine: lmEval(given, context), otherEngine: null };
    case 'openai':
      return { engine: openAi(given, context), otherEngine: null };
    case 'auto': {
      // `dtype` is of lm-eval's alone: the other has one that it computes in.
      const { dtype: _, ...rest } = given;
      return { engine: embedded(rest, context), otherEngine: lmEval(given, context) };
    }
  }
}

/** What the schema refused was reported; `embedded` stands in for it. */
function useOf({ use }: EngineInput): EngineName {
  return use === 'lm-eval' || use === 'openai' || use === 'auto' ? use : 'embedded';
}

function reportForeignKeys(input: EngineInput, use: EngineName, { problems, keysOf }: Context): void {
  const legal: readonly string[] = keys[use];
  const known: readonly string[] = Object.values(keys).flat();
  for (const key of Object.keys(input).length > 0 ? keysOf(['engine']) : []) {
    if (key === 'use' || legal.includes(key) || !known.includes(key)) continue;
    problems.key(['engine', key], messages.engineKey(key, use, legal));
  }
}

function embedded({ dtype, threads, silence_minutes }: EngineInput, { problems }: Context): EmbeddedUse {
  if (typeof dtype === 'string' && dtype !== 'float32') {
    problems.value(
      ['engine', 'dtype'],
      messages.notAllowed(['engine', 'dtype'], dtype, ['float32'], oneOf(['float32'])),
    );
  }
  return {
    use: 'embedded',
    dtype: 'float32',
    threads: typeof threads === 'number' ? threads : null,
    silenceMs: silenceMs(silence_minutes),
  };
}

/** Arguments that evalgraph passes itself. */
const ownArguments = ['pretrained', 'dtype', 'revision', 'subfolder', 'max_length', 'add_bos_token'];

function lmEval(input: EngineInput, context: Context): LmEvalUse {
  const { problems } = context;
  const modelArgs = byName<string>([]);
  for (const [name, value] of Object.entries(input.model_args ?? {})) {
    if (value === null) continue;
    const path = ['engine', 'model_args', name];
    const text = argumentText(value);
    if (ownArguments.includes(name)) problems.key(path, messages.reservedArgument(name));
    else if (!/^\w+$/.test(name) || /[,\n]/.test(text))
      problems.value(path, messages.argumentText(name, text));
    modelArgs[name] = text;
  }
  const { command } = input;
  return {
    use: 'lm-eval',
    command: isList<string>(command) ? command.filter((part) => part !== null) : [command ?? 'lm_eval'],
    model: input.model ?? 'hf',
    modelArgs,
    dtype: input.dtype ?? 'auto',
    batchSize: String(input.batch_size ?? 1),
    device: input.device ?? null,
    tasks: input.tasks ?? 'ours',
    ...normalizeLaunching(input, context),
    silenceMs: silenceMs(input.silence_minutes),
  };
}

function silenceMs(minutes: number | null | undefined): number {
  return Math.round((minutes ?? DEFAULT_SILENCE_MINUTES) * 60_000);
}

/** As Python reads it: True, not true. */
function argumentText(value: string | number | boolean): string {
  if (typeof value !== 'boolean') return String(value);
  return value ? 'True' : 'False';
}

function openAi(input: EngineInput, { problems }: Context): OpenAiUse {
  const { url } = input;
  if (url === undefined) {
    problems.value(['engine', 'url'], messages.missingKey(['engine'], 'url', exampleAt(['engine', 'url'])));
  } else if (url !== null && !isServer(url)) problems.value(['engine', 'url'], messages.badUrl(url));
  return {
    use: 'openai',
    url: (url ?? '').replace(/\/+$/, ''),
    model: input.model ?? '{checkpoint}',
    dtype: input.dtype ?? 'auto',
    apiKeyVariable: input.api_key_variable ?? null,
    apiKeyOverHttp: input.api_key_over_http ?? false,
    concurrency: input.concurrency ?? DEFAULT_CONCURRENCY,
    timeoutMs: 1000 * (input.timeout_seconds ?? DEFAULT_TIMEOUT_SECONDS),
  };
}

function isServer(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '') && !/\s/.test(text);
}
