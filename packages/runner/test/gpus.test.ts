import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type BatchPlace, rememberBatch, rememberedBatch } from '../../engines/src/gpus/batch-memory.ts';
import { chooseGpus, type FoundGpus, findGpus, parseGpus } from '../../engines/src/gpus/devices.ts';
import { messages, phrases } from '../../engines/src/gpus/messages.ts';
import { checkpointsAtOnce, leaseGpus } from '../../engines/src/gpus/pool.ts';
import { phrases as lmEvalEnginePhrases } from '../../engines/src/lm-eval/messages.ts';
import type { GpusUse } from '../../spec/src/index.ts';
import { planPipeline } from '../src/workspace.ts';
import { type LmEvalWorkspace, makeLmEvalWorkspace, option, runLmEval } from './support/lm-eval-run.ts';
import { lock } from './support/run.ts';
import { repository } from './support/workspace.ts';

const SMI = join(repository, 'packages/runner/test/support/gpus');
const name = 'NVIDIA GeForce RTX 3090';
const lines = (...indices: readonly number[]): string =>
  indices.map((index) => `${index}, GPU-0000000${index}-aaaa, ${name}, 24576\n`).join('');
const all: GpusUse = { which: { kind: 'all' }, perCheckpoint: 1 };
const ids = (...wanted: readonly number[]): GpusUse => ({
  which: { kind: 'ids', ids: wanted },
  perCheckpoint: 1,
});

function found(...indices: readonly number[]): FoundGpus {
  return { gpus: parseGpus(lines(...indices)), reason: phrases.listIsEmpty() };
}

function thrown(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.problems.map(({ message }) => message).join('\n');
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('what nvidia-smi lists', () => {
  it('is read line by line, in the order of the bus; a warning and a missing size do no harm', () => {
    const text = `Warning: something\n1, GPU-b, NVIDIA A100-SXM4-80GB, 81920\n0, GPU-a, NVIDIA GB10, [N/A]\n`;
    expect(parseGpus(text)).toEqual([
      { index: 0, uuid: 'GPU-a', name: 'NVIDIA GB10', memoryMib: 0 },
      { index: 1, uuid: 'GPU-b', name: 'NVIDIA A100-SXM4-80GB', memoryMib: 81920 },
    ]);
  });

  const ask = async (environment: NodeJS.ProcessEnv): Promise<readonly (number | string)[]> => {
    const { gpus, reason } = await findGpus({ PATH: `${SMI}:${process.env['PATH']}`, ...environment });
    return gpus.length === 0 ? [reason] : gpus.map(({ index }) => index);
  };

  it('is narrowed by CUDA_VISIBLE_DEVICES as CUDA reads it', async () => {
    const FAKE_GPUS = lines(0, 1, 2, 3);
    expect(await ask({ FAKE_GPUS })).toEqual([0, 1, 2, 3]);
    expect(await ask({ FAKE_GPUS, CUDA_VISIBLE_DEVICES: '3, 1' })).toEqual([1, 3]);
    expect(await ask({ FAKE_GPUS, CUDA_VISIBLE_DEVICES: 'GPU-00000002' })).toEqual([2]);
    expect(await ask({ FAKE_GPUS, CUDA_VISIBLE_DEVICES: '0,7,1' })).toEqual([0]);
    expect(await ask({ FAKE_GPUS, CUDA_VISIBLE_DEVICES: '' })).toEqual([phrases.hidden('')]);
  });

  it('says why there is none', async () => {
    expect(await ask({ FAKE_GPUS: '' })).toEqual([phrases.listIsEmpty()]);
    expect((await ask({ FAKE_GPUS: 'fail' }))[0]).toMatch(
      /^nvidia-smi failed \(NVIDIA-SMI has failed because/,
    );
    expect(await ask({ PATH: '/nowhere' })).toEqual([phrases.noProgram()]);
  });
});

describe('what a pipeline gets', () => {
  it('is all, at most so many, or those of its list', () => {
    const chosen = (use: GpusUse): readonly number[] =>
      chooseGpus(found(0, 2, 5), use).map(({ index }) => index);
    expect(chosen(all)).toEqual([0, 2, 5]);
    expect(chosen({ which: { kind: 'count', count: 2 }, perCheckpoint: 1 })).toEqual([0, 2]);
    expect(chosen({ which: { kind: 'count', count: 8 }, perCheckpoint: 1 })).toEqual([0, 2, 5]);
    expect(chosen(ids(5, 0))).toEqual([0, 5]);
    expect(checkpointsAtOnce(found(0, 1, 2, 3, 4), { ...all, perCheckpoint: 2 })).toBe(2);
    expect(checkpointsAtOnce(found(), all)).toBe(1);
  });

  it('is an error where there is none, not those, or too few', () => {
    expect(thrown(() => chooseGpus(found(), all))).toBe(messages.noGpus(phrases.listIsEmpty()).message);
    expect(thrown(() => chooseGpus(found(0, 1), ids(1, 4)))).toBe(messages.gpuNotFound([4], [0, 1]).message);
    expect(thrown(() => chooseGpus(found(0), { ...all, perCheckpoint: 2 }))).toBe(
      messages.tooFewGpus(2, [0]).message,
    );
  });
});

describe('several GPUs for a checkpoint', () => {
  it('are leased together or not at all, and waited for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evalgraph-leases-'));
    const said: string[] = [];
    const two = { ...all, perCheckpoint: 2 };
    const first = await leaseGpus(folder, found(0, 1, 2), two, (line) => said.push(line));
    expect(first.environment).toEqual({ CUDA_DEVICE_ORDER: 'PCI_BUS_ID', CUDA_VISIBLE_DEVICES: '0,1' });
    const second = leaseGpus(folder, found(0, 1, 2), two, (line) => {
      said.push(line);
      first.release();
    });
    expect((await second).gpus.map(({ index }) => index)).toEqual([0, 1]);
    expect(said).toEqual([
      phrases.waiting([
        phrases.heldBy(0, process.pid, hostname()),
        phrases.heldBy(1, process.pid, hostname()),
      ]),
    ]);
  });
});

