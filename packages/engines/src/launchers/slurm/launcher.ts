/**
 * Runs programs as jobs of Slurm: submits, waits, reads how they ended. The folder of a job lies on a disk that the
 * cluster's machines share; through it come the output and the exit code.
 *
 * Ctrl-C cancels the jobs. Whatever else ends this process (a closed connection, a kill, a power loss) leaves them to
 * Slurm, and the next run finds them by what was written before they were submitted.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readRegularSync, UserError } from '@evalgraph/formats';
import type { SlurmUse } from '@evalgraph/spec';
import { writeError, writingSync } from '@evalgraph/system';
import { type Ended, type LaunchedJob, type Launcher, tailOf } from '../launcher.ts';
import { messages, phrases } from '../messages.ts';
import { type SilenceWatch, watchSilence } from '../silence.ts';
import {
  cancel,
  cancelNow,
  findByName,
  isEnded,
  type JobId,
  type JobState,
  stateOf,
  submit,
  submitOptions,
} from './commands.ts';
import { followFile } from './follow.ts';
import { type JobRecord, readJobRecord, removeJobRecord, writeJobRecord } from './record.ts';
import { EXIT_FILE, jobScript } from './script.ts';

/** Soon at first, for what ends or fails at once; then seldom: a controller serves a whole cluster. */
const FIRST_POLL_MS = 250;
const LAST_POLL_MS = 15_000;
/** A shared disk shows a file of another machine late. */
const EXIT_FILE_PATIENCE_MS = 30_000;
/** How long a job that ignores the first signal may take from scancel to its end. */
const CANCEL_PATIENCE_MS = 120_000;
/** 128 and SIGINT's number: the exit code after Ctrl-C. */
const INTERRUPTED = 130;

export function slurmLauncher(use: SlurmUse): Launcher {
  return {
    run: (job) => run(use, job),
    async earlier(folder) {
      const record = readJobRecord(folder);
      if (record === null) return null;
      const job = record.job ?? (await findByName(record.name));
      const alive = job !== null && (await isWorthWaiting(job, folder));
      if (alive) return { command: record.command, tag: record.tag };
      removeJobRecord(folder);
      return null;
    },
    async discard(folder) {
      const record = readJobRecord(folder);
      const job = record === null ? null : (record.job ?? (await findByName(record.name)));
      if (job !== null) await cancelAndWait(job);
      removeJobRecord(folder);
    },
  };
}

/** It runs, or it ended by itself. What a user or the site cancelled, or what nothing is known of, is begun anew. */
async function isWorthWaiting(job: JobId, folder: string): Promise<boolean> {
  const state = await stateOf(job);
  return !isEnded(state) || readExitCode(folder) !== null || state.state === 'COMPLETED';
}

async function run(use: SlurmUse, asked: LaunchedJob): Promise<Ended> {
  const known = readJobRecord(asked.folder);
  const same = known !== null && JSON.stringify(known.command) === JSON.stringify(asked.command);
  const record = same ? await foundAgain(known, asked) : await submitted(use, asked);
  const { job } = record;
  const forget = endsWithUs(job);
  try {
    const { state, silent, tail } = await waitFor(job, record.logStart, asked);
    const exitCode = await exitCodeOf(state, asked.folder);
    removeJobRecord(asked.folder);
    if (exitCode === null && !silent)
      throw new UserError(messages.slurmEnded(job.id, state.state, asked.log));
    return { exitCode, signal: null, silent, tail };
  } finally {
    forget();
  }
}

type SubmittedRecord = JobRecord & { readonly job: JobId };

async function foundAgain(record: JobRecord, asked: LaunchedJob): Promise<SubmittedRecord> {
  const job = record.job ?? (await findByName(record.name));
  if (job === null) throw new Error(`job ${record.name} is gone`);
  asked.onLine(phrases.foundAgain(job.id));
  return { ...record, job };
}

async function submitted(use: SlurmUse, asked: LaunchedJob): Promise<SubmittedRecord> {
  const { command, folder, log, tag } = asked;
  const name = `${asked.name.replaceAll(/[^\w.@+-]/g, '_')}-${randomBytes(4).toString('hex')}`;
  const script = join(folder, 'job.sh');
  writingSync(script, () => {
    mkdirSync(folder, { recursive: true });
    rmSync(join(folder, EXIT_FILE), { force: true });
    writeFileSync(script, jobScript(command, asked.environment, folder));
  });
  const record: JobRecord = { format: 1, name, job: null, command, tag, logStart: sizeOf(log) };
  await writeJobRecord(folder, record);
  const { job: told, said } = await submit(submitOptions(use, name, asked.cwd, log), script);
  // A controller that answers too late may have taken the job nevertheless.
  const job = told ?? (await findByName(name));
  if (job === null) {
    removeJobRecord(folder);
    throw new UserError(messages.slurmRefused(said, script));
  }
  await writeJobRecord(folder, { ...record, job });
  asked.onLine(phrases.submitted(job.id, log));
  return { ...record, job };
}

