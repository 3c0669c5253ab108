/** GPUs: which are found and chosen, that a lease has one holder, and what checkpoints see of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { lmEvalEngineMessages } from '../src/engines/lm-eval/messages.ts';
import { type BatchPlace, rememberBatch, rememberedBatch } from '../src/gpus/batch-memory.ts';
import { chooseGpus, type FoundGpus, findGpus, parseGpus } from '../src/gpus/devices.ts';
import { tryLease } from '../src/gpus/lease.ts';
import { gpuMessages as messages } from '../src/gpus/messages.ts';
import { checkpointsAtOnce, leaseGpus } from '../src/gpus/pool.ts';
import { processStart } from '../src/gpus/process-start.ts';
import type { GpusUse } from '../src/spec/index.ts';
import { planPipeline } from '../src/workspace.ts';
import { start } from './support/child.ts';
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
  return { gpus: parseGpus(lines(...indices)), reason: messages.listIsEmpty() };
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
    expect(await ask({ FAKE_GPUS, CUDA_VISIBLE_DEVICES: '' })).toEqual([messages.hidden('')]);
  });

  it('says why there is none', async () => {
    expect(await ask({ FAKE_GPUS: '' })).toEqual([messages.listIsEmpty()]);
    expect((await ask({ FAKE_GPUS: 'fail' }))[0]).toMatch(
      /^nvidia-smi failed \(NVIDIA-SMI has failed because/,
    );
    expect(await ask({ PATH: '/nowhere' })).toEqual([messages.noProgram()]);
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
    expect(thrown(() => chooseGpus(found(), all))).toBe(messages.noGpus(messages.listIsEmpty()).message);
    expect(thrown(() => chooseGpus(found(0, 1), ids(1, 4)))).toBe(messages.notFound([4], [0, 1]).message);
    expect(thrown(() => chooseGpus(found(0), { ...all, perCheckpoint: 2 }))).toBe(
      messages.tooFew(2, [0]).message,
    );
  });
});

describe('a lease', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'evalgraph-leases-')), 'leases');
  });
  const write = (number: number, content: unknown): string => {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `GPU-x.${number}`);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const held = (pid: number, start: string | null, host = hostname()): unknown => ({
    host,
    holders: [{ pid, start }],
  });
  const take = (): boolean => {
    const result = tryLease(folder, 'GPU-x');
    if (result.taken) result.lease.release();
    return result.taken;
  };

  it('is held until it is given back, and each GPU has its own', () => {
    const first = tryLease(folder, 'GPU-x');
    if (!first.taken) throw new Error('not taken');
    expect(tryLease(folder, 'GPU-x')).toEqual({ taken: false, pid: process.pid, host: hostname() });
    expect(tryLease(folder, 'GPU-xy').taken).toBe(true);
    first.lease.release();
    for (let round = 0; round < 30; round++) expect(take()).toBe(true);
    expect(readdirSync(folder).filter((file) => file.startsWith('GPU-x.'))).toEqual(['GPU-x.31']);
  });

  it('of a living process is not taken, be its runner gone', () => {
    const start = processStart(process.pid);
    write(4, held(process.pid, start));
    expect(take()).toBe(false);
    write(5, {
      host: hostname(),
      holders: [
        { pid: 999_999_999, start: null },
        { pid: process.pid, start },
      ],
    });
    expect(take()).toBe(false);
  });

  it('of a process that is gone is taken: an unknown number, a number given out again, a torn file', () => {
    write(3, held(999_999_999, null));
    expect(take()).toBe(true);
    write(9, held(process.pid, 'another boot 1'));
    expect(take()).toBe(true);
    write(20, '{"host": "x", "hol');
    expect(take()).toBe(true);
  });

  it('is not hindered by whatever stands in a file', () => {
    let number = 0;
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        number += 10;
        write(number, text);
        expect(take()).toBe(true);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it('of another machine is taken only when it was not touched for long', () => {
    const path = write(1, held(1, null, 'elsewhere'));
    expect(take()).toBe(false);
    const old = new Date(Date.now() - 6 * 60_000);
    utimesSync(path, old, old);
    expect(take()).toBe(true);
  });

  it('lasts as long as the process that computes', async () => {
    const result = tryLease(folder, 'GPU-x');
    if (!result.taken) throw new Error('not taken');
    const child: ChildProcess = spawn('sleep', ['600']);
    result.lease.extendTo(child.pid ?? 0);
    const [file = ''] = readdirSync(folder);
    // As if this process had been killed: the child alone is left in the record.
    const start = processStart(child.pid ?? 0);
    writeFileSync(join(folder, file), JSON.stringify(held(child.pid ?? 0, start)));
    expect(take()).toBe(false);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(take()).toBe(true);
  });

  it('has one holder, whoever asks, stops or is killed', async () => {
    const own = mkdtempSync(join(tmpdir(), 'evalgraph-race-'));
    const script = 'packages/runner/test/support/lease-child.ts';
    const children = Array.from({ length: 6 }, () => start(script, [own, '25']));
    const victims = Array.from({ length: 3 }, () => start(script, [own, '100000']));
    for (const victim of victims) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      victim.kill();
    }
    for (const { ended } of children) expect(await ended).toMatchObject({ code: 0, stderr: '' });
    for (const { ended } of victims) expect((await ended).code).toBe(null);
    rmSync(own, { recursive: true });
  }, 60_000);
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
      messages.waiting([
        messages.heldBy(0, process.pid, hostname()),
        messages.heldBy(1, process.pid, hostname()),
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
    expect(notes.sort()).toEqual([messages.taken([0], kind), messages.taken([1], kind)]);
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
    const note = messages.rememberedBatch('8', '4', '8', `2 x ${name}, 24576 MiB`);
    expect(printed).toContain(`tiny@step_2/t_choice: ${note}`);
    expect(own.record('tiny@step_1/t_choice').notes).toEqual([lmEvalEngineMessages.halved('8', '4')]);
    expect(own.record('tiny@step_2/t_choice').notes).toEqual([note]);
    // Larger GPUs, other batch: nothing is known of them.
    vi.stubEnv('FAKE_GPUS', '0, GPU-h, NVIDIA H100 80GB HBM3, 81559\n');
    rmSync(join(own.workspace.root, '.evalgraph/store'), { recursive: true });
    await runLmEval(own.workspace.root, only(2));
    expect(option(own.calls().at(-1), '--batch_size')).toBe('8');
  });
});
