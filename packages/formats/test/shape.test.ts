/** Shapes: what fits is handed on as it is, what does not is named by its place. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecord } from '../src/record-file.ts';
import {
  count,
  dictionary,
  digest,
  either,
  flag,
  json,
  list,
  nullable,
  number,
  oneOf,
  optional,
  pair,
  record,
  type Shape,
  share,
  someOf,
  text,
  time,
  variant,
} from '../src/shape.ts';

const source = { file: 'results/x.json', remedy: 'Run it again.' };

const shape = record({
  name: text,
  isBig: flag,
  tasks: list(record({ dense: record({ value: number }), note: optional(text) })),
  'odd key': nullable(dictionary(count)),
});
const good = { name: 'a', isBig: false, tasks: [{ dense: { value: -1.5 } }], 'odd key': { b: 3 }, more: [] };

function said(content: string | Uint8Array, by: Shape<unknown> = shape): string {
  try {
    parseRecord(content, source, by);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'fine';
}

function saidOf(value: unknown, by: Shape<unknown> = shape): string {
  return said(JSON.stringify(value), by);
}

describe('a record', () => {
  it('is handed on as it is, with keys that nobody asked for', () => {
    expect(parseRecord(JSON.stringify(good), source, shape)).toEqual(good);
    expect(parseRecord(`\ufeff${JSON.stringify(good)}`, source, json)).toEqual(good);
  });

  it.each([
    [
      { ...good, tasks: [{ dense: { value: 1 } }, { dense: { value: 'x' } }] },
      'tasks[1].dense.value: found the text "x", expected a number',
    ],
    [{ ...good, tasks: [{ dense: [1] }] }, 'tasks[0].dense: found a list of 1, expected an object'],
    [{ ...good, tasks: [{ dense: { value: 1 }, note: null }] }, 'tasks[0].note: found null, expected a text'],
    [{ ...good, tasks: {} }, 'tasks: found an object, expected a list'],
    [{ ...good, name: undefined }, 'name: found nothing, expected this key'],
    [{ ...good, isBig: 'true' }, 'isBig: found the text "true", expected true or false'],
    [{ ...good, 'odd key': { b: -1 } }, '["odd key"].b: found -1, expected a whole number from 0'],
    [{ ...good, 'odd key': { b: 0.5 } }, '["odd key"].b: found 0.5, expected a whole number from 0'],
    [[good], 'found a list of 1, expected an object'],
    [null, 'found null, expected an object'],
    [7, 'found 7, expected an object'],
  ])('%j is refused by its place', (value, detail) => {
    expect(saidOf(value)).toBe(`results/x.json is damaged: ${detail}.\nRun it again.`);
  });

  it('takes no number that is infinite', () => {
    expect(said('{"a":1e999}', record({ a: number }))).toContain('a: found Infinity, expected a number');
    expect(said('{"a":[[-1e999]]}', json)).toContain('a[0][0]: found -Infinity');
  });

  it('does not take what an object inherits for its keys', () => {
    expect(saidOf({}, record({ constructor: json, toString: json }))).toContain('found nothing');
    expect(said('{"__proto__":{"a":1}}', record({ a: number }))).toContain('a: found nothing');
  });

  it.each([
    ['', 'it is empty'],
    [' \n', 'it is empty'],
    ['{"a":', 'it is not JSON'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'its bytes are not UTF-8'],
    [Buffer.from('"ä"').subarray(0, 2), 'its bytes are not UTF-8'],
    ['['.repeat(1_000_000), 'it is not JSON'],
    ['['.repeat(1_000_000) + ']'.repeat(1_000_000), 'nesting'],
  ])('content %# is named', (content, detail) => {
    expect(said(content, json)).toContain(
      `results/x.json is damaged: ${detail.startsWith('it') ? detail : ''}`,
    );
    expect(said(content, json)).toContain(detail);
  });
});

describe('the other shapes', () => {
  it('tell variants by their key', () => {
    const both = variant('kind', {
      a: record({ kind: oneOf('a'), x: number }),
      b: record({ kind: oneOf('b') }),
    });
    expect(saidOf({ kind: 'a', x: 1 }, both)).toBe('fine');
    expect(saidOf({ kind: 'a' }, both)).toContain('x: found nothing');
    expect(saidOf({ kind: 'toString' }, both)).toContain(
      'kind: found the text "toString", expected "a" or "b"',
    );
  });

  it.each([
    [pair(number, text), [1, 'a'], [1]],
    [someOf(number), [1], []],
    [share, 1, 1.1],
    [digest, 'a'.repeat(64), 'A'.repeat(64)],
    [time, '2026-01-31T12:00:00.000Z', '2026-13-31T12:00:00Z'],
    [oneOf(1), 1, 2],
    [either('a number or "N/A"', number, oneOf('N/A')), 'N/A', 'n/a'],
  ] as const)('%# takes the one and refuses the other', (by, right, wrong) => {
    expect(saidOf(right, by)).toBe('fine');
    expect(saidOf(wrong, by)).toContain('expected');
  });

  it('never throw anything but a message, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(['fine', 'resu']).toContain(saidOf(value).slice(0, 4));
        expect(saidOf(value, json)).toBe('fine');
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