interface Waited {
  readonly state: JobState;
  readonly silent: boolean;
  readonly tail: string;
}

async function waitFor(job: JobId, logStart: number, asked: LaunchedJob): Promise<Waited> {
  const tail = tailOf();
  let silent = false;
  let cancelled = false;
  let watch: SilenceWatch | null = null;
  const log = followFile(asked.log, logStart, (text) => {
    watch?.heard();
    tail.push(text);
    asked.onOutput(text);
  });
  let before = '';
  try {
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(1.5 * pollMs, LAST_POLL_MS)) {
      const state = await stateOf(job);
      log.read();
      if (state.state !== before) tellState(job, state, asked);
      before = state.state;
      if (isEnded(state)) {
        // It may have come to its end while it was being cancelled.
        return { state, silent: cancelled && state.state !== 'COMPLETED', tail: tail.text() };
      }
      if (silent) {
        await cancelAndWait(job);
        cancelled = true;
        continue;
      }
      if (state.state === 'RUNNING') {
        watch ??= watchSilence(asked.silenceMs, () => {
          silent = true;
        });
      } else if (state.state !== 'UNKNOWN') {
        // In the queue it has nothing to say.
        watch?.stop();
        watch = null;
      }
      await sleep(Math.min(pollMs, Math.max(FIRST_POLL_MS, asked.silenceMs / 4)));
    }
  } finally {
    stopWatch(watch);
    log.close();
  }
}

function stopWatch(watch: SilenceWatch | null): void {
  watch?.stop();
}

function tellState(job: JobId, state: JobState, { onLine }: LaunchedJob): void {
  if (state.state === 'UNKNOWN') onLine(phrases.unreachable(state.reason));
  else if (!isEnded(state)) onLine(phrases.state(job.id, state.state, state.reason));
}

async function cancelAndWait(job: JobId): Promise<void> {
  await cancel(job);
  const untilMs = performance.now() + CANCEL_PATIENCE_MS;
  for (let pollMs = FIRST_POLL_MS; performance.now() < untilMs; pollMs = Math.min(2 * pollMs, 5000)) {
    if (isEnded(await stateOf(job))) return;
    await sleep(pollMs);
  }
  throw new UserError(messages.slurmNotCancelled(job.id));
}

/** @returns null where the program did not come to its end. */
async function exitCodeOf(state: JobState, folder: string): Promise<number | null> {
  const byItself = ['COMPLETED', 'FAILED', 'GONE'].includes(state.state);
  const untilMs = performance.now() + (byItself ? EXIT_FILE_PATIENCE_MS : 0);
  for (;;) {
    const code = readExitCode(folder);
    if (code !== null) return code;
    if (state.exitCode !== null && byItself) return state.exitCode;
    if (performance.now() >= untilMs) return state.state === 'COMPLETED' ? 0 : null;
    await sleep(FIRST_POLL_MS);
  }
}

/** A number, and the end of its line. */
const MAX_EXIT_BYTES = 64;

function readExitCode(folder: string): number | null {
  // Listing the folder makes a network disk look again.
  if (!readdirSync(folder).includes(EXIT_FILE)) return null;
  const match = /^(\d{1,3})\s*$/.exec(
    readRegularSync(join(folder, EXIT_FILE), MAX_EXIT_BYTES).toString('utf8'),
  );
  return match === null ? null : Number(match[1]);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

const living = new Map<string, JobId>();

/** @returns what takes the job off the list again. */
function endsWithUs(job: JobId): () => void {
  if (living.size === 0) process.on('exit', atExit);
  living.set(job.id, job);
  return () => {
    living.delete(job.id);
    if (living.size === 0) process.off('exit', atExit);
  };
}

function atExit(code: number): void {
  const jobs = [...living.values()];
  if (code === INTERRUPTED) cancelNow(jobs);
  else writeError(`${phrases.goOn(jobs.map(({ id }) => id))}\n`);
}
