/** Runs a program on this machine, in a process group of its own: what it starts ends with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ended, type LaunchedJob, type Launcher, tailOf } from './launcher.ts';
import { watchSilence } from './silence.ts';

/** How long a program has between SIGTERM and SIGKILL. */
const GRACE_MS = 10_000;
/** After a program's end, for those of its children that still hold its output open. */
const DRAIN_MS = 2000;

export const localLauncher: Launcher = {
  run,
  earlier: async () => null,
  discard: async () => {},
};

async function run(job: LaunchedJob): Promise<Ended> {
  const log = createWriteStream(job.log, { flags: 'a' });
  const logged = finished(log).catch(() => {});
  const tail = tailOf();
  const [program = '', ...args] = job.command;
  const child = spawn(program, args, {
    cwd: job.cwd,
    env: { ...process.env, ...job.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let silent = false;
  const watch = watchSilence(job.silenceMs, () => {
    silent = true;
    void endGroup(child);
  });
  let fault: { readonly error: unknown } | null = null;
  const take = (chunk: Buffer): void => {
    watch.heard();
    log.write(chunk);
    const text = chunk.toString('utf8');
    tail.push(text);
    try {
      if (fault === null) job.onOutput(text);
    } catch (error) {
      // Thrown here it would end the process: a full disk under the run's log ends this job alone.
      fault = { error };
      void endGroup(child);
    }
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  if (child.pid !== undefined) job.onProcess(child.pid);
  const forget = endsWithUs(child);
  try {
    const { exitCode, signal } = await endOf(child, (reason) => tail.push(`\n${reason}\n`));
    rethrow(fault);
    return { exitCode, signal, silent, tail: tail.text() };
  } finally {
    forget();
    watch.stop();
    log.end();
    await logged;
  }
}

const living = new Set<ChildProcess>();

/** @returns what takes the child off the list again. */
function endsWithUs(child: ChildProcess): () => void {
  if (living.size === 0) process.on('exit', atExit);
  living.add(child);
  return () => {
    living.delete(child);
    if (living.size === 0) process.off('exit', atExit);
  };
}

/** A last chance: nothing waits for anything any more. */
function atExit(): void {
  for (const child of living) killGroup(child, 'SIGKILL');
}

interface Exit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

function endOf(child: ChildProcess, onError: (reason: string) => void): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      onError(error.message);
      resolve({ exitCode: 127, signal: null });
    });
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
    child.once('exit', (exitCode, signal) => {
      setTimeout(() => resolve({ exitCode, signal }), DRAIN_MS).unref();
    });
  });
}

function rethrow(fault: { readonly error: unknown } | null): void {
  if (fault !== null) throw fault.error;
}

async function endGroup(child: ChildProcess): Promise<void> {
  killGroup(child, 'SIGTERM');
  for (let waitedMs = 0; waitedMs < GRACE_MS && hasGroup(child); waitedMs += 100) await sleep(100);
  killGroup(child, 'SIGKILL');
}

function hasGroup({ pid }: ChildProcess): boolean {
  try {
    return pid !== undefined && process.kill(-pid, 0);
  } catch {
    return false;
  }
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}
