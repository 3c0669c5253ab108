/**
 * The ready pipeline tinystory, made small: text, cleaning, packing, three trainings by PyTorch, pruning, evaluation and
 * the report in one run; then the same again, after a kill, and after a changed step. Needs EVALGRAPH_PYTHON.
 */
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgePython, NEEDS_PYTHON } from '../../formats/test/judges.ts';
import { initCommand } from './support/commands.ts';
import { cellsRun, nx, stageOutcomes, startNx } from './support/nx.ts';
import { lock } from './support/run.ts';
import { makeWorkspace, repository, type Workspace } from './support/workspace.ts';

/** Four hundred steps of a small model, on two cores that others use as well. */
const TIMEOUT_MS = 600_000;
const LAST = 240;

let workspace: Workspace;

function report(): { readonly text: string; readonly stages: Readonly<Record<string, string>> } {
  const { code, text } = nx(workspace, 'run-many -t report --output-style=static');
  expect(text).toContain('Successfully ran target report');
  expect(code).toBe(0);
  return { text, stages: stageOutcomes(text) };
}

/** Step and loss of each line: speeds differ from run to run. */
function curve(model: string): readonly string[] {
  const log = workspace.read(`made/story/models/${model}/train.jsonl`).trimEnd().split('\n');
  return log.map((line) => {
    const { step, loss } = JSON.parse(line) as { step: number; loss: number };
    return `${step} ${loss}`;
  });
}

function lockOf(checkpoint: string): string {
  const file = `made/story/locks/${checkpoint.split('@')[0] ?? ''}/${checkpoint}.json`;
  return (JSON.parse(workspace.read(file)) as { digest: string }).digest;
}

describe.skipIf(judgePython === undefined)(`tinystory (${NEEDS_PYTHON})`, () => {
  beforeAll(async () => {
    workspace = makeWorkspace();
    rmSync(join(workspace.root, 'pipelines/t'), { recursive: true });
    symlinkSync(join(repository, 'models/demo'), join(workspace.root, 'models/demo'));
    // Under another name, as somebody copies it who has one already.
    await initCommand(workspace.root, ['--from', 'tinystory', '--name', 'story'], () => {});
    const file = 'pipelines/story/pipeline.yaml';
    workspace.edit('pipelines/story/text/project.json', 'write.ts', 'write.ts 1500');
    workspace.edit(file, 'max_steps: 400', `max_steps: ${LAST}`);
    workspace.edit(file, 'save_at: [0, 50, 100, 200]', 'save_at: [0, 40, 80, 120]');
    for (const _ of ['shallow', 'deep']) {
      workspace.edit(file, 'max_steps: 100,', 'max_steps: 20,');
      workspace.edit(file, 'save_at: [0, 50]', 'save_at: [10]');
    }
    await lock(workspace.root);
  }, TIMEOUT_MS);

  afterAll(() => rmSync(workspace.root, { recursive: true }));

  it(
    'goes from text to a verdict in one run, and does nothing in the next',
    () => {
      const first = report();
      expect(new Set(Object.values(first.stages))).toEqual(new Set(['made']));
      expect(Object.keys(first.stages)).toHaveLength(9);
      const cells = cellsRun(first.text);
      expect(cells).toContain(`story/small@iter_0000${LAST}/story_facts`);
      expect(cells).toContain('story/wanda-2-4/story_pages');
      expect(cells).toContain('story/deep@iter_0000020/samples');
      const text = workspace.read('results/story/report/report.md');
      for (const step of [
        'length',
        'language',
        'repetition',
        'exact-duplicates',
        'near-duplicates',
        'decontaminate',
      ]) {
        const row = text.split('\n').find((line) => line.startsWith(`| ${step} `)) ?? '';
        const [, , , removed = ''] = row.split('|').map((cell) => cell.trim());
        expect(Number(removed.replaceAll(',', '')), row).toBeGreaterThan(0);
      }
      expect(text).toContain('## What the checkpoints write');
      expect(existsSync(join(workspace.root, 'results/story/report/charts/training.svg'))).toBe(true);
      const losses = curve('small').map((line) => Number(line.split(' ')[1]));
      expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 4);
      const compared = workspace.read('results/story/comparisons/wanda-2-4/comparison_report.md');
      expect(compared).toMatch(/Sparsity/);
      const second = report();
      expect(new Set(Object.values(second.stages))).toEqual(new Set(['made already']));
      expect(cellsRun(second.text)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'killed during a training, the next run goes on from the last saved step with the same losses and the same weights',
    async () => {
      const before = { curve: curve('small'), lock: lockOf(`small@iter_0000${LAST}`) };
      const folder = join(workspace.root, 'made/story/models/small');
      rmSync(folder, { recursive: true });
      const child = startNx(workspace, 'run story/small:train');
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      while (!existsSync(join(folder, 'iter_0000080'))) await sleep(50);
      expect(child.exitCode).toBeNull();
      process.kill(-(child.pid ?? Number.NaN), 'SIGKILL');
      await ended;
      expect(existsSync(join(folder, `iter_0000${LAST}`))).toBe(false);
      const { text } = nx(workspace, 'run story/small:train --output-style=static');
      expect(text).toMatch(/small \(train\): going on from step (80|1\d\d) of/);
      expect(curve('small')).toEqual(before.curve);
      expect(lockOf(`small@iter_0000${LAST}`)).toBe(before.lock);
      expect(cellsRun(report().text)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'other settings of one model train that one again, and what is made from it',
    () => {
      const before = lockOf(`small@iter_0000${LAST}`);
      workspace.edit('pipelines/story/pipeline.yaml', 'save_at: [10]', 'save_at: [5]');
      const { stages, text } = report();
      expect(stages).toMatchObject({ 'small (train)': 'made already', 'shallow (init)': 'made already' });
      const made = Object.keys(stages).filter((stage) => stages[stage] === 'made');
      expect(made).toEqual(['shallow (train)']);
      const cells = cellsRun(text);
      expect(cells).toContain('story/shallow@iter_0000005/story_facts');
      expect(cells.filter((cell) => !cell.startsWith('story/shallow@'))).toEqual([]);
      expect(lockOf(`small@iter_0000${LAST}`)).toBe(before);
      const folder = join(workspace.root, 'made/story/models/shallow');
      expect(existsSync(join(folder, 'iter_0000010'))).toBe(false);
      expect(readFileSync(join(folder, 'iter_0000005/config.json'), 'utf8')).toContain(
        '"num_hidden_layers": 3',
      );
    },
    TIMEOUT_MS,
  );
});
