/** generation_kwargs -> until, length, sampling, and the text that lm-eval writes into samples files. */
import {
  dumpsPython,
  type JsonValue,
  type Problem,
  type PyDict,
  PyFloat,
  type PyValue,
  parsePythonJson,
} from '@evalgraph/formats';
import { type GenerationKeys, wrongGenerationKey } from '@evalgraph/tokenizer/generation';
import { messages } from '../messages.ts';
import { DEFAULT_MAX_GEN_TOKS } from '../requests.ts';
import type { GenerationConfig, SamplingConfig } from '../task.ts';
import { nodeOf } from '../yaml/node.ts';
import { numberOf, plainValue, type Reader, readerOf } from '../yaml/reader.ts';
import { GENERATION_KEYS, PROCESSING_KEYS } from './keys.ts';

const LENGTH_KEYS = ['max_gen_toks', 'max_new_tokens', 'max_tokens', 'max_completion_tokens'];

export function generationConfig(reader: Reader, fewshotDelimiter: string): GenerationConfig {
  const node = reader.node('generation_kwargs');
  if (node === undefined) {
    const kwargs = new Map<string, PyValue>([
      ['temperature', new PyFloat(0)],
      ['do_sample', false],
      ['max_gen_toks', DEFAULT_MAX_GEN_TOKS],
      ['until', [fewshotDelimiter]],
    ]);
    return {
      kwargsJson: json(kwargs),
      until: [fewshotDelimiter],
      maxGenToks: DEFAULT_MAX_GEN_TOKS,
      sampling: null,
      rules: {},
    };
  }
  if (node.kind !== 'map') {
    reader.problems.push(messages.wrongType('generation_kwargs', node, 'a map'));
    return { kwargsJson: '{}', until: [], maxGenToks: DEFAULT_MAX_GEN_TOKS, sampling: null, rules: {} };
  }
  const inner = readerOf(node, reader.problems);
  inner.onlyKeys(GENERATION_KEYS, 'generation_kwargs');
  const kwargs = new Map<string, PyValue>();
  for (const [key, entry] of node.entries)
    kwargs.set(String(key), plainValue(entry.value, String(key), reader.problems));

  const sampling = samplingConfig(inner, kwargs);
  if (!kwargs.has('until')) kwargs.set('until', [fewshotDelimiter]);
  return {
    kwargsJson: json(kwargs),
    until: node.entries.has('until') ? (inner.texts('until') ?? []) : [fewshotDelimiter],
    maxGenToks: maxGenToks(inner),
    sampling,
    rules: generationRules(inner, kwargs),
  };
}

/** What stands for the file in a position within keys that no file of the library has. */
export const GENERATION_OVERRIDES = 'generation_kwargs';

/** @param over keys that replace those of `base`; the others stay. */
export function mergedGeneration(
  base: GenerationConfig,
  over: PyDict,
  problems: Problem[],
): GenerationConfig {
  const own = parsePythonJson(base.kwargsJson);
  const merged = new Map([...(own instanceof Map ? (own as PyDict) : []), ...over]);
  const map = nodeOf(GENERATION_OVERRIDES, new Map([['generation_kwargs', merged]]));
  if (map.kind !== 'map') throw new TypeError('generation_kwargs is no map');
  // `until` is among the keys of every configuration, so the delimiter is not asked for.
  return generationConfig(readerOf(map, problems), '');
}

/** What transformers takes where a task samples and names none (its GenerationConfig). */
const DEFAULT_TEMPERATURE = 1;

/**
 * lm-eval samples with do_sample: true, or without do_sample at a temperature above 0; do_sample: false is greedy
 * whatever the temperature. A temperature is written into `kwargs` as Python's float.
 */
function samplingConfig(reader: Reader, kwargs: Map<string, PyValue>): SamplingConfig | null {
  const number = (key: string, legal: (value: number) => boolean, says: string): number | null => {
    const node = reader.node(key);
    if (node === undefined) return null;
    const value = numberOf(node);
    if (value !== null && legal(value)) return value;
    reader.problems.push(messages.wrongType(key, node, says));
    return null;
  };
  const temperature = number('temperature', (value) => value >= 0, 'a number from 0');
  if (temperature !== null) kwargs.set('temperature', new PyFloat(temperature));
  const topK = number('top_k', (value) => Number.isInteger(value) && value >= 0, 'a whole number from 0');
  const topP = number('top_p', (value) => value > 0 && value <= 1, 'a number above 0, up to 1');
  const sample = reader.node('do_sample');
  const asked = reader.flag('do_sample', (temperature ?? 0) > 0);
  if (!asked) return null;
  if (temperature === 0 && sample !== undefined) {
    reader.problems.push(messages.samplingAtZero(sample));
    return null;
  }
  return { temperature: temperature ?? DEFAULT_TEMPERATURE, topK, topP };
}

/** The keys that transformers applies to a model's logits; null switches a checkpoint's own off. */
function generationRules(reader: Reader, kwargs: ReadonlyMap<string, PyValue>): GenerationKeys {
  const rules: Record<string, JsonValue> = {};
  for (const key of PROCESSING_KEYS) {
    const node = reader.entry(key)?.value;
    if (node === undefined) continue;
    const value = plainJson(kwargs.get(key) ?? null);
    const wrong = value === undefined ? 'plain JSON' : wrongGenerationKey(key, value);
    if (value !== undefined && wrong === null) rules[key] = value;
    else reader.problems.push(messages.wrongType(key, node, wrong ?? 'plain JSON'));
  }
  return rules;
}

/** undefined: infinite numbers and the like, which JSON lacks. */
function plainJson(value: PyValue): JsonValue | undefined {
  if (value instanceof PyFloat) return Number.isFinite(value.value) ? value.value : undefined;
  if (value instanceof Map) return undefined;
  if (!Array.isArray(value)) return typeof value === 'bigint' ? undefined : (value as JsonValue);
  const items = (value as readonly PyValue[]).map(plainJson);
  return items.every((item) => item !== undefined) ? (items as readonly JsonValue[]) : undefined;
}

function maxGenToks(reader: Reader): number {
  for (const key of LENGTH_KEYS) {
    const value = reader.integer(key);
    if (value === null) continue;
    const node = reader.node(key);
    if (value > 0 || node === undefined) return value;
    reader.problems.push(messages.wrongType(key, node, 'a whole number above 0'));
  }
  return DEFAULT_MAX_GEN_TOKS;
}

function json(kwargs: ReadonlyMap<string, PyValue>): string {
  return dumpsPython(kwargs, { indent: null, ensureAscii: false });
}
