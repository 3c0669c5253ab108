/** Comparisons of more than one pair: several pruned models against one, and two series by step. */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type ComparisonSet, type SeriesComparisonRecord, UserError } from '@evalgraph/formats';
import { holm } from '@evalgraph/ppl-compare';

import { beforeAll, describe, expect, it } from 'vitest';
import { show } from '../../cli/src/commands/show/show.ts';
import { embeddedEngine } from '../../engines/src/embedded/adapter.ts';
import { toProjects } from '../../plugin/src/projects.ts';
import { runComparison } from '../src/comparison/comparison-run.ts';
import { runReport } from '../src/reporting/report-run.ts';
import { planPipeline } from '../src/workspace.ts';
import { compareCommand } from './support/commands.ts';
import { evaluate, lock, report } from './support/run.ts';
import { writeTinyModel } from './support/tiny-model.ts';
import { makeWorkspace, snapshot, type Workspace } from './support/workspace.ts';

const TEXT = '    seqlen: 32\n    corpus: ./datasets/t\n    column: page\n    split: pages\n';
const FORMS = `  several:
    dense: tiny@2
    pruned: [pruned, sparse@2, sparse@3]
    tasks: [t_choice, t_group]
    perplexity: [wanda, gptq]
    divergence: true
${TEXT}  series:
    dense: tiny
    pruned: sparse
    tasks: [t_choice, t_generate]
    perplexity: [wanda]
${TEXT}`;

function formsWorkspace(): Workspace {
  const workspace = makeWorkspace();
  writeTinyModel(join(workspace.root, 'models/tiny/step_4'), 4);
  for (const step of [1, 2, 3]) writeTinyModel(join(workspace.root, `models/sparse/step_${step}`), 4 + step);
  const yaml = workspace
    .read('pipelines/t/pipeline.yaml')
    .replace('steps: [1, 2] }', 'steps: [1, 2, 4] }')
    .replace(
      '  pruned: {',
      '  sparse:\n    source: ./models/sparse\n    checkpoints: { subfolder: "step_{step}", steps: [1, 2, 3] }\n    evaluate: false\n  pruned: {',
    );
  workspace.write('pipelines/t/pipeline.yaml', yaml + FORMS);
  return workspace;
}

describe('the plan', () => {
  it('has a pair for each pruned model and for each common step, and cells for those alone', async () => {
    const { root } = formsWorkspace();
    await lock(root);
    const pairs = (variant: 'full' | 'quick'): Record<string, string[]> =>
      Object.fromEntries(
        planPipeline(root, 't', variant).comparisons.map(({ use, pairs: list }) => [
          use.name,
          list.map(({ dense, pruned }) => `${dense.id} ${pruned.id}`),
        ]),
      );
    const several = ['tiny@step_2 pruned', 'tiny@step_2 sparse@step_2', 'tiny@step_2 sparse@step_3'];
    expect(pairs('full')).toEqual({
      pruned: ['tiny@step_4 pruned'],
      several,
      series: ['tiny@step_1 sparse@step_1', 'tiny@step_2 sparse@step_2'],
    });
    // Quick takes the last of the common steps, which is not the last of either series.
    expect(pairs('quick')).toEqual({
      pruned: ['tiny@step_4 pruned'],
      several,
      series: ['tiny@step_2 sparse@step_2'],
    });
    const cells = planPipeline(root, 't', 'full').cells.filter(
      ({ checkpoint }) => checkpoint.id === 'sparse@step_1',
    );
    expect(cells.map(({ name }) => name)).toEqual(['t_choice', 't_generate', 'perplexity-wanda-t-32-pages']);
  });

  it('makes one Nx project of each comparison, which waits for all of its cells', async () => {
    const { root } = formsWorkspace();
    await lock(root);
    const projects = toProjects({
      full: planPipeline(root, 't', 'full'),
      quick: planPipeline(root, 't', 'quick'),
    });
    const targets = (name: string) => projects[`results/t/comparisons/${name}`]?.targets ?? {};
    const needed = (target: unknown): readonly string[] =>
      (target as { dependsOn: readonly [{ projects: readonly string[] }] }).dependsOn[0].projects;
    const several = needed(targets('several')['compare']);
    expect(new Set(several).size).toBe(several.length);
    for (const id of ['tiny@step_2', 'pruned', 'sparse@step_2', 'sparse@step_3']) {
      expect(several).toContain(`t/${id}/t_choice`);
    }
    expect(needed(targets('several')['divergence'])).toHaveLength(3);
    expect(targets('series')['divergence']).toBeUndefined();
    expect(needed(targets('series')['compare'])).toHaveLength(12);
    expect(projects['results/t/comparisons/series']?.metadata?.description).toBe(
      'tiny (dense) against sparse (pruned)',
    );
    expect(targets('several')['compare']?.inputs).toContain(
      '{workspaceRoot}/pipelines/t/locks/sparse@step_3.json',
    );
  });
});

