/** `evalgraph report --partial`: of what is there, naming what is not; the same command completes it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runComparison } from '../src/comparison/comparison-run.ts';
import { planPipeline } from '../src/workspace.ts';
import { evalgraph } from './support/child.ts';
import { evaluate, lock, report } from './support/run.ts';
import { makeWorkspace } from './support/workspace.ts';

it('refuses by default, builds what is there if asked, and is whole in the end', async () => {
  const { root, read } = makeWorkspace();
  await lock(root);
  const empty = await evalgraph(root, ['report', '--partial']);
  expect(empty.code).toBe(1);
  await evaluate(root, 'full', (id) => id !== 'tiny@step_2/t_generate');

  const refused = await evalgraph(root, ['report']);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('results/t/tiny@step_2/t_generate/results.json');
  await expect(report(root)).rejects.toThrow(/t_generate/);
  expect(existsSync(join(root, 'results/t/report'))).toBe(false);

  const partial = await evalgraph(root, ['report', 't', '--partial']);
  expect([partial.code, partial.stderr]).toEqual([0, '']);
  expect(partial.stdout).toContain('  tiny@step_2/t_generate');
  expect(partial.stdout).toContain('  comparisons/pruned');
  const markdown = read('results/t/report/report.md');
  expect(markdown).toContain('Partial report');
  expect(markdown).toContain('tiny@step_2/t_generate');
  expect(existsSync(join(root, 'results/t/summary.json'))).toBe(false);

  await evaluate(root);
  await runComparison(root, planPipeline(root, 't', 'full'), 'pruned');
  const whole = await evalgraph(root, ['report', 't', '--partial']);
  expect(whole.stdout).not.toContain('still to come');
  const completed = read('results/t/report/report.md');
  expect(completed).not.toContain('Partial report');
  const summary = read('results/t/summary.json');
  await report(root);
  expect([read('results/t/report/report.md'), read('results/t/summary.json')]).toEqual([completed, summary]);
});

it('prints a format, and knows which there are', async () => {
  const { root } = makeWorkspace();
  await lock(root);
  await evaluate(root);
  const csv = await evalgraph(root, ['report', '--partial', '--format', 'csv']);
  expect(csv.stdout).toMatch(/^table,row,column,text,value/);
  expect(existsSync(join(root, 'results/t/report'))).toBe(false);
  const wrong = await evalgraph(root, ['report', '--partial', '--format', 'pdf']);
  expect(wrong.stderr).toContain('Legal values: md, csv, latex, json.');
});
