/** Slurm's commands: what is asked of them, and how their answers are read. */
import { execFile, spawnSync } from 'node:child_process';
import { UserError } from '@evalgraph/formats';
import type { SlurmUse } from '@evalgraph/spec';
import { messages } from '../messages.ts';

/** A busy controller takes its time. */
const TIMEOUT_MS = 120_000;
/** Nobody waits longer at the end of this process. */
const CANCEL_TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 1 << 20;

/** A job as squeue and scancel name it. */
export interface JobId {
  readonly id: string;
  /** null: the default cluster. */
  readonly cluster: string | null;
}

export interface JobState {
  /** Slurm's word: PENDING, RUNNING, COMPLETED, ...; GONE: it remembers nothing of it; UNKNOWN: it did not answer. */
  readonly state: string;
  readonly reason: string;
  /** null: not told. */
  readonly exitCode: number | null;
}

/** What will not run again. Everything else may. */
const ENDED = [
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TIMEOUT',
  'OUT_OF_MEMORY',
  'NODE_FAIL',
  'PREEMPTED',
  'BOOT_FAIL',
  'DEADLINE',
  'REVOKED',
  'GONE',
];

export function isEnded({ state }: JobState): boolean {
  return ENDED.includes(state);
}

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @throws UserError where there is no such program. */
function ask(program: string, args: readonly string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') reject(new UserError(messages.noSlurm(program)));
      else resolve({ code: error === null ? 0 : Number(error.code ?? 1) || 1, stdout, stderr });
    });
  });
}

/** Options of sbatch for a job. Pure. */
export function submitOptions(use: SlurmUse, name: string, cwd: string, log: string): readonly string[] {
  return [
    '--parsable',
    `--job-name=${name}`,
    `--chdir=${cwd}`,
    // A percent sign begins a pattern there.
    `--output=${log.replaceAll('%', '%%')}`,
    '--open-mode=append',
    '--export=ALL',
    ...(use.partition === null ? [] : [`--partition=${use.partition}`]),
    ...(use.time === null ? [] : [`--time=${use.time}`]),
    ...(use.gpus === null ? [] : [`--gpus=${use.gpus}`]),
    ...use.extra,
  ];
}

/** @returns null where Slurm did not say that it took the job, with what it said instead. */
export async function submit(
  options: readonly string[],
  script: string,
): Promise<{ readonly job: JobId | null; readonly said: string }> {
  const { code, stdout, stderr } = await ask('sbatch', [...options, script]);
  return { job: code === 0 ? parseSubmitted(stdout) : null, said: oneLine(stderr) || `exit code ${code}` };
}

/** `123` or `123;cluster`, in the last line: sites print greetings before it. */
export function parseSubmitted(stdout: string): JobId | null {
  const match = /^(\d+)(?:;(\S+))?$/.exec(stdout.trim().split('\n').at(-1)?.trim() ?? '');
  return match === null ? null : { id: match[1] ?? '', cluster: match[2] ?? null };
}

/** @throws UserError where there is no squeue. */
export async function stateOf(job: JobId): Promise<JobState> {
  const asked = [`--jobs=${job.id}`, '--states=all', '--noheader', '--format=%T|%r', ...clusterOf(job)];
  const queue = await ask('squeue', asked);
  if (queue.code !== 0 && !/Invalid job id/i.test(queue.stderr)) {
    return { state: 'UNKNOWN', reason: oneLine(queue.stderr) || `exit code ${queue.code}`, exitCode: null };
  }
  const [state = '', reason = ''] = lineWithBar(queue.stdout)?.split('|') ?? [];
  // The queue knows of an ended job for minutes, the accounting (where a site keeps one) for years.
  const accounted = state === '' || ENDED.includes(state) ? await accountOf(job) : null;
  if (state === '') return accounted ?? { state: 'GONE', reason: '', exitCode: null };
  return { state, reason, exitCode: accounted?.exitCode ?? null };
}

/** @returns null where the site keeps no accounting, or it does not know the job yet. */
async function accountOf(job: JobId): Promise<JobState | null> {
  const asked = [
    `--jobs=${job.id}`,
    '--allocations',
    '--noheader',
    '--parsable2',
    '--format=State,ExitCode',
    ...clusterOf(job),
  ];
  const { code, stdout } = await ask('sacct', asked).catch(() => ({ code: 1, stdout: '' }));
  const line = code === 0 ? lineWithBar(stdout) : undefined;
  if (line === undefined) return null;
  const [words = '', exit = ''] = line.split('|');
  const match = /^(\d+):(\d+)$/.exec(exit);
  // `CANCELLED by 1000`
  const state = words.split(' ')[0] ?? '';
  return { state, reason: '', exitCode: match === null || match[2] !== '0' ? null : Number(match[1]) };
}

/**
 * The job that bears the name: sbatch may have been taken from us before it told its number.
 *
 * @returns null where Slurm knows of none
 * @throws UserError where it does not answer: to submit another job then could be to submit it twice
 */
export async function findByName(name: string): Promise<JobId | null> {
  const { code, stdout, stderr } = await ask('squeue', [
    `--name=${name}`,
    '--states=all',
    '--noheader',
    '--format=%i',
  ]);
  if (code !== 0) throw new UserError(messages.slurmNoAnswer(oneLine(stderr) || `exit code ${code}`));
  const id = /^\d+$/m.exec(stdout)?.[0];
  return id === undefined ? null : { id, cluster: null };
}

export async function cancel(job: JobId): Promise<void> {
  await ask('scancel', [...clusterOf(job), job.id]);
}

/** While this process ends: it waits for the command and for nothing else. */
export function cancelNow(jobs: readonly JobId[]): void {
  for (const job of jobs) {
    spawnSync('scancel', [...clusterOf(job), job.id], { timeout: CANCEL_TIMEOUT_MS, stdio: 'ignore' });
  }
}

function clusterOf({ cluster }: JobId): readonly string[] {
  return cluster === null ? [] : [`--clusters=${cluster}`];
}

/** A line `CLUSTER: name` comes first with --clusters. */
function lineWithBar(text: string): string | undefined {
  return text
    .split('\n')
    .find((line) => line.includes('|'))
    ?.trim();
}

function oneLine(text: string): string {
  return text.trim().split('\n').join(' ').slice(0, 500);
}
