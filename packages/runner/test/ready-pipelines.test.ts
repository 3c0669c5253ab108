/**
 * Every pipeline that ships ready, as it is: initialised, locked, run in quick form and reported, against a hub of tiny
 * models and invented rows under the real names.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseResults } from '@evalgraph/formats';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readyPipelines } from '../../cli/src/commands/init/init.ts';
import type { Variant } from '../../spec/src/layout.ts';
import { runComparison } from '../src/comparison/comparison-run.ts';
import { runReport } from '../src/reporting/report-run.ts';
import { runCells } from '../src/run/cells-run.ts';
import { plannedEngine } from '../src/run/planned-engine.ts';
import { lineProgress } from '../src/run/progress.ts';
import { planPipeline } from '../src/workspace.ts';
import { start } from './support/child.ts';
import { initCommand, lockCommand, planCommand } from './support/commands.ts';
import { type FakeHub, type FakeRepository, startFakeHub } from './support/fake-hub.ts';
import { DENSE_STEPS, readyRepositories, SMOLLM2_STEPS, writeLongModel } from './support/ready-hub.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

/** 27 worker processes one after the other, on two cores that others use as well. */
const TIMEOUT_MS = 300_000;

let repositories: readonly FakeRepository[] = [];
beforeAll(() => {
  repositories = readyRepositories();
}, TIMEOUT_MS);

let server: FakeHub;
let workspace: Workspace;
let home = '';
beforeEach(async () => {
  server = await startFakeHub({ repositories });
  home = mkdtempSync(join(tmpdir(), 'evalgraph-hf-'));
  vi.stubEnv('HF_HOME', home);
  vi.stubEnv('HF_HUB_CACHE', '');
  vi.stubEnv('HF_TOKEN', '');
  vi.stubEnv('HF_ENDPOINT', server.endpoint);
  vi.stubEnv('HF_HUB_OFFLINE', '');
  workspace = makeWorkspace();
  rmSync(join(workspace.root, 'pipelines/t'), { recursive: true });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  rmSync(home, { recursive: true });
  rmSync(workspace.root, { recursive: true });
});

const quiet = (): void => {};

async function locked(name: string): Promise<readonly string[]> {
  await initCommand(workspace.root, ['--from', name], quiet);
  const lines: string[] = [];
  await lockCommand(workspace.root, [name], (line) => lines.push(line));
  expect(planPipeline(workspace.root, name, 'full').unlocked).toEqual([]);
  return lines;
}

/** @returns outcomes by cell. */
async function run(name: string, variant: Variant): Promise<ReadonlyMap<string, string>> {
  const { root } = workspace;
  const plan = planPipeline(root, name, variant);
  const engine = plannedEngine(plan);
  const outcomes = new Map<string, string>();
  const progress = lineProgress({ write: quiet });
  for await (const { cell, result } of runCells({ root, plan, cells: plan.cells, engine, progress })) {
    outcomes.set(cell.id, result.ok ? result.origin : result.text);
  }
  const failed = [...outcomes].filter(([, text]) => !/^(computed|resumed|rescored|store)$/.test(text));
  expect(failed).toEqual([]);
  for (const { use } of plan.comparisons) await runComparison(root, plan, use.name);
  await runReport(root, plan, engine);
  return outcomes;
}

function weightsAsked(): readonly string[] {
  return server.seen.flatMap(({ at, path }) => (at === 'hub' && path.endsWith('.safetensors') ? [path] : []));
}

it('they are those that this file tests', () => {
  expect(readyPipelines()).toEqual([
    'demo-series',
    'dense500m-mmlu',
    'dense500m-mmlu-7',
    'llama2-wanda',
    'smollm2-checkpoints',
    'smollm2-sizes',
    // In tinystory.test.ts: it asks no hub for anything.
    'tinystory',
  ]);
});

