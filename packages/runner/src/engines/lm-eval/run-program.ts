/** Runs lm-eval once: its whole output goes to a log file, its progress to the caller. */
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { $ } from 'zx';
import { progressLines } from './progress-lines.ts';

const PROGRESS_INTERVAL_MS = 10_000;
/** Characters of the log's end that a failure is read from. */
const TAIL = 200_000;

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The end of what it printed. */
  readonly tail: string;
}

export async function runProgram(
  program: readonly string[],
  options: { readonly cwd: string; readonly log: string; readonly onLine: (line: string) => void },
): Promise<Ended> {
  const log = createWriteStream(options.log, { flags: 'a' });
  const logged = finished(log).catch(() => {});
  const progress = progressLines(options.onLine, PROGRESS_INTERVAL_MS);
  let tail = '';
  const take = (chunk: Buffer): void => {
    const text = chunk.toString('utf8');
    log.write(chunk);
    tail = (tail + text).slice(-TAIL);
    progress.push(text);
  };
  const child = $({
    cwd: options.cwd,
    // `exec`: the program takes the shell's place, so that a signal to the child reaches it.
    prefix: 'exec ',
    quiet: true,
    nothrow: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONUNBUFFERED: '1' },
  })`${program}`;
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const stop = (): void => {
    child.child?.kill('SIGTERM');
  };
  process.once('exit', stop);
  try {
    const { exitCode, signal } = await child;
    return { exitCode, signal, tail };
  } finally {
    process.off('exit', stop);
    log.end();
    await logged;
  }
}
