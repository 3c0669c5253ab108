/** Starting programs and reading what they say, with shell scripts in the place of Python. */
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  findPython,
  PYTHON_FOLDER,
  parsePruneEvent,
  parseTrainEvent,
  readTrainLog,
  type TrainEvent,
  type TrainInput,
  trainedCheckpoints,
  trainMessages,
  trainModel,
  trainSettings,
} from '../src/index.ts';
import { MAX_LOG_BYTES } from '../src/train/launch.ts';
import { refusedBy } from '../src/train/messages.ts';
import { toSettingsJson } from '../src/train/settings.ts';

const input: TrainInput = {
  model: 'm',
  data: [{ data: 'd', fromStep: 0 }],
  maxSteps: 10,
  learningRate: 1e-3,
  batchSize: 2,
};
const STEP =
  '{"event":"step","step":1,"loss":2.5,"lr":0.001,"tokens":64,"tokens_per_s":100.5,"memory_bytes":1000}';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalgraph-launch-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function program(path: string, body: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

let count = 0;
/** Trains with a script in the place of Python. */
async function withScript(
  body: string,
  signal?: AbortSignal,
): Promise<{ out: string; events: TrainEvent[]; end: unknown }> {
  count += 1;
  const python = await program(join(folder, `python${count}`), body);
  const out = join(folder, `out${count}`);
  const events: TrainEvent[] = [];
  const end = await trainModel(input, out, {
    env: { PATH: process.env.PATH, EVALGRAPH_PYTHON: python },
    ...(signal && { signal }),
    onEvent: (event) => events.push(event),
  }).catch((error: unknown) => (error instanceof UserError ? error.problems : Promise.reject(error)));
  return { out, events, end };
}

describe('a program', () => {
  it('gives events in order; other lines go to the log', async () => {
    const { out, events, end } = await withScript(
      `echo hello; echo '${STEP}'; echo warning >&2; echo '{"event":"done","step":1}'; mkdir "$(dirname "$2")/iter_0000010"`,
    );
    expect(events.map(({ event }) => event)).toEqual(['step', 'done']);
    expect(end).toEqual({ outcome: 'done', checkpoints: [{ step: 10, folder: join(out, 'iter_0000010') }] });
    const log = await readFile(join(out, 'program.log'), 'utf8');
    expect(log.split('\n').sort()).toEqual(['', 'hello', 'warning']);
  });

  it.each([
    ['out-of-memory', 'CUDA out of memory. Tried to allocate 2 GiB'],
    ['nan-loss', 'step 3: the loss is nan'],
    ['bad-data', 'no sequence is there'],
  ])('that refuses (%s) says why and what helps', async (code, message) => {
    const { end } = await withScript(`echo '${JSON.stringify({ event: 'error', code, message })}'; exit 3`);
    expect(end).toEqual([refusedBy('train.py', code, message)]);
    expect(refusedBy('train.py', code, message).remedy).toBeDefined();
  });

  it('without a module names it', async () => {
    const { end } = await withScript(`echo "ModuleNotFoundError: No module named 'torch'" >&2; exit 1`);
    expect(end).toEqual([trainMessages.pythonModuleMissing('torch', `python${count}`)]);
  });

  it('whose memory ran out in a library is told by the traceback', async () => {
    const line = 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20 MiB';
    const { end } = await withScript(`echo Traceback >&2; echo "${line}" >&2; exit 1`);
    expect(end).toEqual([refusedBy('train.py', 'out-of-memory', line)]);
  });

  it('that fails shows its last lines and where all of them are', async () => {
    const { out, end } = await withScript('for i in 1 2 3 4 5; do echo "line $i" >&2; done; exit 7');
    const last = 'line 3\nline 4\nline 5';
    expect(end).toEqual([
      trainMessages.programFailed.exitCode('train.py', 7, last, join(out, 'program.log')),
    ]);
  });

  it('that is killed says so', async () => {
    const { end } = await withScript('kill -9 $$');
    expect(end).toEqual([trainMessages.programKilled('train.py', 'SIGKILL')]);
  });

  it('that ends early without an error is not taken for done', async () => {
    const { out, end } = await withScript(`echo '${STEP}'`);
    expect(end).toEqual([trainMessages.programFailed.silent('train.py', join(out, 'program.log'))]);
  });

  it('gets SIGTERM when the signal comes, and its children too', async () => {
    const controller = new AbortController();
    const marks = join(folder, 'marks');
    await mkdir(marks);
    const waits = `trap 'touch ${marks}/$1; exit 0' TERM; touch ${marks}/$1-ready; while :; do sleep 0.05; done`;
    const child = await program(join(folder, 'waits'), waits);
    const timer = setInterval(() => {
      Promise.all(['parent-ready', 'child-ready'].map((name) => stat(join(marks, name)))).then(
        () => controller.abort(),
        () => {},
      );
    }, 20);
    const { end } = await withScript(`${child} child & set -- parent; ${waits}; `, controller.signal);
    clearInterval(timer);
    expect(end).toEqual({ outcome: 'stopped', checkpoints: [] });
    expect((await stat(join(marks, 'parent'))).isFile()).toBe(true);
    expect((await stat(join(marks, 'child'))).isFile()).toBe(true);
  });

  it('cannot fill the disk with its output, nor memory with a line', async () => {
    const { out, end, events } = await withScript(
      `head -c 20000000 /dev/zero | tr '\\0' x; echo; head -c 20000000 /dev/zero | tr '\\0' y >&2; echo '${STEP}'; echo '{"event":"done","step":1}'`,
    );
    expect(end).toEqual({ outcome: 'done', checkpoints: [] });
    expect(events.length).toBe(2);
    expect((await stat(join(out, 'program.log'))).size).toBeLessThan(MAX_LOG_BYTES + 100);
  });

  it('by uv tells how its environment grows, until the program speaks; from elsewhere it does not', async () => {
    const bin = join(folder, 'bin');
    await mkdir(bin, { recursive: true });
    const body = `printf '\\033[36m\\033[1mDownloading\\033[0m torch (800.0MiB)\\n' >&2; echo ' Downloaded torch' >&2; echo 'Installed 2 packages in 3ms' >&2
sleep 0.2; echo '${STEP}'; sleep 0.2; echo 'Downloading weights' >&2; echo '{"event":"done","step":1}'`;
    const uv = await program(join(bin, 'uv'), body);
    const told = async (env: Record<string, string>): Promise<readonly string[]> => {
      const lines: string[] = [];
      count += 1;
      await trainModel(input, join(folder, `out${count}`), { env, onSetup: (line) => lines.push(line) });
      return lines;
    };
    expect(await told({ PATH: `${bin}:${process.env.PATH ?? ''}` })).toEqual([
      'Downloading torch (800.0MiB)',
      'Downloaded torch',
      'Installed 2 packages in 3ms',
    ]);
    expect(await told({ PATH: process.env.PATH ?? '', EVALGRAPH_PYTHON: uv })).toEqual([]);
  });

  it('that does not exist is named', async () => {
    const promise = trainModel(input, join(folder, 'none'), { env: { EVALGRAPH_PYTHON: '/no/such/python' } });
    await expect(promise).rejects.toThrow(new UserError(trainMessages.noPython.missing('/no/such/python')));
  });
});

describe('findPython', () => {
  it('takes EVALGRAPH_PYTHON, then uv with a lock file, then .venv; else says how to get one', async () => {
    const here = join(folder, 'find');
    await mkdir(join(here, 'bin'), { recursive: true });
    await mkdir(join(here, '.venv/bin'), { recursive: true });
    const own = await program(join(here, 'own'), '');
    const env = { PATH: join(here, 'bin') };
    expect(() => findPython(env, here)).toThrow(new UserError(trainMessages.noPython.unset()));
    const venv = await program(join(here, '.venv/bin/python'), '');
    expect(findPython(env, here)).toEqual({ command: [venv], from: '.venv' });
    const uv = await program(join(here, 'bin/uv'), '');
    // Without a lock file uv would choose versions of its own.
    expect(findPython(env, here).from).toBe('.venv');
    const lock = join(here, 'requirements.lock');
    await writeFile(lock, '');
    expect(findPython(env, here)).toEqual({
      command: [uv, 'run', '--no-project', '--python', '>=3.11', '--with-requirements', lock, 'python'],
      from: 'uv',
    });
    expect(findPython({ ...env, EVALGRAPH_PYTHON: own }, here)).toEqual({
      command: [own],
      from: 'EVALGRAPH_PYTHON',
    });
  });
});

describe('requirements.lock', () => {
  it('pins, with digests, what pyproject.toml asks for, and names no registry', async () => {
    const project = await readFile(join(PYTHON_FOLDER, 'pyproject.toml'), 'utf8');
    const lock = await readFile(join(PYTHON_FOLDER, 'requirements.lock'), 'utf8');
    const asked = [...project.matchAll(/^ {2}"([^"]+)",$/gm)].map(([, requirement]) => requirement);
    expect(asked).toContain('numpy==2.4.6');
    const pinned = [...lock.matchAll(/^(\S+==\S+)(?: ;.*)? \\\n {4}--hash=sha256:/gm)].map(([, pin]) => pin);
    expect(pinned).toEqual(expect.arrayContaining(asked));
    expect(lock).not.toMatch(/:\/\//);
  });
});

describe('settings', () => {
  it('are written under the names that the program reads', () => {
    const written = JSON.parse(toSettingsJson(trainSettings(input), '/out')) as Record<string, unknown>;
    expect(written).toMatchObject({
      out: '/out',
      max_steps: 10,
      learning_rate: 1e-3,
      clip_norm: 1,
      save_at: [],
    });
    expect(Object.keys(written).every((name) => /^[a-z0-9_]+$/.test(name))).toBe(true);
  });

  it('that are wrong are told all at once', () => {
    const bad = { ...input, maxSteps: 0, learningRate: Number.NaN, minRatio: 2, saveAt: [11] };
    expect(() => trainSettings(bad)).toThrow(
      new UserError([
        trainMessages.badSetting('maxSteps', 0, 'a whole number of at least 1'),
        trainMessages.badSetting('learningRate', Number.NaN, 'a number above 0'),
        trainMessages.badSetting('minRatio', 2, 'a number of at most 1'),
        trainMessages.badSetting('saveAt', [11], 'steps from 0 to 0'),
      ]),
    );
  });
});

describe('events', () => {
  it.each([
    '',
    'text',
    '{',
    '[]',
    '{}',
    '{"event":"step","step":1}',
    '{"event":"other"}',
    'null',
    '{"event":1}',
  ])('%j is none', (line) => {
    expect(parseTrainEvent(line)).toBeNull();
    expect(parsePruneEvent(line)).toBeNull();
  });

  it('refuses numbers that are none', () => {
    expect(parseTrainEvent(STEP.replace('2.5', 'NaN'))).toBeNull();
    expect(parseTrainEvent(STEP.replace('2.5', '1e999'))).toBeNull();
  });
});

describe('train.jsonl', () => {
  it('is read to its last whole line', async () => {
    const file = join(folder, 'train.jsonl');
    await writeFile(file, `${STEP}\n${STEP.replace('"step":1', '"step":2')}\n{"ste`);
    expect((await readTrainLog(file)).map(({ step }) => step)).toEqual([1, 2]);
  });

  it('with a step that comes twice is refused', async () => {
    const file = join(folder, 'twice.jsonl');
    await writeFile(file, `${STEP}\n${STEP}\n`);
    await expect(readTrainLog(file)).rejects.toThrow(new UserError(trainMessages.invalidTrainLog(file, 2)));
  });

  it('a folder that is not there has no checkpoints', async () => {
    expect(await trainedCheckpoints(join(folder, 'nowhere'))).toEqual([]);
  });
});
