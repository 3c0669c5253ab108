import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, type EngineIdentity, type JsonValue } from '@evalgraph/formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../spec/src/index.ts';
import { lockCheckpoint } from '../src/locks/checkpoint-lock.ts';
import { compareKeyParts, keyOf, readingParts, textFileParts } from '../src/plan/key.ts';
import { writeTinyModel } from './support/tiny-model.ts';

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

  it('have a part for a chat template that may render otherwise now, where it is applied alone', async () => {
    const engine = { name: 'embedded', numericsVersion: 1 } as unknown as EngineIdentity;
    const model = { maxLength: null, addBosToken: null } as Model;
    const partsOf = async (template: string) => {
      const folder = mkdtempSync(join(tmpdir(), 'chat-key-'));
      writeTinyModel(folder, 1);
      writeFileSync(join(folder, 'chat_template.jinja'), template);
      const declared = { source: folder, revision: null, subfolder: null };
      const lock = await lockCheckpoint(folder, declared, async () => ({ sha256: '0'.repeat(64), size: 1 }));
      return [readingParts(lock, model, engine, true), readingParts(lock, model, engine)];
    };
    const [ordinary] = await partsOf("{% for m in messages %}{{ m['role'] + m.content | trim }}{% endfor %}");
    for (const use of [
      '{{ 0.125|round(2) }}',
      "{{ '%.2f' % 0.5 }}",
      '{% macro f(x=1) %}{{ x }}{% endmacro %}',
    ]) {
      const [applied, other] = await partsOf(`{{ messages[0].content }}\n${use}`);
      expect(applied).not.toEqual(ordinary);
      expect(other).toEqual(ordinary);
    }
  });
});
