/** A real training by PyTorch: the same losses through a kill and through an abort. Needs EVALGRAPH_PYTHON. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestFile, UserError } from '@evalgraph/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEEDS_PYTHON, judgePython as python } from '../../formats/test/judges.ts';
import {
  initModel,
  PYTHON_FOLDER,
  parseTrainEvent,
  readTrainLog,
  type StepEvent,
  type TrainEvent,
  type TrainInput,
  type TrainSummary,
  trainModel,
  trainSettings,
} from '../src/index.ts';
import { onLines } from '../src/train/launch.ts';
import { refusedBy } from '../src/train/messages.ts';
import { programSettings } from '../src/train/train.ts';
import { writePacked } from './packed-fixture.ts';

const DEMO = join(import.meta.dirname, '../../../models/demo/iter_0000100');
const env = process.env;

let folder = '';
let input: TrainInput;
let whole: TrainSummary;
const wholeEvents: TrainEvent[] = [];

describe.skipIf(python === undefined)(`python/train.py (${NEEDS_PYTHON})`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evalgraph-train-'));
    await initModel(
      { kind: 'depth', source: DEMO, depth: { kind: 'keep', layers: [0, 4] } },
      join(folder, 'init'),
    );
    await writePacked(join(folder, 'data'), { sequences: 90, length: 128 });
    input = {
      model: join(folder, 'init'),
      data: [{ data: join(folder, 'data'), fromStep: 0 }],
      maxSteps: 20,
      learningRate: 3e-3,
      batchSize: 6,
      accumulation: 2,
      warmupSteps: 3,
      saveEvery: 5,
      saveAt: [0],
      threads: 1,
    };
    whole = await trainModel(input, join(folder, 'whole'), {
      env,
      onEvent: (event) => wholeEvents.push(event),
    });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function losses(out: string): Promise<readonly number[]> {
    return (await readTrainLog(join(folder, out, 'train.jsonl'))).map(({ loss }) => loss);
  }

  async function lastDigest(summary: TrainSummary): Promise<string> {
    return (await digestFile(join(summary.checkpoints.at(-1)?.folder ?? '', 'model.safetensors'))).sha256;
  }

  it('learns, logs every step and keeps the checkpoints that it was told to', async () => {
    expect(whole.outcome).toBe('done');
    expect(whole.checkpoints.map(({ step }) => step)).toEqual([0, 5, 10, 15, 20]);
    const log = await readTrainLog(join(folder, 'whole', 'train.jsonl'));
    expect(log).toEqual(wholeEvents.filter((event): event is StepEvent => event.event === 'step'));
    expect(log.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(log.at(-1)?.tokens).toBe(20 * 12 * 128);
    expect((log.at(-1)?.loss ?? 9) + 1).toBeLessThan(log[0]?.loss ?? 0);
    // Warm-up over three steps, then a cosine from its peak.
    expect(log.slice(0, 4).map(({ learningRate }) => learningRate)).toEqual([1e-3, 2e-3, 3e-3, 3e-3]);
  });

  it('begins with the weights that it was given', async () => {
    expect(await digestFile(join(folder, 'whole', 'iter_0000000', 'model.safetensors'))).toEqual(
      await digestFile(join(folder, 'init', 'model.safetensors')),
    );
  });

  it('killed after step 12, goes on from step 10 with the same losses and the same last weights', async () => {
    const out = join(folder, 'killed');
    const settings = join(folder, 'killed.json');
    await writeFile(settings, programSettings(trainSettings(input), out));
    const child = spawn(python ?? '', [join(PYTHON_FOLDER, 'train.py'), settings], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onLines(child.stdout, (line) => {
      const event = parseTrainEvent(line);
      if (event?.event === 'step' && event.step === 12) child.kill('SIGKILL');
    });
    const signal = await new Promise((resolve) => child.once('close', (_, by) => resolve(by)));
    expect(signal).toBe('SIGKILL');
    const events: TrainEvent[] = [];
    const summary = await trainModel(input, out, { env, onEvent: (event) => events.push(event) });
    const [start] = events;
    // A slow reader lets the program get some steps further before the signal reaches it.
    expect([10, 15]).toContain(start?.event === 'start' ? start.step : null);
    expect(await losses('killed')).toEqual(await losses('whole'));
    expect(summary.checkpoints.map(({ step }) => step)).toEqual([0, 5, 10, 15, 20]);
    expect(await lastDigest(summary)).toBe(await lastDigest(whole));
  });

  it('aborted, saves the step that is under way; goes on there; then has nothing to do', async () => {
    const out = join(folder, 'aborted');
    const controller = new AbortController();
    const stopped = await trainModel(input, out, {
      env,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.event === 'step' && event.step === 7) controller.abort();
      },
    });
    expect(stopped.outcome).toBe('stopped');
    const events: TrainEvent[] = [];
    const summary = await trainModel(input, out, { env, onEvent: (event) => events.push(event) });
    const [start] = events;
    expect(start?.event === 'start' ? start.step : 0).toBeGreaterThanOrEqual(7);
    expect(await losses('aborted')).toEqual(await losses('whole'));
    expect(await lastDigest(summary)).toBe(await lastDigest(whole));
    const again: string[] = [];
    await trainModel(input, out, { env, onEvent: ({ event }) => again.push(event) });
    expect(again).toEqual(['start', 'done']);
  });

  it('does not go on with other settings', async () => {
    const promise = trainModel({ ...input, learningRate: 1e-3 }, join(folder, 'whole'), { env });
    const message = `${join(folder, 'whole', 'resume.pt')}: begun with other settings (learning_rate was 0.003, is 0.001): its loss curve cannot go on. Name another folder, or remove this one`;
    await expect(promise).rejects.toThrow(new UserError(refusedBy('train.py', 'other-settings', message)));
  });

  it('refuses a loss that is no number', async () => {
    const promise = trainModel(
      { ...input, learningRate: 1000, weightDecay: 1000, clipNorm: 0, warmupSteps: 0, maxSteps: 5 },
      join(folder, 'nan'),
      { env },
    );
    await expect(promise).rejects.toMatchObject({ problems: [{ code: 'nan-loss' }] });
    expect(await readFile(join(folder, 'nan', 'train.jsonl'), 'utf8')).not.toContain('NaN');
  });

  it('refuses shards that are shorter than their index says', async () => {
    const data = join(folder, 'short');
    await writePacked(data, { sequences: 8, length: 32 });
    await writeFile(join(data, 'tokens-00001.bin'), new Uint8Array(100));
    const message = `${join(data, 'tokens-00001.bin')}: 100 bytes found, the index promises 256 bytes`;
    const promise = trainModel({ ...input, data: [{ data, fromStep: 0 }] }, join(folder, 'no'), { env });
    await expect(promise).rejects.toThrow(new UserError(refusedBy('train.py', 'bad-data', message)));
  });

  function meanLoss(data: string): number {
    const script = join(import.meta.dirname, 'judge/mean_loss.py');
    const said = execFileSync(python ?? '', [script, join(folder, 'init'), data], { encoding: 'utf8' });
    return JSON.parse(said) as number;
  }

  it("weighs tokens, and goes from one pack to the next: transformers' losses", async () => {
    const [plain, weighted] = [join(folder, 'plain'), join(folder, 'weighted')];
    await writePacked(plain, { sequences: 12, length: 64 });
    await writePacked(weighted, { sequences: 12, length: 64, weights: [1, 0, 6, 2.5] });
    // A step takes every sequence of a pack, and nothing moves.
    const settings = { maxSteps: 4, learningRate: 1e-15, saveEvery: 0, saveAt: [], batchSize: 3 };
    const data = [
      { data: plain, fromStep: 0 },
      { data: weighted, fromStep: 1 },
      { data: plain, fromStep: 3 },
    ];
    const course = { ...input, ...settings, data, accumulation: 4 };
    await trainModel(course, join(folder, 'course'), { env });
    await trainModel({ ...course, accumulation: 2 }, join(folder, 'course-two'), { env, processes: 2 });
    const [even, uneven] = [meanLoss(plain), meanLoss(weighted)];
    expect(Math.abs(even - uneven)).toBeGreaterThan(0.01);
    for (const out of ['course', 'course-two']) {
      const found = await losses(out);
      expect(found.length).toBe(4);
      for (const [at, expected] of [even, uneven, uneven, even].entries()) {
        expect(found[at]).toBeCloseTo(expected, 5);
      }
    }
  });

  it('refuses packs of several lengths, and weights that are not as long as their tokens', async () => {
    const [short, cut] = [join(folder, 'length-32'), join(folder, 'cut')];
    await writePacked(short, { sequences: 8, length: 32 });
    const data = [...input.data, { data: short, fromStep: 2 }];
    const lengths = `${short}: sequences of 32 tokens, those of ${join(folder, 'data')} have 128`;
    await expect(trainModel({ ...input, data }, join(folder, 'no'), { env })).rejects.toThrow(
      new UserError(refusedBy('train.py', 'bad-data', lengths)),
    );
    await writePacked(cut, { sequences: 8, length: 32, weights: [1, 2] });
    await writeFile(join(cut, 'weights-00000.bin'), new Uint8Array(100));
    const bytes = `${join(cut, 'weights-00000.bin')}: 100 bytes found, the index promises 128 bytes`;
    const promise = trainModel({ ...input, data: [{ data: cut, fromStep: 0 }] }, join(folder, 'no'), { env });
    await expect(promise).rejects.toThrow(new UserError(refusedBy('train.py', 'bad-data', bytes)));
  });

  it('two processes compute what one computes', async () => {
    const data = [{ data: join(folder, 'heavy'), fromStep: 0 }];
    await writePacked(join(folder, 'heavy'), { sequences: 90, length: 128, weights: [1, 6, 0] });
    const steps = { maxSteps: 3, saveEvery: 0, saveAt: [], data };
    await trainModel({ ...input, ...steps, batchSize: 3 }, join(folder, 'two'), { env, processes: 2 });
    await trainModel({ ...input, ...steps, batchSize: 6 }, join(folder, 'one'), { env });
    const [two, one] = [await losses('two'), await losses('one')];
    expect(two.length).toBe(3);
    for (const [index, loss] of two.entries()) expect(loss).toBeCloseTo(one[index] ?? 0, 5);
  });
});
