import { canonicalJson, type JsonValue } from '@evalgraph/formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeyParts, keyOf, textFileParts } from '../src/plan/key.ts';

describe('keys', () => {
  it('change when any leaf of the parts changes, and only then', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [before, now] = [a as JsonValue, b as JsonValue];
        const same = canonicalJson(before) === canonicalJson(now);
        expect(keyOf(before) === keyOf(now)).toBe(same);
        expect(compareKeyParts(before, now).length === 0).toBe(same);
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it('name the parts that differ', () => {
    const before = { task: { doc_to_text: 'Q' }, scoring: { metrics: ['acc'] }, data: {} };
    const now = { task: { doc_to_text: 'Q:' }, scoring: { metrics: ['acc', 'acc_norm'] }, data: {} };
    expect(compareKeyParts(before, now)).toEqual([
      { path: 'scoring.metrics.1', before: 'absent', now: '"acc_norm"' },
      { path: 'task.doc_to_text', before: '"Q"', now: '"Q:"' },
    ]);
  });

  it('have a part for a corpus that is a text file, and none for files of rows', () => {
    expect(textFileParts('/data/wiki.test.txt')).toEqual({ textFile: { version: 1 } });
    for (const path of ['/data/test.jsonl', '/data/test.parquet', '/data.txt/test.json']) {
      expect(textFileParts(path)).toEqual({});
    }
  });
});
