/**
 * Each folder of cases/spec is a pipeline and what becomes of it: expected.json, the normalised pipeline, or
 * expected.txt, what is printed. `vitest -u` rewrites them; read the difference.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { expect, test } from 'vitest';
import { loadPipeline } from '../../spec/src/index.ts';

const root = join(import.meta.dirname, 'cases/spec');
const cases = readdirSync(root).sort();

function outcome(name: string): { file: string; text: string } {
  try {
    const pipeline = loadPipeline(join(root, name, 'pipeline.yaml'), { root });
    return { file: 'expected.json', text: `${JSON.stringify(pipeline, null, 2)}\n` };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { file: 'expected.txt', text: `${error.message}\n` };
  }
}

test('there are cases of both kinds', () => {
  const good = cases.filter((name) => existsSync(join(root, name, 'expected.json')));
  expect(good.length).toBeGreaterThanOrEqual(10);
  expect(cases.length - good.length).toBeGreaterThanOrEqual(40);
});

test.each(cases)('%s', async (name) => {
  const { file, text } = outcome(name);
  const other = file === 'expected.json' ? 'expected.txt' : 'expected.json';
  expect(existsSync(join(root, name, other))).toBe(false);
  await expect(text).toMatchFileSnapshot(join(root, name, file));
});
