/** Real benchmark rows against lm-eval's own digests (real/make_real.py). Skipped where ../shared is absent. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dumpsPython, type PyValue, sha256Hex } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { leafTasks, openTaskLibrary, prepareTask, scoreTask } from '../src/index.ts';
import { fakeResponse } from './fake-model.ts';

const root = fileURLToPath(new URL('../../../../shared/benchmarks', import.meta.url));
const expected: Record<string, { rows: number; digest: string; scores: Record<string, number | string> }> =
  JSON.parse(readFileSync(new URL('./real/real.json', import.meta.url), 'utf8'));
const library = openTaskLibrary({ folders: [fileURLToPath(new URL('./real/tasks', import.meta.url))] });

describe('real text', () => {
  for (const [name, want] of Object.entries(expected)) {
    it.skipIf(!existsSync(root))(name, async () => {
      const [task] = leafTasks(library.resolve(name));
      if (task === undefined) throw new Error(`no task ${name}`);
      const prepared = await prepareTask(task, { root, numFewshot: null, limit: null, seed: 1234 });
      const responses = prepared.docs.map((doc) => doc.requests.map(fakeResponse));
      const scored = scoreTask(prepared, responses);
      const text = scored.samples.map((row) => {
        const values = Object.values(row.arguments).map(
          (argument): PyValue => Object.values(argument) as PyValue[],
        );
        const json = dumpsPython(values, { indent: null, ensureAscii: false });
        return `${[row.doc_hash, row.prompt_hash, row.target_hash, row.filter, json].join('\n')}\n`;
      });
      expect(scored.samples.length).toBe(want.rows);
      expect(sha256Hex(text.join(''))).toBe(want.digest);
      expect(Object.keys(scored.metrics)).toEqual(Object.keys(want.scores));
      for (const [key, value] of Object.entries(want.scores)) {
        const got = scored.metrics[key];
        if (typeof value !== 'number') expect(got, key).toBe(value);
        else expect(Math.abs(Number(got) - value), key).toBeLessThanOrEqual(1e-12 * Math.abs(value));
      }
    });
  }
});
