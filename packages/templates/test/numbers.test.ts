/**
 * CPython is the judge of numbers and of what is made of them: cases/make_numbers.py writes random formats, values and
 * operations with what Python gave. A file of them is committed; where EVALGRAPH_PYTHON names a Python that has jinja2,
 * it writes new ones.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PyFloat, type PyValue, parsePythonJson } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { FUZZ_TIMEOUT_MS, fuzz } from '../../formats/test/fuzz-support.ts';
import { NEEDS_PYTHON, judgePython as python } from '../../formats/test/judges.ts';
import { applyFilter } from '../src/jinja/filters.ts';
import { attribute } from '../src/jinja/members.ts';
import { arithmetic } from '../src/jinja/operators.ts';
import { Callable, plainOf } from '../src/jinja/runtime.ts';
import { formatSpec } from '../src/python/format-number.ts';
import { formatPercent } from '../src/python/format-percent.ts';
import { repr } from '../src/python/repr.ts';
import { compare, equals, isDict, PyTuple, PythonError, type Value } from '../src/python/value.ts';

/** Cases that one run of a property stands for. */
const CASES_PER_RUN = 10;

type Row = readonly PyValue[];

function computed([kind, ...input]: Row): Value {
  const [a = null, b = null, c = null] = input as readonly Value[];
  switch (kind) {
    case 'percent':
      return formatPercent(String(a), isDict(b) ? b : new PyTuple(b as readonly Value[]));
    case 'percent one':
      return formatPercent(String(a), b);
    case 'spec':
      return formatSpec(b, String(a));
    case 'fields': {
      const method = attribute(String(a), 'format');
      if (!(method instanceof Callable)) throw new TypeError('no method');
      return plainOf(
        method.call({ positional: b as readonly Value[], named: c as ReadonlyMap<string, Value> }),
      );
    }
    case 'operator':
      if (a === '<') return compare(b, c) < 0;
      if (a === '>=') return compare(b, c) >= 0;
      return a === '==' ? equals(b, c) : arithmetic(String(a), b, c);
    case 'filter':
      return plainOf(applyFilter(String(a), b, { positional: c as readonly Value[], named: new Map() }));
    default:
      throw new TypeError(`unknown kind ${String(kind)}`);
  }
}

function told(row: Row): string {
  try {
    return repr(computed(row));
  } catch (error) {
    if (error instanceof PythonError) return 'error';
    throw error;
  }
}

/** Lines that differ, each with both answers. */
function differing(lines: string): readonly string[] {
  const found: string[] = [];
  for (const line of lines.trimEnd().split('\n')) {
    const row = parsePythonJson(line) as Row;
    const last = row.at(-1);
    if (!isDict(last)) throw new TypeError(line);
    const expected = String(last.get('value') ?? 'error');
    const got = told(row.slice(0, -1));
    if (got !== expected) found.push(`${line} but ${got}`);
  }
  return found;
}

describe('numbers', () => {
  it('are formatted and computed as CPython does', () => {
    const lines = readFileSync(new URL('./cases/numbers.jsonl', import.meta.url), 'utf8');
    expect(differing(lines)).toEqual([]);
  });

  it.skipIf(python === undefined)(
    `of new random cases too (${NEEDS_PYTHON})`,
    () => {
      const { numRuns, seed } = fuzz(300);
      const script = fileURLToPath(new URL('./cases/make_numbers.py', import.meta.url));
      const { stdout, stderr, status } = spawnSync(
        python ?? '',
        [script, String(numRuns * CASES_PER_RUN), String(seed)],
        { encoding: 'utf8', maxBuffer: 2 ** 30, env: { ...process.env, PYTHONIOENCODING: 'utf8' } },
      );
      expect(status, stderr).toBe(0);
      expect(differing(stdout)).toEqual([]);
    },
    FUZZ_TIMEOUT_MS,
  );

  it('keeps ints and floats apart', () => {
    expect(repr(arithmetic('+', 2 ** 53 - 1, 2))).toBe('9007199254740993');
    expect(repr(arithmetic('*', new PyFloat(-0), 1))).toBe('-0.0');
  });
});
