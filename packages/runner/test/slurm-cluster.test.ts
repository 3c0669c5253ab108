/** The launcher Slurm against a real one: a cluster of this machine, started for the test. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { phrases } from '../../engines/src/launchers/messages.ts';
import { readJobRecord } from '../../engines/src/launchers/slurm/record.ts';
import { phrases as lmEvalEnginePhrases } from '../../engines/src/lm-eval/messages.ts';
import { start } from './support/child.ts';
import { type LmEvalWorkspace, makeLmEvalWorkspace, runLmEval } from './support/lm-eval-run.ts';
import { lock } from './support/run.ts';
import { repository } from './support/workspace.ts';

const script = join(repository, 'packages/runner/test/support/slurm-single-node.sh');
const programs = ['munged', 'slurmctld', 'slurmd', 'sbatch'];
const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin'];
const missing = programs.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
const reason =
  missing.length > 0 ? `needs ${missing.join(', ')}` : process.getuid?.() === 0 ? null : 'needs root';

const cell = 'tiny@step_2/t_choice';

describe.skipIf(reason !== null)(`a cluster of one machine${reason === null ? '' : ` (${reason})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'evalgraph-cluster-'));
  const PATH = [...folders, '/sbin'].join(':');
  let own: LmEvalWorkspace;

  beforeAll(() => {
    execFileSync('bash', [script, 'start', folder], { env: { ...process.env, PATH }, stdio: 'pipe' });
  }, 60_000);
  afterAll(() => {
    execFileSync('bash', [script, 'stop', folder]);
  });
  beforeEach(() => {
    vi.stubEnv('SLURM_CONF', join(folder, 'slurm.conf'));
    own = makeLmEvalWorkspace([]);
    return () => vi.unstubAllEnvs();
  });

  async function prepare(slurm: string, more = ''): Promise<void> {
    own.engine(`batch_size: 8, device: cpu, launcher: ${slurm}${more}`);
    await lock(own.workspace.root);
  }
  const run = (): ReturnType<typeof runLmEval> => runLmEval(own.workspace.root, (id) => id === cell);
  const queue = (): string =>
    execFileSync('squeue', ['--noheader', '--states=PENDING,RUNNING', '--format=%j'], { encoding: 'utf8' });
  const jobOf = (): string | undefined => readJobRecord(own.scratch(cell))?.job?.id;
  async function until(holds: () => boolean): Promise<void> {
    for (let tries = 0; tries < 400; tries++) {
      if (holds()) return;
      await sleep(100);
    }
    throw new Error('it did not come to pass');
  }

  it('computes a cell', async () => {
    await prepare('{ slurm: { partition: main, time: 10, extra: ["--ntasks=1"] } }');
    const { lines, outcomes } = await run();
    expect(outcomes.get(cell)).toBe('computed');
    expect(lines.some((line) => /job \d+ submitted/.test(line))).toBe(true);
    expect(lines).toContain(`${cell}: Running loglikelihood requests: 4/4 (100 %)`);
    expect(own.workspace.read(`results/t/${cell}/results.json`)).toContain('"acc,none": 0.5');
  }, 60_000);

  it('hands on how the program failed', async () => {
    await prepare('slurm');
    own.plan('crash');
    expect((await run()).outcomes.get(cell)).toContain("No module named 'vllm'");
    own.plan('oom');
    expect((await run()).outcomes.get(cell)).toContain('does not suffice even for batch size 1');
  }, 120_000);

  it('refuses a partition that is closed or unknown', async () => {
    await prepare('{ slurm: { partition: nowhere } }');
    expect((await run()).outcomes.get(cell)).toMatch(/Slurm did not take the job: .*invalid partition/i);
  }, 60_000);

  it('ends a silent job and starts it again', async () => {
    await prepare('slurm', ', silence_minutes: 0.08');
    own.plan('hang ok');
    const { outcomes } = await run();
    expect(outcomes.get(cell)).toBe('computed');
    expect(own.record(cell).notes).toEqual([lmEvalEnginePhrases.restarted('4.8 seconds')]);
    expect(queue()).toBe('');
  }, 120_000);

  it('keeps the job of a run that was killed for the next one', async () => {
    await prepare('slurm');
    own.plan('gate');
    const first = start('packages/runner/test/support/slurm-child.ts', [own.workspace.root, 'tiny@step_2/'], {
      env: process.env,
    });
    await until(() => jobOf() !== undefined && own.started() === 1);
    const id = jobOf() ?? '';
    first.kill();
    await first.ended;
    expect(queue()).toContain('tiny@step_2_t_choice');
    writeFileSync(join(own.fake, 'go'), '');
    const second = await run();
    expect(second.outcomes.get(cell)).toBe('computed');
    expect(second.lines).toContain(`${cell}: ${phrases.foundAgain(id)}`);
    expect(own.calls()).toHaveLength(1);
  }, 120_000);

  it('is left by Ctrl-C with an empty queue', async () => {
    await prepare('slurm');
    own.plan('hang');
    const first = start('packages/runner/test/support/slurm-child.ts', [own.workspace.root, 'tiny@step_2/'], {
      env: process.env,
    });
    await until(() => jobOf() !== undefined && own.started() === 1);
    process.kill(first.pid, 'SIGINT');
    expect((await first.ended).code).toBe(130);
    await until(() => queue() === '');
    expect(readFileSync(join(own.scratch(cell), 'lm_eval.log'), 'utf8')).toContain('CANCELLED');
  }, 120_000);
});
