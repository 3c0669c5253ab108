/** `engine:` -> EngineUse: the keys of the engine that it names, their defaults filled in. */
import { byName, readSetting, type SettingValue } from '@evalgraph/formats';
import type { Context } from './context.ts';
import { engine } from './declared/engine.ts';
import type { EngineInput } from './input.ts';
import { normalizeLaunching } from './launching.ts';
import { messages } from './messages.ts';
import { oneOf } from './phrases.ts';
import type { EmbeddedUse, EngineUse, LmEvalUse, OpenAiUse, Pipeline } from './pipeline.ts';
import { exampleAt } from './schema.ts';

type ReadEngine = SettingValue<typeof engine>;
type Read<Use extends ReadEngine['use']> = Extract<ReadEngine, { readonly use: Use }>;

const keysOfEngines: Readonly<Record<string, object>> = engine.node.variants?.fields ?? {};

type Engines = Pick<Pipeline, 'engine' | 'otherEngine'>;

/** What was reported of a key is null in what is read here; the pipeline is not used then. */
export function normalizeEngine(input: EngineInput | null | undefined, context: Context): Engines {
  const given = input ?? {};
  const read: ReadEngine =
    given.use === null
      ? readSetting(engine, {}, 'snake_case').value
      : readSetting(engine, given, 'snake_case').value;
  if (given.use !== null) reportForeignKeys(given, read.use, context);
  switch (read.use) {
    case 'embedded':
      return { engine: embedded(read, context), otherEngine: null };
    case 'lm-eval':
      return { engine: lmEval(read, given, context), otherEngine: null };
    case 'openai':
      return { engine: openAi(read, given, context), otherEngine: null };
    case 'auto': {
      // `dtype` is lm-eval's alone: the other has one that it computes in.
      const own = embedded({ ...read, use: 'embedded', dtype: 'float32' }, context);
      return {
        engine: own,
        otherEngine: lmEval({ ...read, use: 'lm-eval', tasks: 'ours' }, given, context),
      };
    }
  }
}

function reportForeignKeys(
  input: EngineInput,
  use: EngineUse['use'] | 'auto',
  { problems, keysOf }: Context,
): void {
  const legal = Object.keys(keysOfEngines[use] ?? {});
  const known = Object.values(keysOfEngines).flatMap(Object.keys);
  for (const key of Object.keys(input).length > 0 ? keysOf(['engine']) : []) {
    if (key === 'use' || legal.includes(key) || !known.includes(key)) continue;
    problems.key(['engine', key], messages.unusedKey.engine(key, use, legal));
  }
}

function embedded({ dtype, threads, silenceMinutes }: Read<'embedded'>, { problems }: Context): EmbeddedUse {
  if (typeof dtype === 'string' && dtype !== 'float32') {
    problems.value(
      ['engine', 'dtype'],
      messages.badValue(['engine', 'dtype'], dtype, ['float32'], oneOf(['float32'])),
    );
  }
  return {
    use: 'embedded',
    dtype: 'float32',
    threads: typeof threads === 'number' ? threads : null,
    silenceMs: silenceMs(silenceMinutes),
  };
}

/** Arguments that evalgraph passes itself. */
const ownArguments = ['pretrained', 'dtype', 'revision', 'subfolder', 'max_length', 'add_bos_token'];

function lmEval(read: Read<'lm-eval'>, input: EngineInput, context: Context): LmEvalUse {
  const { problems } = context;
  const modelArgs = byName<string>([]);
  for (const [name, value] of Object.entries(read.modelArgs ?? {})) {
    if (value === null) continue;
    const path = ['engine', 'model_args', name];
    const text = argumentText(value);
    if (ownArguments.includes(name)) problems.key(path, messages.reservedArgument(name));
    else if (!/^\w+$/.test(name) || /[,\n]/.test(text))
      problems.value(path, messages.badArgument(name, text));
    modelArgs[name] = text;
  }
  const { command, model, dtype, batchSize, device, tasks } = read;
  return {
    use: 'lm-eval',
    command,
    model,
    modelArgs,
    dtype,
    batchSize: String(batchSize),
    device,
    tasks,
    ...normalizeLaunching(read, input, context),
    silenceMs: silenceMs(read.silenceMinutes),
  };
}

function silenceMs(minutes: number): number {
  return Math.round(minutes * 60_000);
}

/** As Python reads it: True, not true. */
function argumentText(value: string | number | boolean): string {
  if (typeof value !== 'boolean') return String(value);
  return value ? 'True' : 'False';
}

function openAi(
  { use, url, timeoutSeconds, ...read }: Read<'openai'>,
  input: EngineInput,
  { problems }: Context,
): OpenAiUse {
  if (input.url === undefined) {
    problems.value(['engine', 'url'], messages.missingKey(['engine'], 'url', exampleAt(['engine', 'url'])));
  } else if (input.url !== null && !isServer(url)) problems.value(['engine', 'url'], messages.badUrl(url));
  return { use, url: (url ?? '').replace(/\/+$/, ''), ...read, timeoutMs: 1000 * timeoutSeconds };
}

function isServer(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '') && !/\s/.test(text);
}
