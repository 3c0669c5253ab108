/** generation_kwargs -> until, length, and the text that lm-eval writes into samples files. Greedy only. */
import { dumpsPython, PyFloat, type PyValue } from '@evalgraph/formats';
import * as messages from '../messages.ts';
import { DEFAULT_MAX_GEN_TOKS } from '../requests.ts';
import { GENERATION_KEYS } from './keys.ts';
import { numberOf, plainValue, type Reader, readerOf } from './reader.ts';
import type { GenerationConfig } from './types.ts';

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
    return { kwargsJson: json(kwargs), until: [fewshotDelimiter], maxGenToks: DEFAULT_MAX_GEN_TOKS };
  }
  if (node.kind !== 'map') {
    reader.problems.push(messages.wrongType('generation_kwargs', node, 'a map'));
    return { kwargsJson: '{}', until: [], maxGenToks: DEFAULT_MAX_GEN_TOKS };
  }
  const inner = readerOf(node, reader.problems);
  inner.onlyKeys(GENERATION_KEYS, 'generation_kwargs');
  const kwargs = new Map<string, PyValue>();
  for (const [key, entry] of node.entries)
    kwargs.set(String(key), plainValue(entry.value, String(key), reader.problems));

  const temperature = inner.node('temperature');
  if (temperature !== undefined) {
    const value = numberOf(temperature);
    if (value === null) reader.problems.push(messages.wrongType('temperature', temperature, 'a number'));
    // With do_sample: false lm-eval sets the temperature to 0 itself.
    else if (value !== 0 && inner.flag('do_sample', true)) {
      reader.problems.push(messages.samplingGeneration(temperature, `temperature is ${value}`));
    }
    kwargs.set('temperature', new PyFloat(value ?? 0));
  }
  const sample = inner.node('do_sample');
  if (inner.flag('do_sample', false) && sample !== undefined) {
    reader.problems.push(messages.samplingGeneration(sample, 'do_sample is true'));
  }
  if (!kwargs.has('until')) kwargs.set('until', [fewshotDelimiter]);
  return {
    kwargsJson: json(kwargs),
    until: node.entries.has('until') ? (inner.texts('until') ?? []) : [fewshotDelimiter],
    maxGenToks: maxGenToks(inner),
  };
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
