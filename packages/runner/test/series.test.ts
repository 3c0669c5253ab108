/** Series that name no steps: looked up when they are locked, pinned, and found to have grown by locking again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { messages, phrases } from '../src/locking/messages.ts';
import { planPipeline } from '../src/workspace.ts';
import { type FakeHub, type Files, filesIn, startFakeHub } from './support/fake-hub.ts';
import { lock } from './support/run.ts';
import { writeTinyModel } from './support/tiny-model.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

let workspace: Workspace;
let home = '';
let server: FakeHub | null = null;
beforeEach(() => {
  workspace = makeWorkspace();
  home = mkdtempSync(join(tmpdir(), 'evalgraph-hf-'));
  vi.stubEnv('HF_HOME', home);
  for (const name of ['HF_HUB_CACHE', 'HF_TOKEN', 'HF_HUB_OFFLINE']) vi.stubEnv(name, '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
  server = null;
  rmSync(workspace.root, { recursive: true });
  rmSync(home, { recursive: true });
});

function pipeline(model: string): void {
  workspace.write('pipelines/t/pipeline.yaml', `models:\n  m: ${model}\ntasks: [t_choice]\n`);
}

const checkpoints = (): readonly string[] =>
  planPipeline(workspace.root, 't', 'full').checkpoints.map(({ id }) => id);

function codesOf(work: () => unknown): readonly string[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems.map(({ code }) => code);
    throw error;
  }
}

describe('folders of this disk', () => {
  it.each([
    ['in a source', '{ source: ./models/tiny, checkpoints: { subfolder: "step_{step}" } }'],
    ['by themselves', '{ checkpoints: { folder: "./models/tiny/step_{step}" } }'],
  ])('%s: pinned by the lock, whatever comes later; locked again, they are found', async (_, model) => {
    pipeline(model);
    expect(codesOf(checkpoints)).toEqual(['series-not-locked']);
    expect(await lock(workspace.root)).toContain(phrases.stepsFound('m', [1, 2], 2));
    expect(checkpoints()).toEqual(['m@step_1', 'm@step_2']);
    writeTinyModel(join(workspace.root, 'models/tiny/step_10'), 10);
    // Neither is a checkpoint: no number, no config.json.
    writeTinyModel(join(workspace.root, 'models/tiny/step_x'), 11);
    workspace.write('models/tiny/step_11/optimizer.bin', '');
    expect(checkpoints()).toEqual(['m@step_1', 'm@step_2']);
    expect(await lock(workspace.root)).toContain(phrases.stepsFound('m', [10], 3));
    expect(checkpoints()).toEqual(['m@step_1', 'm@step_2', 'm@step_10']);
  });

  it('another pattern is not locked by the old lock, and one that fits nothing says so', async () => {
    pipeline('{ source: ./models/tiny, checkpoints: { subfolder: "step_{step}" } }');
    await lock(workspace.root);
    pipeline('{ source: ./models/tiny, checkpoints: { subfolder: "step_{step:07}" } }');
    expect(codesOf(checkpoints)).toEqual(['series-not-locked']);
    const error = await lock(workspace.root).catch((reason: unknown) => reason);
    expect((error as UserError).problems).toEqual([
      messages.emptySeries('m', 'step_{step:07}', 'models/tiny'),
    ]);
  });

  it('what else is wrong with the file is said first', async () => {
    pipeline('{ source: ./models/tiny, checkpoints: { subfolder: "step_{step}" }, max_lenght: 2 }');
    const error = await lock(workspace.root).catch((reason: unknown) => reason);
    expect((error as UserError).problems.map(({ code }) => code)).toEqual(['unknown-key']);
  });
});

describe('the hub', () => {
  async function serve(steps: readonly number[]): Promise<void> {
    await server?.close();
    const files = (step: number, prefix = ''): Files => {
      const folder = join(home, `model-${step}`);
      writeTinyModel(folder, step);
      return filesIn(folder, prefix);
    };
    server = await startFakeHub({
      repositories: [
        {
          kind: 'model',
          name: 'a/branches',
          branches: { main: {}, ...Object.fromEntries(steps.map((step) => [`step-${step}`, files(step)])) },
        },
        {
          kind: 'model',
          name: 'a/folders',
          branches: {
            main: Object.assign({}, ...steps.map((step) => files(step, `iter_${step}/`))) as Files,
          },
        },
      ],
    });
    vi.stubEnv('HF_ENDPOINT', server.endpoint);
  }

  it.each([
    ['branches', '{ source: "hf:a/branches", checkpoints: { revision: "step-{step}" } }', 'm@step-'],
    ['folders', '{ source: "hf:a/folders", checkpoints: { subfolder: "iter_{step}" } }', 'm@iter_'],
  ])('%s: asked when they are locked, and by no plan', async (_, model, start) => {
    await serve([5, 30]);
    pipeline(model);
    await lock(workspace.root);
    const asked = server?.seen.length;
    expect(checkpoints()).toEqual([`${start}5`, `${start}30`]);
    expect(server?.seen).toHaveLength(asked ?? -1);
    await serve([5, 30, 7]);
    expect(await lock(workspace.root)).toContain(phrases.stepsFound('m', [7], 3));
    expect(checkpoints()).toEqual([`${start}5`, `${start}7`, `${start}30`]);
  });

  it('offline a lock keeps what it has; without one it says why', async () => {
    await serve([5]);
    pipeline('{ source: "hf:a/branches", checkpoints: { revision: "step-{step}" } }');
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const error = await lock(workspace.root).catch((reason: unknown) => reason);
    expect((error as UserError).problems.map(({ code }) => code)).toEqual(['hub-offline']);
    vi.stubEnv('HF_HUB_OFFLINE', '');
    await lock(workspace.root);
    const before = workspace.read('pipelines/t/locks/series.json');
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    await lock(workspace.root).catch(() => {});
    expect(workspace.read('pipelines/t/locks/series.json')).toBe(before);
  });
});

describe('engine: auto', () => {
  const auto = 'models:\n  m: { source: ./models/pruned }\ntasks: [t_choice]\nengine: { use: auto }\n';

  it('is chosen when locked: the embedded one where it knows the architecture', async () => {
    workspace.write('pipelines/t/pipeline.yaml', auto);
    const before = planPipeline(workspace.root, 't', 'full');
    expect(before.engine).toBeNull();
    expect(before.unlocked).toContain('pipelines/t/locks/engine.json');
    await lock(workspace.root);
    const plan = planPipeline(workspace.root, 't', 'full');
    expect(plan.engine?.name).toBe('embedded');
    const named = auto.replace('auto', 'embedded');
    workspace.write('pipelines/t/pipeline.yaml', named);
    // The choice is in no key: only what was chosen.
    expect(planPipeline(workspace.root, 't', 'full').cells.map(({ key }) => key)).toEqual(
      plan.cells.map(({ key }) => key),
    );
  });

  it('lm-eval where it does not, with the reason', async () => {
    vi.stubEnv('PATH', `${join(import.meta.dirname, 'support/lm-eval')}:${process.env['PATH']}`);
    vi.stubEnv('FAKE_LM_EVAL', home);
    workspace.edit('models/pruned/config.json', 'LlamaForCausalLM', 'MambaForCausalLM');
    workspace.write('pipelines/t/pipeline.yaml', auto);
    const lines = await lock(workspace.root);
    expect(lines.find((line) => line.startsWith('engine '))).toMatch(
      /^engine lm-eval: .*m: .*MambaForCausalLM/,
    );
    const text = workspace.read('pipelines/t/locks/engine.json');
    expect(text).not.toContain(workspace.root);
    expect(planPipeline(workspace.root, 't', 'full').engine?.name).toBe('lm-eval');
  });
});
