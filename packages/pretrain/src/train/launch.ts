/**
 * Runs a program of the Python folder: its events to the caller, all else it prints to a log of bounded size, an
 * abort as SIGTERM to it and its children. What the events mean is the caller's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import { type Problem, UserError } from '@evalgraph/formats';
import type { ErrorEvent } from './events.ts';
import { messages, refusedBy } from './messages.ts';
import { findPython, PYTHON_FOLDER } from './python.ts';

/** Warnings of libraries, repeated every step, must not fill a disk. */
export const MAX_LOG_BYTES = 16_000_000;
/** Characters of a line; events have some hundred. What is longer is no event. */
const MAX_LINE = 100_000;
/** Characters of the end that a failure is read from. */
const TAIL = 20_000;
/** The lines that uv prints; transformers' own are not meant. */
const SETUP_LINE = /^(Downloading|Downloaded|Building|Built|Prepared|Installed) /;
/** Time to write the resume state of a large model after SIGTERM. */
const GRACE_MS = 120_000;

/**
 * The environment of a training on a CPU, where the caller says nothing else. glibc hands freed tensors back to the system and faults each
 * page in again at the next step: a quarter of a small model's time; the peak of memory is the same. Threads that spin
 * while they wait for one another are 5 % faster alone, and up to ten times slower where other programs want the cores.
 */
const CPU_DEFAULTS = {
  MALLOC_TOP_PAD_: '67108864',
  MALLOC_TRIM_THRESHOLD_: '1000000000',
  MALLOC_MMAP_THRESHOLD_: '1000000000',
  OMP_WAIT_POLICY: 'PASSIVE',
};

export interface LaunchOptions {
  /** Where EVALGRAPH_PYTHON and PATH are looked up; the program's environment too. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes all that is no event. */
  readonly log: string;
  /** What uv says while it makes the environment: gigabytes, the first time. Nothing where it is there. */
  readonly onSetup?: (line: string) => void;
  /** Aborting it asks the program to save and end. */
  readonly signal?: AbortSignal;
  /** Processes that work together, by torchrun; 1: the program alone. */
  readonly processes?: number;
}

/**
 * Starts `script settingsFile` and waits for its end.
 * @param onLine gets each line of stdout and says whether it was an event.
 * @returns whether the program ended by itself (true) or because of the signal (false).
 * @throws UserError no-python, python-module-missing, program-not-started, program-killed,
 * program-failed, and what the program refuses: out-of-memory, nan-loss, bad-settings, bad-data, other-settings.
 */
export async function runScript(
  script: string,
  settingsFile: string,
  options: LaunchOptions,
  onLine: (line: string) => ErrorEvent | 'event' | 'other',
): Promise<boolean> {
  const { env, log: logFile, onSetup, signal, processes = 1 } = options;
  const { command, from } = findPython(env);
  if (signal?.aborted) return false;
  const together = ['-m', 'torch.distributed.run', '--standalone', `--nproc-per-node=${processes}`];
  const [program = '', ...args] = [
    ...command,
    ...(processes > 1 ? together : []),
    join(PYTHON_FOLDER, script),
    settingsFile,
  ];
  await mkdir(dirname(logFile), { recursive: true });
  const log = boundedLog(logFile);
  let refusal: ErrorEvent | null = null;
  let isSetUp = from !== 'uv' || onSetup === undefined;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: uv and torchrun have children, and a signal must reach them once, from here.
    detached: true,
    env: {
      ...CPU_DEFAULTS,
      ...env,
      PYTHONUNBUFFERED: '1',
      PYTHONUTF8: '1',
      TOKENIZERS_PARALLELISM: 'false',
      // Nx asks for colours; what is printed here goes into a file.
      NO_COLOR: '1',
      FORCE_COLOR: undefined,
    },
  });
  const faults: unknown[] = [];
  /** What is thrown where a stream hands a line on would end the process: it ends the program, and is thrown then. */
  const guarded =
    (take: (line: string) => void) =>
    (line: string): void => {
      if (faults.length > 0) return;
      try {
        take(line);
      } catch (error) {
        faults.push(error);
        stop();
      }
    };
  onLines(
    child.stdout,
    guarded((line) => {
      const said = onLine(line);
      isSetUp ||= said !== 'other';
      if (said === 'other') log.write(`${line}\n`);
      else if (said !== 'event') refusal = said;
    }),
  );
  child.stderr.on('data', (chunk: Buffer) => log.write(chunk.toString('utf8')));
  if (!isSetUp) {
    onLines(
      child.stderr,
      guarded((line) => {
        const plain = stripVTControlCharacters(line).trim();
        if (!isSetUp && SETUP_LINE.test(plain)) onSetup?.(plain);
      }),
    );
  }
  let timer: NodeJS.Timeout | null = null;
  const stop = (): void => {
    signalGroup(child, 'SIGTERM');
    timer ??= setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
  };
  const leave = (): void => signalGroup(child, 'SIGTERM');
  signal?.addEventListener('abort', stop);
  process.once('exit', leave);
  try {
    const { exitCode, killedBy } = await ended(child, basename(program));
    if (faults.length > 0) throw faults[0];
    if (signal?.aborted) return false;
    if (exitCode === 0) return true;
    throw new UserError(failure(script, basename(program), exitCode, killedBy, refusal, log.tail(), logFile));
  } finally {
    signal?.removeEventListener('abort', stop);
    process.off('exit', leave);
    if (timer !== null) clearTimeout(timer);
    await log.close();
  }
}

