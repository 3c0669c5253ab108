/** Results that are read while another run puts newer ones into their place: the older or the newer, and nothing else. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shape } from '@evalgraph/formats';
import { expect, it } from 'vitest';
import { comparisonFigures } from '../../cli/src/figures.ts';
import { placeFiles, readPlacedRecord } from '../src/results/placed.ts';
import { planPipeline } from '../src/workspace.ts';
import { evaluate, lock, report } from './support/run.ts';
import { makeWorkspace } from './support/workspace.ts';

const REPLACEMENTS = 150;

it('a file and its manifest of two runs are read again, and called damaged by nobody', async () => {
  const root = mkdtempSync(join(tmpdir(), 'placed-'));
  const place = { root, folder: 'cell', command: 'npx nx run t:eval' };
  const write = (run: number): Promise<void> =>
    placeFiles(
      join(root, 'cell'),
      new Map([
        ['results.json', JSON.stringify({ run })],
        ['samples.jsonl', `${run}\n`],
      ]),
    );
  await write(0);
  let isOver = false;
  const read = async (): Promise<number> => {
    let last = 0;
    while (!isOver) {
      // There is no folder for the instant between the two.
      const found = await readPlacedRecord(place, 'results.json', shape.record({ run: shape.count }));
      if (found === null) continue;
      expect(found.run).toBeGreaterThanOrEqual(last);
      last = found.run;
    }
    return last;
  };
  const readers = [read(), read(), read()];
  for (let run = 1; run <= REPLACEMENTS; run += 1) await write(run);
  isOver = true;
  for (const last of await Promise.all(readers)) expect(last).toBeGreaterThan(0);
  // What is damaged for good is still told.
  writeFileSync(join(root, 'cell/results.json'), '{"run":7}');
  await expect(readPlacedRecord(place, 'results.json', shape.json)).rejects.toThrow('is damaged');
  rmSync(root, { recursive: true });
});

it('a comparison that is shown reads its own files alone', { timeout: 120_000 }, async () => {
  const workspace = makeWorkspace();
  const { root } = workspace;
  workspace.write(
    'pipelines/t/pipeline.yaml',
    `${workspace.read('pipelines/t/pipeline.yaml')}  other: { dense: tiny@first, pruned: pruned, tasks: [t_choice] }\n`,
  );
  await lock(root);
  await evaluate(root);
  await report(root);
  const plan = planPipeline(root, 't', 'full');
  const screen = { width: 100, colours: false, isLive: false } as unknown as Parameters<
    typeof comparisonFigures
  >[3];
  const before = await comparisonFigures(root, plan, ['other'], screen);
  expect(before.join('\n')).toContain('comparisons/other/comparison_report.md');
  // The files look like this for an instant while another task puts them into their place.
  for (const file of [
    'comparisons/pruned/comparison_results.json',
    'tiny@step_2/t_choice/results.json',
    'tiny@step_2/t_choice/manifest.json',
  ]) {
    workspace.write(`results/t/${file}`, '{');
  }
  expect(await comparisonFigures(root, plan, ['other'], screen)).toEqual(before);
  rmSync(root, { recursive: true });
});
