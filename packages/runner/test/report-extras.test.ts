/** What the runner adds to the scores: statistics, figures of others, charts of the pipeline's own, samples. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SERIES_DEFAULTS, seriesStatistics } from '@evalgraph/ppl-compare';
import { beforeAll, describe, expect, it } from 'vitest';
import { embeddedEngine } from '../../engines/src/embedded/adapter.ts';
import { messages as reportMessages } from '../../report/src/messages.ts';
import { collectReport, completeReport } from '../src/reporting/report-run.ts';
import { planPipeline } from '../src/workspace.ts';
import { reportCommand } from './support/commands.ts';
import { evaluate, lock } from './support/run.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

let workspace: Workspace;

beforeAll(async () => {
  workspace = makeWorkspace();
  await lock(workspace.root);
  await evaluate(workspace.root);
});

async function input() {
  const plan = planPipeline(workspace.root, 't', 'full');
  const collected = await collectReport(workspace.root, plan, embeddedEngine, { partial: true });
  return completeReport(workspace.root, plan, collected);
}

async function run(...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  await reportCommand(workspace.root, ['t', '--partial', ...args], (line) => lines.push(line));
  return lines.join('\n');
}

describe('a report', () => {
  it('has the statistics of each series, of the scores that stand in the result files', async () => {
    const { statistics = [] } = await input();
    const points = [1, 2].map((step) => {
      const file = `results/t/tiny@step_${step}/t_choice/results.json`;
      const { results } = JSON.parse(workspace.read(file)) as {
        results: Record<string, Record<string, number>>;
      };
      const { ['acc,none']: score = Number.NaN, ['acc_stderr,none']: stderr = Number.NaN } =
        results['t_choice'] ?? {};
      return { step, score, stderr };
    });
    const expected = seriesStatistics(points, { higherIsBetter: true, chance: 1 / 3, ...SERIES_DEFAULTS });
    const found = statistics.find(({ task }) => task === 't_choice');
    expect(found?.model).toBe('tiny');
    expect(found?.figures.find(({ label }) => label === 'Gain')?.value).toBe(expected.gain);
    expect(found?.figures.find(({ label }) => label === 'Total variation')?.value).toBe(
      expected.totalVariation,
    );
    expect(statistics.filter(({ isDetail }) => isDetail).map(({ task }) => task)).toEqual(['t_a', 't_b']);
  });

  it('reads samples a line at a time, and none of a checkpoint that has no result', async () => {
    const { samples } = await input();
    const place = { model: 'tiny', checkpoint: 'tiny@step_1', cell: 't_group', task: 't_a' };
    const rows: unknown[] = [];
    for await (const row of (await samples?.(place)) ?? []) rows.push(row);
    const file = join(workspace.root, 'results/t/tiny@step_1/t_group/samples_t_a.jsonl');
    expect(rows).toEqual(
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    );
    expect(await samples?.({ ...place, checkpoint: 'other' })).toBeNull();
  });

  it('has a page with questions, and the charts that lie in its folder', async () => {
    workspace.write(
      'pipelines/t/charts/mine.vl.json',
      JSON.stringify({ data: { name: 'scores' }, mark: 'point', encoding: { y: { field: 'task' } } }),
    );
    await run();
    for (const file of ['index.html', 'samples/0-list.js', 'charts/mine.svg']) {
      expect(existsSync(join(workspace.root, 'results/t/report', file)), file).toBe(true);
    }
    workspace.write('pipelines/t/charts/mine.vl.json', '{');
    await expect(run()).rejects.toThrow('pipelines/t/charts/mine.vl.json: it is no JSON');
    rmSync(join(workspace.root, 'pipelines/t/charts'), { recursive: true });
  });

  it('shows figures of others with their source, and refuses percent', async () => {
    const file = 'pipelines/t/pipeline.yaml';
    const before = workspace.read(file);
    const withFigure = (task: string, value: number): void =>
      workspace.write(
        file,
        `${before}references: [{ model: other, task: ${task}, value: ${value}, source: a page }]\n`,
      );
    withFigure('t_a', 0.5);
    expect((await input()).references).toEqual([
      { model: 'other', task: 't_a', value: 0.5, source: 'a page' },
    ]);
    withFigure('t_choice', 50);
    await expect(run('--format', 'md')).rejects.toThrow(
      reportMessages.noFraction('The reference figure of other', 't_choice', 50).message,
    );
    withFigure('t_choice', 0.5);
    expect(await run('--format', 'md')).toContain('other (reported)');
    workspace.write(file, before);
  });
});

describe('samples as a table', () => {
  it('have a line for each document, filter and metric, with the recorded number', async () => {
    const file = join(workspace.root, 'out/samples.csv');
    expect(await run('--samples', 'csv', '--out', file)).toContain('samples.csv: ');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const rows = readFileSync(
      join(workspace.root, 'results/t/tiny@step_2/t_choice/samples_t_choice.jsonl'),
      'utf8',
    )
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { doc_id: number; target: string; acc: number; resps: string[][][] },
      );
    // A spreadsheet would add up what begins with a minus and is no number by itself.
    expect(lines.filter((line) => line.startsWith('tiny,tiny@step_2,2,t_choice,'))).toEqual(
      rows.map(
        ({ doc_id, target, acc, resps }) =>
          `tiny,tiny@step_2,2,t_choice,${doc_id},none,acc,${acc},${target},,,'${resps.map(([pair]) => pair?.[0]).join(' ')},`,
      ),
    );
    // A column of numbers stays one: what is no number by itself stands beside it.
    const pages = lines.filter((line) => line.includes(',t_pages,'));
    expect(pages.length).toBeGreaterThan(0);
    for (const line of pages) expect(line).toMatch(/,(?:word|byte)_perplexity,,|,bits_per_byte,,/);
    expect(pages.every((line) => /,"\[-[\d.]+,\d+\]"$/.test(line))).toBe(true);
  });

  it('are csv only, and not both samples and tables', async () => {
    await expect(run('--samples', 'parquet')).rejects.toThrow('Legal values: csv.');
    await expect(run('--samples', 'csv', '--format', 'md')).rejects.toThrow('cannot be used with');
    await expect(run('--out', 'x')).rejects.toThrow('--out belongs to');
  });
});