describe('batch sizes', () => {
  const folder = (): string => mkdtempSync(join(tmpdir(), 'evalgraph-batches-'));
  const place: BatchPlace = { model: 'm', gpu: name, task: 't', engine: 'e' };

  it('are remembered for a model on a kind of GPU, and only where as many or more are asked for', async () => {
    const own = folder();
    await rememberBatch(own, place, '8', { fits: '2', failed: '4' });
    expect(rememberedBatch(own, place, '8')).toEqual({ fits: '2', failed: '4' });
    expect(rememberedBatch(own, place, '4')?.fits).toBe('2');
    expect(rememberedBatch(own, place, '3')).toBe(null);
    expect(rememberedBatch(own, place, 'auto')).toBe(null);
    for (const other of ['model', 'gpu', 'task', 'engine'] as const) {
      expect(rememberedBatch(own, { ...place, [other]: 'x' }, '8'), other).toBe(null);
    }
    await rememberBatch(own, place, 'auto:4', { fits: '6', failed: 'auto:4' });
    expect(rememberedBatch(own, place, 'auto')?.fits).toBe('6');
  });

  it('never stop a run: a file that cannot be read is one that is not there', async () => {
    const own = folder();
    await rememberBatch(own, place, '8', { fits: '2', failed: '4' });
    const [file = ''] = readdirSync(own);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        writeFileSync(join(own, file), text);
        expect(rememberedBatch(own, place, '8')).toBe(null);
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});

describe('checkpoints on GPUs', () => {
  let own: LmEvalWorkspace;
  beforeEach(async () => {
    own = makeLmEvalWorkspace(['gpus']);
    vi.stubEnv('FAKE_GPUS', lines(0, 1));
    vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
    return () => vi.unstubAllEnvs();
  });

  it('run side by side, each on its own', async () => {
    own.engine('batch_size: 8, gpus: all');
    await lock(own.workspace.root);
    own.plan('meet');
    const { outcomes } = await runLmEval(own.workspace.root);
    expect([...outcomes.values()]).toEqual(['computed', 'computed']);
    const [one, two, ...ends] = own.devices();
    expect([one, two].sort()).toEqual(['start 0', 'start 1']);
    expect([...ends].sort()).toEqual(['end 0', 'end 1']);
    const notes = ['tiny@step_1', 'tiny@step_2'].flatMap(
      (cell) => own.record(`${cell}/t_choice`).notes ?? [],
    );
    const kind = `${name}, 24576 MiB`;
    expect(notes.sort()).toEqual([phrases.taken([0], kind), phrases.taken([1], kind)]);
  });

  it('run one after the other where there is one, and see what the shell shows where none is asked for', async () => {
    own.engine('batch_size: 8, gpus: [1]');
    await lock(own.workspace.root);
    own.plan('slow');
    await runLmEval(own.workspace.root);
    expect(own.devices()).toEqual(['start 1', 'end 1', 'start 1', 'end 1']);
    own.workspace.write(
      'datasets/t/questions.jsonl',
      own.workspace.read('datasets/t/questions.jsonl').repeat(2),
    );
    own.engine('batch_size: 8');
    await lock(own.workspace.root);
    await runLmEval(own.workspace.root);
    expect(own.devices().slice(4)).toEqual(['start unset', 'end unset', 'start unset', 'end unset']);
  });

  it('are not computed elsewhere in silence where there is none', async () => {
    vi.stubEnv('FAKE_GPUS', 'fail');
    own.engine('batch_size: 8, gpus: all');
    await lock(own.workspace.root);
    const { outcomes } = await runLmEval(own.workspace.root);
    for (const text of outcomes.values()) {
      expect(text).toContain("The pipeline asks for GPUs ('gpus:'), and none was found: nvidia-smi failed");
    }
    expect(outcomes.size).toBe(2);
  });

  it('have the same key wherever they run', async () => {
    await lock(own.workspace.root);
    const key = (): string | null | undefined => planPipeline(own.workspace.root, 't', 'full').cells[0]?.key;
    const first = key();
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    for (const keys of [
      'gpus: all',
      'gpus: 4, gpus_per_checkpoint: 2',
      'launcher: slurm',
      'launcher: { slurm: { partition: gpu, gpus: 2, extra: ["--mem=1G"] } }',
      'silence_minutes: 5',
    ]) {
      own.engine(`batch_size: 8, ${keys}`);
      expect(key(), keys).toBe(first);
    }
  });

  it('begin with the batch size that fitted in an earlier run, and say so', async () => {
    await lock(own.workspace.root);
    own.plan('oom ok');
    const only = (step: number) => (cell: string) => cell.startsWith(`tiny@step_${step}/`);
    await runLmEval(own.workspace.root, only(1));
    const { lines: printed } = await runLmEval(own.workspace.root, only(2));
    expect(own.calls().map((call) => option(call, '--batch_size'))).toEqual(['8', '4', '4']);
    const note = phrases.rememberedBatch('8', '4', '8', `2 x ${name}, 24576 MiB`);
    expect(printed).toContain(`tiny@step_2/t_choice: ${note}`);
    expect(own.record('tiny@step_1/t_choice').notes).toEqual([lmEvalEnginePhrases.halved('8', '4')]);
    expect(own.record('tiny@step_2/t_choice').notes).toEqual([note]);
    // Larger GPUs, other batch: nothing is known of them.
    vi.stubEnv('FAKE_GPUS', '0, GPU-h, NVIDIA H100 80GB HBM3, 81559\n');
    rmSync(join(own.workspace.root, '.evalgraph/store'), { recursive: true });
    await runLmEval(own.workspace.root, only(2));
    expect(option(own.calls().at(-1), '--batch_size')).toBe('8');
  });
});
