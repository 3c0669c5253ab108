/** Locks of checkpoints that stages make: what keeps one from being written is told, and no number is served without. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Pipeline } from '../../spec/src/index.ts';
import { verifiedFile } from '../../spec/src/layout.ts';
import { openDigestMemo } from '../src/locks/digest-memo.ts';
import { readCheckpointLock } from '../src/locks/read-checkpoint-lock.ts';
import type { StageContext } from '../src/stages/context.ts';
import { openLocking } from '../src/stages/lock-made.ts';
import { makeStage } from '../src/stages/make-stage.ts';
import { loadLocked, planPipeline, requireMade } from '../src/workspace.ts';
import { reportCommand } from './support/commands.ts';
import { evaluate, lock } from './support/run.ts';
import { writeTinyModel } from './support/tiny-model.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

/** The first lock loads the package of the trainings. */
const WAIT = { timeout: 30_000, interval: 50 };

const CHECKPOINTS = [1, 2].map((step) => ({
  name: `iter_000000${step}`,
  step,
  location: { kind: 'made' as const },
}));

function contextOf(root: string, notes: string[]): StageContext {
  const model = {
    name: 'm',
    source: { kind: 'made' as const, by: 'train' as const },
    checkpoints: CHECKPOINTS,
    series: true,
    evaluate: true,
    tasks: [],
    perplexity: [],
    maxLength: null,
    addBosToken: null,
  };
  return {
    root,
    pipeline: { name: 'p', models: [model], stages: [] as readonly never[] } as unknown as Pipeline,
    memo: openDigestMemo(join(root, 'verified.json')),
    env: {},
    signal: new AbortController().signal,
    note: (line) => notes.push(line),
  };
}

it('a checkpoint that cannot be locked is told at once and again at the end; the others are locked', async () => {
  const root = mkdtempSync(join(tmpdir(), 'lock-made-'));
  const notes: string[] = [];
  writeTinyModel(join(root, 'made/p/models/m/iter_0000001'), 1);
  const locking = openLocking('m', contextOf(root, notes));
  locking.add(1);
  // Its folder is not there: as where a disk is full, or somebody removed it.
  locking.add(2);
  // A rejection that nobody waits for would end the process here.
  await vi.waitFor(() => expect(notes.join('\n')).toContain('iter_0000002'), WAIT);
  await expect(locking.end()).rejects.toThrow(/iter_0000002/);
  expect(readCheckpointLock(root, 'made/p/locks/m/m@iter_0000001.json')).toMatchObject({ format: 2 });
});

it('a lock that cannot be written is told the same way', async () => {
  const root = mkdtempSync(join(tmpdir(), 'lock-made-'));
  const notes: string[] = [];
  writeTinyModel(join(root, 'made/p/models/m/iter_0000001'), 1);
  writeFileSync(join(root, 'made/p/locks'), 'a file where a folder should be');
  const locking = openLocking('m', contextOf(root, notes));
  locking.add(1);
  await vi.waitFor(() => expect(notes).not.toEqual([]), WAIT);
  await expect(locking.end()).rejects.toThrow(/made\/p\/locks/);
});

it('a listener that throws ends nothing: the lock’s failure and its own are told at the end', async () => {
  const root = mkdtempSync(join(tmpdir(), 'lock-made-'));
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const told = vi.fn(() => {
    throw new Error('the terminal is gone');
  });
  const locking = openLocking('m', { ...contextOf(root, []), note: told });
  locking.add(1);
  locking.add(2);
  await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(2), WAIT);
  await new Promise((resolve) => setImmediate(resolve));
  await expect(locking.end()).rejects.toThrow('the terminal is gone');
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

describe('weights that a stage made', () => {
  const TIMEOUT_MS = 300_000;
  const SPEC = 'pipelines/t/pipeline.yaml';
  const WEIGHTS = 'made/t/init/fresh/model.safetensors';
  let workspace: Workspace;

  const report = (): Promise<void> => reportCommand(workspace.root, ['t'], () => {});

  async function make(): Promise<void> {
    const { root } = workspace;
    const pipeline = loadLocked(root, 't');
    const { signal } = new AbortController();
    for (const stage of pipeline.stages) {
      const memo = openDigestMemo(verifiedFile(root));
      await makeStage(stage, { root, pipeline, memo, env: {}, signal, note: () => {} });
    }
  }

  beforeAll(async () => {
    workspace = makeWorkspace();
    workspace.write(
      SPEC,
      'models: { fresh: { init: { config: ./models/tiny/step_1, seed: 1 } } }\ntasks: [t_choice]\n',
    );
    await lock(workspace.root);
    await make();
    for (const [, origin] of await evaluate(workspace.root)) expect(origin).toBe('computed');
    await report();
  }, TIMEOUT_MS);

  it(
    'are not served under other settings, until the stage has run',
    async () => {
      workspace.edit(SPEC, 'seed: 1', 'seed: 2');
      const plan = planPipeline(workspace.root, 't', 'full');
      expect(() => requireMade(plan)).toThrow(/made under other settings .*\n.*npx nx run t\/fresh:init/);
      await expect(report()).rejects.toThrow(/another key/);
      for (const [, text] of await evaluate(workspace.root)) expect(text).toMatch(/no key|other settings/);
      workspace.edit(SPEC, 'seed: 2', 'seed: 1');
      await report();
    },
    TIMEOUT_MS,
  );

  it(
    'are not served after they were edited',
    async () => {
      const path = join(workspace.root, WEIGHTS);
      const before = readFileSync(path);
      const bytes = Buffer.from(before);
      bytes.fill(0, bytes.length - 64);
      writeFileSync(path, bytes);
      await expect(report()).rejects.toThrow(
        /model\.safetensors does not match its lock .*\n.*npx nx run t\/fresh:init/,
      );
      for (const [, text] of await evaluate(workspace.root)) expect(text).toMatch(/does not match its lock/);
      writeFileSync(path, before);
      await report();
    },
    TIMEOUT_MS,
  );

  it(
    'may be removed to save space: their results stay',
    async () => {
      rmSync(join(workspace.root, 'made/t/init'), { recursive: true });
      await report();
    },
    TIMEOUT_MS,
  );
});
