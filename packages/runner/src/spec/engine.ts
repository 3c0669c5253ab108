/** `engine:` -> EngineUse: the keys of the engine that it names, their defaults filled in. */
import type { Context } from './context.ts';
import { type EngineInput, isList } from './input.ts';
import { messages } from './messages.ts';
import { oneOf } from './phrases.ts';
import type { EmbeddedUse, EngineUse, LmEvalUse, OpenAiUse } from './pipeline.ts';
import { exampleAt } from './schema.ts';

const DEFAULT_CONCURRENCY = 8;
/** A long prompt on a busy server takes minutes; lm-eval's own default is 5. */
const DEFAULT_TIMEOUT_SECONDS = 600;

/** Keys of each engine, beside `use`. */
const keys = {
  embedded: ['dtype', 'threads'],
  'lm-eval': ['model', 'model_args', 'dtype', 'batch_size', 'device', 'command', 'tasks'],
  openai: ['url', 'model', 'dtype', 'api_key_variable', 'concurrency', 'timeout_seconds'],
} as const satisfies Readonly<Record<EngineUse['use'], readonly (keyof EngineInput)[]>>;

export function normalizeEngine(input: EngineInput | null | undefined, context: Context): EngineUse {
  const given = input ?? {};
  const use = useOf(given);
  if (given.use !== null) reportForeignKeys(given, use, context);
  switch (use) {
    case 'embedded':
      return embedded(given, context);
    case 'lm-eval':
      return lmEval(given, context);
    case 'openai':
      return openAi(given, context);
  }
}

/** What the schema refused was reported; `embedded` stands in for it. */
function useOf({ use }: EngineInput): EngineUse['use'] {
  return use === 'lm-eval' || use === 'openai' ? use : 'embedded';
}

function reportForeignKeys(input: EngineInput, use: EngineUse['use'], { problems, keysOf }: Context): void {
  const legal: readonly string[] = keys[use];
  const known: readonly string[] = Object.values(keys).flat();
  for (const key of Object.keys(input).length > 0 ? keysOf(['engine']) : []) {
    if (key === 'use' || legal.includes(key) || !known.includes(key)) continue;
    problems.key(['engine', key], messages.engineKey(key, use, legal));
  }
}

function embedded({ dtype, threads }: EngineInput, { problems }: Context): EmbeddedUse {
  if (typeof dtype === 'string' && dtype !== 'float32') {
    problems.value(
      ['engine', 'dtype'],
      messages.notAllowed(['engine', 'dtype'], dtype, ['float32'], oneOf(['float32'])),
    );
  }
  return { use: 'embedded', dtype: 'float32', threads: typeof threads === 'number' ? threads : null };
}

/** Arguments that evalgraph passes itself. */
const ownArguments = ['pretrained', 'dtype', 'revision', 'subfolder', 'max_length', 'add_bos_token'];

function lmEval(input: EngineInput, { problems }: Context): LmEvalUse {
  const modelArgs: Record<string, string> = {};
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
  };
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
    concurrency: input.concurrency ?? DEFAULT_CONCURRENCY,
    timeoutMs: 1000 * (input.timeout_seconds ?? DEFAULT_TIMEOUT_SECONDS),
  };
}

function isServer(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '') && !/\s/.test(text);
}