describe('ready pipelines', { timeout: TIMEOUT_MS }, () => {
  it('dense500m-mmlu, and its seven points from the same results', async () => {
    const lines = await locked('dense500m-mmlu');
    expect(lines).toContain(
      'engine embedded: the embedded engine computes LlamaForCausalLM, which all 27 checkpoints are',
    );
    expect(weightsAsked()).toEqual([]);
    expect(server.contentRequests().filter(({ path }) => path.endsWith('.parquet'))).toEqual([]);
    const outcomes = await run('dense500m-mmlu', 'quick');
    expect(outcomes).toEqual(
      new Map(
        ['0002000', '0028000', '0054000'].map((step) => [`dense500m@iter_${step}/mmlu`, 'computed'] as const),
      ),
    );
    const file = 'results/dense500m-mmlu/quick/dense500m@iter_0002000/mmlu/results.json';
    const results = parseResults(workspace.read(file), file);
    expect(
      Object.keys(results.results).filter((task) => results.sampleCounts[task]?.effective === 1),
    ).toHaveLength(57);
    expect(existsSync(join(workspace.root, 'results/dense500m-mmlu/quick/report/report.md'))).toBe(true);
    await locked('dense500m-mmlu-7');
    const seven = await run('dense500m-mmlu-7', 'quick');
    // Cells of checkpoints run side by side, and end in either order.
    expect(seven).toEqual(
      new Map([
        ['dense500m@iter_0002000/mmlu', 'store'],
        ['dense500m@iter_0026000/mmlu', 'computed'],
        ['dense500m@iter_0050000/mmlu', 'computed'],
      ]),
    );
  });

  it('smollm2-checkpoints: steps that the hub is asked for, and seven tasks', async () => {
    const lines = await locked('smollm2-checkpoints');
    expect(lines[0]).toBe('smollm2: 3 checkpoints, steps 125000, 250000, 375000');
    const outcomes = await run('smollm2-checkpoints', 'quick');
    const tasks = ['hellaswag', 'ai2_arc', 'mmlu', 'piqa', 'winogrande', 'openbookqa', 'boolq'];
    expect([...outcomes.keys()].sort()).toEqual(
      SMOLLM2_STEPS.flatMap((step) => tasks.map((task) => `smollm2@step-${step}/${task}`)).sort(),
    );
    expect(new Set(outcomes.values())).toEqual(new Set(['computed']));
  });

  it('smollm2-sizes: three models side by side', async () => {
    await locked('smollm2-sizes');
    const outcomes = await run('smollm2-sizes', 'quick');
    expect(outcomes.size).toBe(21);
    expect(new Set(outcomes.values())).toEqual(new Set(['computed']));
  });

  it('llama2-wanda: answers that are generated, and both perplexities of WikiText-2', async () => {
    writeLongModel(join(workspace.root, 'models/llama-2-7b'), 1);
    writeLongModel(join(workspace.root, 'models/llama-2-7b-wanda'), 2);
    await locked('llama2-wanda');
    const outcomes = await run('llama2-wanda', 'quick');
    expect(new Set(outcomes.values())).toEqual(new Set(['computed']));
    expect([...outcomes.keys()].filter((cell) => cell.startsWith('wanda/')).sort()).toEqual(
      expect.arrayContaining(['wanda/gsm8k', 'wanda/gsm8k_cot', 'wanda/squadv2', 'wanda/wikitext']),
    );
    const report = readFileSync(
      join(workspace.root, 'results/llama2-wanda/quick/comparisons/wanda/comparison_report.md'),
      'utf8',
    );
    expect(report).toMatch(/squadv2/);
    expect(report).toMatch(/wanda/);
    const lock = JSON.parse(
      workspace.read('pipelines/llama2-wanda/locks/data/EleutherAI--wikitext_document_level.json'),
    ) as { hub: { revision: string } };
    expect(lock.hub.revision).toBe('refs/convert/parquet');
  });

  it('27 subfolders, killed at the 13th: 14 are to go, with nobody asked for what is there', async () => {
    await locked('dense500m-mmlu');
    const script = 'packages/runner/test/support/ready-child.ts';
    const child = await start(script, [workspace.root, 'dense500m-mmlu', '13']).ended;
    expect(child.stderr).toBe('');
    expect(child.code).toBeNull();
    const lines: string[] = [];
    await planCommand(workspace.root, ['dense500m-mmlu'], (line) => lines.push(line));
    expect(lines).toContain('  27 checkpoints, 27 cells: 13 stored, 14 to run; 0 comparisons');
    const asked = weightsAsked().length;
    const outcomes = await run('dense500m-mmlu', 'full');
    expect(outcomes.size).toBe(DENSE_STEPS.length);
    const stored = [...outcomes].filter(([, origin]) => origin === 'store').map(([cell]) => cell);
    expect(stored.sort()).toEqual(
      DENSE_STEPS.slice(0, 13).map((step) => `dense500m@iter_${String(step).padStart(7, '0')}/mmlu`),
    );
    // The 14th, and perhaps the 15th, had begun to arrive.
    expect(weightsAsked().length - asked).toBeLessThanOrEqual(14);
  });
});
