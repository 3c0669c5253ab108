/** The launcher Slurm against a stand-in for the cluster: what it submits, how it waits, and that nothing runs twice. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { messages, phrases } from '../../engines/src/launchers/messages.ts';
import { parseSubmitted, submitOptions } from '../../engines/src/launchers/slurm/commands.ts';
import { followFile } from '../../engines/src/launchers/slurm/follow.ts';
import { hasJobRecord, readJobRecord } from '../../engines/src/launchers/slurm/record.ts';
import { jobScript } from '../../engines/src/launchers/slurm/script.ts';
import { phrases as lmEvalEnginePhrases } from '../../engines/src/lm-eval/messages.ts';
import { type Child, start } from './support/child.ts';
import { type LmEvalWorkspace, makeLmEvalWorkspace, option, runLmEval } from './support/lm-eval-run.ts';
import { lock } from './support/run.ts';

const cell = 'tiny@step_2/t_choice';
const SLURM =
  'launcher: { slurm: { partition: gpu, time: "4:00:00", gpus: "a100:1", extra: ["--mem=64G"] } }';

let own: LmEvalWorkspace;
let cluster: string;

beforeEach(async () => {
  own = makeLmEvalWorkspace(['slurm']);
  cluster = mkdtempSync(join(tmpdir(), 'evalgraph-slurm-'));
  vi.stubEnv('FAKE_SLURM', cluster);
  return () => vi.unstubAllEnvs();
});

async function prepare(words = 'run', keys = ''): Promise<void> {
  own.engine(`batch_size: 8, ${SLURM}${keys}`);
  await lock(own.workspace.root);
  writeFileSync(join(cluster, 'plan'), words);
}

const run = (onLine?: (line: string) => void): ReturnType<typeof runLmEval> =>
  runLmEval(own.workspace.root, (id) => id === cell, onLine);

function commands(name: string): readonly (readonly string[])[] {
  const file = join(cluster, 'calls');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as readonly string[])
    .filter(([program]) => program === name);
}

interface FakeJob {
  readonly state: string;
  readonly name: string;
}

const job = (id: number): FakeJob =>
  JSON.parse(readFileSync(join(cluster, `jobs/${id}.json`), 'utf8')) as FakeJob;

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (holds()) return;
    await sleep(50);
  }
  throw new Error('it did not come to pass');
}

describe('a job', () => {
  it('is submitted with the options of the pipeline, waited for, and its results are read', async () => {
    await prepare();
    const { lines, outcomes } = await run();
    expect(outcomes.get(cell)).toBe('computed');
    const [sbatch = []] = commands('sbatch');
    const log = join(own.scratch(cell), 'lm_eval.log');
    expect(sbatch.slice(2)).toEqual([
      expect.stringMatching(/^--job-name=tiny@step_2_t_choice-[0-9a-f]{8}$/),
      `--chdir=${own.workspace.root}`,
      `--output=${log}`,
      ...[
        '--open-mode=append',
        '--export=ALL',
        '--partition=gpu',
        '--time=4:00:00',
        '--gpus=a100:1',
        '--mem=64G',
      ],
      join(own.scratch(cell), 'job.sh'),
    ]);
    expect(lines).toContain(`${cell}: ${phrases.submitted('1', log)}`);
    expect(lines).toContain(`${cell}: Running loglikelihood requests: 4/4 (100 %)`);
    expect(hasJobRecord(own.scratch(cell))).toBe(false);
    expect(own.record(cell).notes).toBeUndefined();
    // The results are those of a program that ran here.
    const there = own.workspace.read(`results/t/${cell}/results.json`);
    rmSync(join(own.workspace.root, '.evalgraph/store'), { recursive: true });
    own.engine('batch_size: 8');
    await run();
    expect(own.workspace.read(`results/t/${cell}/results.json`)).toBe(there);
    expect(commands('sbatch')).toHaveLength(1);
  });

  it('goes to the queue beside those of other checkpoints', async () => {
    await prepare();
    own.plan('meet');
    const { outcomes } = await runLmEval(own.workspace.root);
    expect([...outcomes.values()]).toEqual(['computed', 'computed']);
    expect(
      own
        .devices()
        .slice(0, 2)
        .map((line) => line.split(' ')[0]),
    ).toEqual(['start', 'start']);
  });

  it('that runs out of GPU memory is followed by one with half the batch', async () => {
    await prepare();
    own.plan('oom ok');
    expect((await run()).outcomes.get(cell)).toBe('computed');
    expect(own.calls().map((call) => option(call, '--batch_size'))).toEqual(['8', '4']);
    expect(own.record(cell).notes).toEqual([lmEvalEnginePhrases.halved('8', '4')]);
  });

  it.each(['run', 'vanish', 'accounting'])('that fails tells what the program said: %s', async (words) => {
    await prepare(words === 'accounting' ? 'run' : words);
    if (words === 'accounting') writeFileSync(join(cluster, 'accounting'), '');
    own.plan('crash');
    const text = (await run()).outcomes.get(cell) ?? '';
    expect(text).toContain("lm-eval failed: ModuleNotFoundError: No module named 'vllm'");
  });

  it('that Slurm ends at its time limit says so, and the next run begins anew', async () => {
    await prepare('timeout run');
    own.plan('hang ok');
    const text = (await run()).outcomes.get(cell) ?? '';
    expect(text).toContain('Slurm ended job 1: TIMEOUT.');
    expect(text).toContain("Raise the launcher's 'time'");
    expect((await run()).outcomes.get(cell)).toBe('computed');
    expect(commands('sbatch')).toHaveLength(2);
  });

  it('that is silent is cancelled and submitted again, once', async () => {
    await prepare('run', ', silence_minutes: 0.15');
    own.plan('hang ok');
    expect((await run()).outcomes.get(cell)).toBe('computed');
    expect(commands('scancel')).toEqual([['scancel', '1']]);
    expect(own.record(cell).notes).toEqual([lmEvalEnginePhrases.restarted('9 seconds')]);
  });

  it('that is silent is cancelled, whenever that is noticed', async () => {
    await prepare('run', ', silence_minutes: 0.05');
    // Most of the time the launcher waits for an answer.
    writeFileSync(join(cluster, 'slow'), '2000');
    own.plan('hang');
    expect((await run()).outcomes.get(cell)).toContain('printed nothing for 3 seconds and was ended, twice');
    expect(commands('scancel')).toEqual([
      ['scancel', '1'],
      ['scancel', '2'],
    ]);
  });

  it('that is refused, or for which there is no Slurm, is a message', async () => {
    await prepare('refuse');
    const refused = (await run()).outcomes.get(cell) ?? '';
    expect(refused).toContain(
      'Slurm did not take the job: sbatch: error: invalid partition specified: nowhere',
    );
    expect(hasJobRecord(own.scratch(cell))).toBe(false);
    const slurm = (process.env['PATH'] ?? '').split(':').filter((folder) => !/slurm/.test(folder));
    const bare = mkdtempSync(join(tmpdir(), 'evalgraph-bare-'));
    vi.stubEnv(
      'PATH',
      slurm
        .filter((folder) => !existsSync(join(folder, 'sbatch')))
        .concat(bare)
        .join(':'),
    );
    expect((await run()).outcomes.get(cell)).toContain(messages.noSlurm('sbatch').message);
  });

  it('is found by its name where sbatch got no answer in time', async () => {
    await prepare('late');
    expect((await run()).outcomes.get(cell)).toBe('computed');
    expect(commands('sbatch')).toHaveLength(1);
  });

  it('is waited for while the controller does not answer', async () => {
    await prepare();
    own.plan('slow');
    const down = join(cluster, 'down');
    const { lines, outcomes } = await run((line) => {
      if (line.includes('job 1 submitted')) writeFileSync(down, '');
      if (line.includes('Slurm does not answer')) rmSync(down, { force: true });
    });
    expect(outcomes.get(cell)).toBe('computed');
    expect(lines.some((line) => line.includes('Unable to contact slurm controller'))).toBe(true);
  });
});

describe('a run that ends before its job', () => {
  const child = (): Child =>
    start('packages/runner/test/support/slurm-child.ts', [own.workspace.root, 'tiny@step_2/'], {
      env: process.env,
    });
  const submitted = (): boolean =>
    readJobRecord(own.scratch(cell))?.job !== undefined && commands('squeue').length > 0;

  it('killed: the next one finds the job that still waits, and submits none', async () => {
    await prepare('hold');
    const first = child();
    await until(submitted);
    first.kill();
    await first.ended;
    expect(job(1).state).toBe('PENDING');
    const second = run((line) => {
      if (line.includes('found again')) begin(1);
    });
    const { lines, outcomes } = await second;
    expect(outcomes.get(cell)).toBe('computed');
    expect(lines).toContain(`${cell}: ${phrases.foundAgain('1')}`);
    expect(commands('sbatch')).toHaveLength(1);
    expect(own.calls()).toHaveLength(1);
  }, 60_000);

  it('killed: the next one takes the results of the job that ended meanwhile', async () => {
    await prepare('hold');
    const first = child();
    await until(submitted);
    first.kill();
    await first.ended;
    begin(1);
    await until(() => job(1).state === 'COMPLETED');
    expect((await run()).outcomes.get(cell)).toBe('computed');
    expect(own.calls()).toHaveLength(1);
  }, 60_000);

  it('killed before it knew the number of its job: the next one finds it by its name, or waits for Slurm', async () => {
    await prepare('hold');
    const first = child();
    await until(submitted);
    first.kill();
    await first.ended;
    const file = join(own.scratch(cell), 'job.json');
    writeFileSync(file, JSON.stringify({ ...readJobRecord(own.scratch(cell)), job: null }));
    writeFileSync(join(cluster, 'down'), '');
    expect((await run()).outcomes.get(cell)).toContain('it is not known whether a job was submitted');
    rmSync(join(cluster, 'down'));
    const { outcomes } = await run((line) => {
      if (line.includes('found again')) begin(1);
    });
    expect(outcomes.get(cell)).toBe('computed');
    expect(commands('sbatch')).toHaveLength(1);
  }, 60_000);

  it('killed, and its job cancelled: the next one begins anew', async () => {
    await prepare('hold run');
    const first = child();
    await until(submitted);
    first.kill();
    await first.ended;
    writeFileSync(join(cluster, 'jobs/1.json'), JSON.stringify({ ...job(1), state: 'CANCELLED' }));
    expect((await run()).outcomes.get(cell)).toBe('computed');
    expect(commands('sbatch')).toHaveLength(2);
  }, 60_000);

  it('killed: asked for something else now, the next one cancels the old job', async () => {
    await prepare('hold run');
    const first = child();
    await until(submitted);
    first.kill();
    await first.ended;
    own.engine(`batch_size: 8, device: cpu, ${SLURM}`);
    expect((await run()).outcomes.get(cell)).toBe('computed');
    expect(job(1).state).toBe('CANCELLED');
    expect(own.calls()).toHaveLength(1);
    expect(option(own.calls()[0], '--device')).toBe('cpu');
  }, 60_000);

  it('killed: told to compute here now, the next one cancels the job first', async () => {
    await prepare('hold');
    const first = child();
    await until(submitted);
    first.kill();
    await first.ended;
    own.engine('batch_size: 8');
    expect((await run()).outcomes.get(cell)).toBe('computed');
    expect(job(1).state).toBe('CANCELLED');
    expect(commands('sbatch')).toHaveLength(1);
  }, 60_000);

  it.each([
    ['SIGINT', 'CANCELLED', 130],
    ['SIGTERM', 'PENDING', 143],
  ] as const)(
    'by %s leaves the job %s',
    async (signal, state, code) => {
      await prepare('hold');
      const first = child();
      await until(submitted);
      process.kill(first.pid, signal);
      const ended = await first.ended;
      expect(ended.code).toBe(code);
      expect(job(1).state).toBe(state);
      expect(ended.stderr.includes(phrases.goOn(['1']))).toBe(state === 'PENDING');
    },
    60_000,
  );

  function begin(id: number): void {
    start('packages/runner/test/support/slurm/fake-slurm.js', ['slurmstepd', String(id)], {
      env: process.env,
    });
  }
});

describe('the pieces', () => {
  it('read what sbatch prints', () => {
    expect(parseSubmitted('12\n')).toEqual({ id: '12', cluster: null });
    expect(parseSubmitted('Hello\n12;west\n')).toEqual({ id: '12', cluster: 'west' });
    expect(parseSubmitted('Submitted batch job 12')).toBe(null);
    expect(parseSubmitted('')).toBe(null);
  });

  it('write nothing that is not asked for, and a path that is no pattern', () => {
    const use = { kind: 'slurm', partition: null, time: null, gpus: null, jobs: 8, extra: [] } as const;
    const options = submitOptions(use, 'n', '/w', '/w/100%/log');
    expect(options).toContain('--output=/w/100%%/log');
    expect(options.filter((one) => /partition|time|gpus/.test(one))).toEqual([]);
  });

  it('hand any text to the program as it is', async () => {
    const { execFileSync } = await import('node:child_process');
    const folder = mkdtempSync(join(tmpdir(), "evalgraph it's "));
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 }), fc.string(), (args, value) => {
        const clean = (text: string): string => text.replaceAll('\0', '').toWellFormed();
        const command = [
          process.execPath,
          '-p',
          'JSON.stringify([process.argv.slice(1), process.env.X])',
          '--',
        ];
        const all = [...command, ...args.map(clean)];
        const script = join(folder, 'job.sh');
        writeFileSync(script, jobScript(all, { X: clean(value) }, folder));
        expect(JSON.parse(execFileSync('bash', [script], { encoding: 'utf8' }))).toEqual([
          args.map(clean),
          clean(value),
        ]);
        expect(readFileSync(join(folder, 'exit-code'), 'utf8')).toBe('0\n');
      }),
      { seed: 3, numRuns: 15 },
    );
  });

  it('follow a file from where it was, whole characters at a time', () => {
    const folder = mkdtempSync(join(tmpdir(), 'evalgraph-follow-'));
    const path = join(folder, 'log');
    const parts: string[] = [];
    const followed = followFile(path, 4, (text) => parts.push(text));
    followed.read();
    const bytes = Buffer.from('old\nnaïve\n');
    writeFileSync(path, bytes.subarray(0, 7));
    followed.read();
    writeFileSync(path, bytes);
    followed.read();
    followed.read();
    followed.close();
    expect(parts.join('')).toBe('naïve\n');
  });

  it('take no record that is torn, or names what is no job', () => {
    const folder = mkdtempSync(join(tmpdir(), 'evalgraph-record-'));
    mkdirSync(folder, { recursive: true });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        writeFileSync(join(folder, 'job.json'), text);
        expect(readJobRecord(folder)).toBe(null);
      }),
      { seed: 4, numRuns: 300 },
    );
    const record = {
      format: 1,
      name: 'a-1',
      job: { id: '1; rm', cluster: null },
      command: [],
      tag: '',
      logStart: 0,
    };
    writeFileSync(join(folder, 'job.json'), JSON.stringify(record));
    expect(readJobRecord(folder)).toBe(null);
  });
});