function ended(
  child: ChildProcess,
  program: string,
): Promise<{ readonly exitCode: number | null; readonly killedBy: string | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new UserError(messages.programNotStarted(program, error.message))));
    child.once('close', (exitCode, killedBy) => resolve({ exitCode, killedBy }));
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // It ended in between.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function failure(
  script: string,
  program: string,
  exitCode: number | null,
  killedBy: string | null,
  refusal: ErrorEvent | null,
  tail: string,
  log: string,
): Problem {
  if (refusal !== null) return refusedBy(script, refusal.code, refusal.message);
  if (killedBy !== null) return messages.programKilled(script, killedBy);
  const [, missing] = /ModuleNotFoundError: No module named '([\w.]+)'/.exec(tail) ?? [];
  if (missing !== undefined) return messages.pythonModuleMissing(missing, program);
  const [memory] = /[^\n]*(?:CUDA out of memory|OutOfMemoryError)[^\n]*/.exec(tail) ?? [];
  if (memory !== undefined) return refusedBy(script, 'out-of-memory', memory.trim());
  // 128 + 9: a shell or torchrun tells of a SIGKILL so.
  if (exitCode === 137 || exitCode === 247) return messages.programKilled(script, 'SIGKILL');
  return messages.programFailed.exitCode(
    script,
    exitCode,
    tail.trimEnd().split('\n').slice(-3).join('\n'),
    log,
  );
}

/** Whole lines; one that grows beyond the limit is dropped to its end. */
export function onLines(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let isTooLong = false;
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!isTooLong && line.length <= MAX_LINE) take(line);
      isTooLong = false;
    }
    if (rest.length > MAX_LINE) {
      isTooLong = true;
      rest = '';
    }
  });
  stream.on('end', () => {
    if (rest !== '' && !isTooLong) take(rest);
  });
}

interface BoundedLog {
  readonly write: (text: string) => void;
  /** The end of what was written, also beyond the file's limit. */
  readonly tail: () => string;
  readonly close: () => Promise<void>;
}

/** Begins the file anew and stops writing at the limit. */
function boundedLog(path: string): BoundedLog {
  const file = createWriteStream(path);
  // A full disk must not end the training: the failure's message has the tail.
  const done = finished(file).catch(() => {});
  let bytes = 0;
  let tail = '';
  return {
    write: (text) => {
      tail = (tail + text).slice(-TAIL);
      if (bytes > MAX_LOG_BYTES) return;
      bytes += Buffer.byteLength(text);
      file.write(bytes > MAX_LOG_BYTES ? '\n(more was printed than this log takes)\n' : text);
    },
    tail: () => tail,
    close: async () => {
      file.end();
      await done;
    },
  };
}