describe('a run', () => {
  let workspace: Workspace;
  const at = (file: string): string => `results/t/comparisons/${file}`;
  const read = (file: string): string => workspace.read(at(file));

  beforeAll(async () => {
    workspace = formsWorkspace();
    await lock(workspace.root);
    for (const [cell, outcome] of await evaluate(workspace.root)) {
      expect(outcome, cell).toMatch(/^(computed|rescored|store)$/);
    }
    await report(workspace.root);
  });

  it('writes all models of a set side by side, and for each what a pair has', () => {
    const names = readdirSync(join(workspace.root, at('several')), { recursive: true }).map(String);
    const own = ['comparison_report.md', 'comparison_results.json', 'original_model_results.json'];
    for (const model of ['pruned', 'sparse@step_2', 'sparse@step_3']) {
      for (const file of [...own, 'pruned_model_results.json', 'sparsity.json']) {
        expect(names).toContain(join(model, file));
      }
    }
    const text = read('several/comparison_report.md');
    expect(text).toMatch(/^\| Task +\| +Dense \| +pruned \| +sparse@step_2 \| +sparse@step_3 \|$/m);
    expect(text).toContain('[sparse@step_2](sparse%40step_2/comparison_report.md)');
    const headings = [...read('several/sparse@step_3/comparison_report.md').matchAll(/^## (.*)$/gm)].map(
      (match) => match[1],
    );
    expect(headings).toEqual(
      expect.arrayContaining(['Flips', 'From wanda to gptq', 'Divergence', 'Sparsity']),
    );
  });

  it("corrects p by Holm's method over all rows of all models", () => {
    const set = JSON.parse(read('several/comparison_results.json')) as ComparisonSet;
    const rows = set.models.flatMap(({ tasks }) => tasks);
    expect(rows).toHaveLength(6);
    const adjusted = holm(rows.map(({ analysis }) => analysis?.p ?? Number.NaN));
    expect(rows.map(({ adjustedP }) => adjustedP)).toEqual(adjusted);
    expect(set.models.map(({ name, among }) => [name, among])).toEqual(
      ['pruned', 'sparse@step_2', 'sparse@step_3'].map((model) => [
        `several/${model}`,
        { comparison: 'several', models: 3 },
      ]),
    );
    for (const { name } of set.models) {
      expect(read(`${name}/comparison_report.md`)).toContain('over all rows of the 3 pruned models');
    }
  });

  it('compares series at their common steps, and names the others', () => {
    const record = JSON.parse(read('series/comparison_results.json')) as SeriesComparisonRecord;
    expect(record).toMatchObject({ onlyDense: [4], onlyPruned: [3], leftOut: [] });
    expect(
      record.steps.map(({ step, dense, pruned }) => [step, dense.checkpoint, pruned.checkpoint]),
    ).toEqual([
      [1, 'tiny@step_1', 'sparse@step_1'],
      [2, 'tiny@step_2', 'sparse@step_2'],
    ]);
    expect(record.curves.map(({ task, points, change }) => [task, points.length, change === null])).toEqual([
      ['t_choice', 2, false],
      ['t_generate', 2, false],
    ]);
    expect(record.perplexity[0]?.points[1]?.interval95).toHaveLength(2);
    expect(readdirSync(join(workspace.root, at('series'))).sort()).toEqual([
      'comparison_report.md',
      'comparison_results.json',
      'key.json',
      'manifest.json',
    ]);
    const text = read('series/comparison_report.md');
    expect(text).toContain('Compared at 2 steps that both have: 1; 2.');
    expect(text).toContain('because only tiny has them: 4.');
    expect(text).toContain('because only sparse has them: 3.');
  });

  it('shows both forms in the report, its charts, its summary and the terminal', async () => {
    const text = workspace.read('results/t/report/report.md');
    expect(text).toContain('### [several](../comparisons/several/comparison_report.md)');
    expect(text).toContain('### [several/pruned](../comparisons/several/pruned/comparison_report.md)');
    expect(text).toContain('### [series](../comparisons/series/comparison_report.md)');
    for (const chart of ['comparison-several', 'flips-several_pruned', 'comparison-series']) {
      expect(existsSync(join(workspace.root, `results/t/report/charts/${chart}.png`)), chart).toBe(true);
    }
    const { comparisons } = JSON.parse(workspace.read('results/t/summary.json')) as {
      comparisons: { name: string }[];
    };
    expect(new Set(comparisons.map(({ name }) => name))).toEqual(
      new Set([
        'pruned',
        'several/pruned',
        'several/sparse@step_2',
        'several/sparse@step_3',
        'series@1',
        'series@2',
      ]),
    );
    const { root } = workspace;
    const screen = { width: 100, isColoured: false, isLive: false };
    const lines = await show(root, planPipeline(root, 't', 'full'), null, screen);
    expect(lines.join('\n')).toMatch(
      /Comparison series\n+Dense: tiny\nPruned: sparse\n+Compared at 2 steps that both have: 1; 2\.[\s\S]*Over the steps\n/,
    );
  });

  it('says which steps a quick run left out', async () => {
    await evaluate(workspace.root, 'quick');
    await report(workspace.root, 'quick');
    const text = workspace.read('results/t/quick/comparisons/series/comparison_report.md');
    expect(text).toContain('Compared at 1 step that both have: 2.');
    expect(text).toContain('Left out of this quick run: 1.');
  });

  it('needs the weights of a series once', async () => {
    const { root } = workspace;
    const before = snapshot(join(root, at('series')));
    renameSync(join(root, 'models/sparse/step_1'), join(root, 'models/sparse/away'));
    await runComparison(root, planPipeline(root, 't', 'full'), 'series');
    renameSync(join(root, 'models/sparse/away'), join(root, 'models/sparse/step_1'));
    expect(snapshot(join(root, at('series')))).toEqual(before);
  });

  it('refuses a file of another comparison, and is left out of a partial report by name', async () => {
    const { root } = workspace;
    const plan = planPipeline(root, 't', 'full');
    const names = ['comparison_results.json', 'key.json', 'manifest.json'];
    const before = names.map((name) => read(`series/${name}`));
    for (const name of names) workspace.write(at(`series/${name}`), read(`several/${name}`));
    await expect(runReport(root, plan, embeddedEngine)).rejects.toThrow(UserError);
    expect(await runReport(root, plan, embeddedEngine, { partial: true })).toEqual(['comparisons/series']);
    for (const [index, name] of names.entries()) workspace.write(at(`series/${name}`), before[index] ?? '');
  });

  it('takes a list of one for a pair: the same files, the same bytes', async () => {
    const { root } = workspace;
    const before = snapshot(join(root, at('pruned')));
    workspace.edit('pipelines/t/pipeline.yaml', '    pruned: pruned\n', '    pruned: [pruned]\n');
    await runComparison(root, planPipeline(root, 't', 'full'), 'pruned');
    expect(snapshot(join(root, at('pruned')))).toEqual(before);
  });

  it('compares several models without a pipeline', async () => {
    const { root } = workspace;
    const lines: string[] = [];
    const models = ['tiny/step_2', 'pruned', 'sparse/step_2'].map((name) => join(root, 'models', name));
    const output = join(root, 'compared');
    const args = ['--tasks', 't_choice', '--include', join(root, 'pipelines/t/tasks'), '--output', output];
    await compareCommand(root, [...models, ...args], (line) => lines.push(line));
    expect(lines.join('\n')).toContain('comparison: dense and 2 pruned models');
    expect(existsSync(join(output, 'step_2/comparison_results.json'))).toBe(true);
  });
});
