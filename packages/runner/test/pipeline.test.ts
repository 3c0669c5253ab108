/** The main job on tiny checkpoints, without Nx: what runs again after each kind of change. */
import { appendFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate, lock, report } from './support/run.ts';
import { writeTinyModel } from './support/tiny-model.ts';
import { makeWorkspace, snapshot, type Workspace } from './support/workspace.ts';

const CHECKPOINTS = ['tiny@step_1', 'tiny@step_2', 'pruned'];
const TASKS = ['t_choice', 't_group', 't_generate', 't_pages'];
const MEASURED = ['tiny@step_2', 'pruned'].flatMap((checkpoint) => [
  `${checkpoint}/perplexity-wanda-t-32-pages`,
  `${checkpoint}/perplexity-lm-eval-t-pages`,
  `${checkpoint}/perplexity-wanda-t-32-pages-to-lm-eval-t-pages`,
]);
const ALL = [
  ...CHECKPOINTS.flatMap((checkpoint) => TASKS.map((task) => `${checkpoint}/${task}`)),
  ...MEASURED,
].sort();

/** Cells whose outcome is not "restored from the store". */
function worked(outcomes: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...outcomes].filter(([, outcome]) => outcome !== 'store'));
}

function all(cells: readonly string[], outcome: string): Readonly<Record<string, string>> {
  return Object.fromEntries(cells.map((cell) => [cell, outcome]));
}

describe('a pipeline', () => {
  let workspace: Workspace;
  let first: ReadonlyMap<string, string>;

  beforeAll(async () => {
    workspace = makeWorkspace();
    await lock(workspace.root);
    expect(Object.fromEntries(await evaluate(workspace.root))).toEqual(all(ALL, 'computed'));
    await report(workspace.root);
    first = snapshot(join(workspace.root, 'results'));
  });

  it('has results, samples, comparisons and a report', () => {
    const names = [...first.keys()];
    expect(names).toContain('t/tiny@step_1/t_group/samples_t_b.jsonl');
    expect(names).toContain('t/comparisons/pruned/comparison_report.md');
    expect(names).toContain('t/report/report.md');
    expect(names).toContain('t/report/charts/learning-curves.png');
    expect(names).toContain('t/summary.json');
  });

  it('gives the same bytes in another folder', async () => {
    const other = makeWorkspace();
    await lock(other.root);
    await evaluate(other.root);
    await report(other.root);
    expect(snapshot(join(other.root, 'results'))).toEqual(first);
  });

  it('restores everything from the store, also where results/ is gone', async () => {
    rmSync(join(workspace.root, 'results'), { recursive: true });
    expect(worked(await evaluate(workspace.root))).toEqual({});
    await report(workspace.root);
    expect(snapshot(join(workspace.root, 'results'))).toEqual(first);
  });

  it('locks again without a change: nothing is written', async () => {
    expect(await lock(workspace.root)).toEqual(['t: locks: 0 written, 4 unchanged']);
  });

  describe('after a change', () => {
    let copy: Workspace;
    const changed = (): Workspace => {
      const fresh = makeWorkspace();
      rmSync(fresh.root, { recursive: true });
      cpSync(workspace.root, fresh.root, { recursive: true, verbatimSymlinks: true });
      return fresh;
    };

    it('of a checkpoint’s weights, locked again: only its cells run', async () => {
      copy = changed();
      writeTinyModel(join(copy.root, 'models/tiny/step_1'), 11);
      await lock(copy.root);
      expect(worked(await evaluate(copy.root))).toEqual(
        all(
          TASKS.map((task) => `tiny@step_1/${task}`),
          'computed',
        ),
      );
    });

    it('of a prompt: only that task’s column runs', async () => {
      copy = changed();
      copy.edit('pipelines/t/tasks/t_generate.yaml', 'Q: ', 'Question: ');
      expect(worked(await evaluate(copy.root))).toEqual(
        all(
          CHECKPOINTS.map((checkpoint) => `${checkpoint}/t_generate`),
          'computed',
        ),
      );
    });

    it('of a metric: that column is scored again, and no token is computed', async () => {
      copy = changed();
      copy.edit(
        'pipelines/t/tasks/t_choice.yaml',
        '{ metric: acc }',
        '{ metric: acc }, { metric: acc_norm }',
      );
      const outcomes = worked(await evaluate(copy.root));
      const touched = CHECKPOINTS.flatMap((checkpoint) => [
        `${checkpoint}/t_choice`,
        `${checkpoint}/t_group`,
      ]);
      expect(outcomes).toEqual(all(touched, 'rescored'));
      const run = JSON.parse(copy.read('results/t/pruned/t_choice/run.json')) as {
        tokens: { computed: number };
      };
      expect(run.tokens.computed).toBe(0);
      const { results } = JSON.parse(copy.read('results/t/pruned/t_choice/results.json')) as {
        results: { t_choice: Record<string, number> };
      };
      expect(Object.keys(results.t_choice)).toContain('acc_norm,none');
    });

    it('of the checkpoints’ list: only the new one’s cells run', async () => {
      copy = changed();
      writeTinyModel(join(copy.root, 'models/tiny/step_3'), 4);
      copy.edit('pipelines/t/pipeline.yaml', '[1, 2]', '[1, 2, 3]');
      await lock(copy.root);
      const outcomes = worked(await evaluate(copy.root));
      // tiny@last, which the comparison measures, is step 3 now.
      const measured = MEASURED.filter((cell) => cell.startsWith('pruned/')).map((cell) => cell.slice(7));
      const own = [...TASKS, ...measured].map((task) => `tiny@step_3/${task}`);
      expect(outcomes).toEqual(all(own.sort(), 'computed'));
    });

    it('of the data, locked again: the tasks that read it run', async () => {
      copy = changed();
      appendFileSync(
        join(copy.root, 'datasets/t/questions.jsonl'),
        '{"question": "What ends?", "choices": ["a day", "a sea"], "answer": 0}\n',
      );
      await lock(copy.root);
      const outcomes = Object.keys(worked(await evaluate(copy.root)));
      expect(outcomes.filter((cell) => /t_pages|perplexity/.test(cell))).toEqual([]);
      expect(outcomes).toHaveLength(9);
    });
  });

  it('quick: a few checkpoints and documents, in a folder of their own', async () => {
    const outcomes = await evaluate(workspace.root, 'quick');
    expect([...outcomes.keys()].some((cell) => cell.startsWith('tiny@step_1'))).toBe(false);
    const quick = JSON.parse(workspace.read('results/t/quick/tiny@step_2/t_choice/results.json')) as {
      config: { limit: number };
      'n-samples': { t_choice: { original: number; effective: number } };
    };
    expect(quick.config.limit).toBe(2);
    expect(quick['n-samples'].t_choice).toEqual({ original: 6, effective: 2 });
    await report(workspace.root, 'quick');
    expect(workspace.read('results/t/quick/report/report.md')).toContain('2 documents');
  });
});
