/**
 * Runs lm-eval until it ends well: with a smaller batch where the GPU's memory did not suffice, and once more where it
 * hung. Knows how the program is started; what it left behind is read elsewhere.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { steadyMs } from '@evalgraph/system';
import type { TaskEngineWork } from '../engine.ts';
import { type BatchPlace, rememberBatch, rememberedBatch } from '../gpus/batch-memory.ts';
import { phrases as gpuPhrases } from '../gpus/messages.ts';
import type { EarlierJob, Ended, Launcher } from '../launchers/launcher.ts';
import { silenceText } from '../launchers/silence.ts';
import { smallerBatch } from './command.ts';
import { failureOf } from './failure.ts';
import { messages, phrases, type Ran } from './messages.ts';
import { progressLines } from './progress-lines.ts';

const PROGRESS_INTERVAL_MS = 10_000;

export interface Tries {
  readonly launcher: Launcher;
  readonly work: TaskEngineWork;
  /** Where lm-eval writes, below the scratch folder; empty at each start. */
  readonly output: string;
  /** The whole command line with that batch size. */
  command(batchSize: string): readonly string[];
  /** Files that the command names. */
  prepare(): Promise<void>;
  readonly environment: Readonly<Record<string, string>>;
  readonly asked: string;
  readonly silenceMs: number;
  readonly place: BatchPlace;
  /** The folder of remembered batch sizes. */
  readonly memory: string;
  onProcess(pid: number): void;
}

export interface Tried {
  readonly ran: Ran;
  /** What the user should know of it. */
  readonly notes: readonly string[];
}

/** @throws UserError at any failure that a smaller batch or another start does not mend. */
export async function runUntilWell(tries: Tries): Promise<Tried> {
  const { work, asked, memory, place } = tries;
  const notes: string[] = [];
  const note = (line: string): void => {
    notes.push(line);
    work.onLine(line);
  };
  let earlier = await resumable(tries);
  const known = rememberedBatch(memory, place, asked);
  let batchSize = earlier?.tag ?? known?.fits ?? asked;
  if (known !== null && batchSize === known.fits) {
    note(gpuPhrases.rememberedBatch(asked, known.fits, known.failed, place.gpu));
  }
  let failed: string | null = null;
  let hung = false;
  for (;;) {
    const { ran, ended } = await runOnce(tries, batchSize, earlier !== null);
    earlier = null;
    if (ended.silent) {
      const silence = silenceText(tries.silenceMs);
      if (hung) throw new UserError(messages.lmEvalHung(silence, ran));
      hung = true;
      note(phrases.restarted(silence));
      continue;
    }
    if (ended.exitCode === 0) {
      if (failed !== null) await rememberBatch(memory, place, asked, { fits: batchSize, failed });
      return { ran, notes };
    }
    const next = smallerAfter(ended, batchSize, ran);
    note(phrases.halved(batchSize, next));
    failed = batchSize;
    batchSize = next;
  }
}

/** The job of an earlier run, where it is the one that would be started now; any other one is ended. */
async function resumable({ launcher, work, command }: Tries): Promise<EarlierJob | null> {
  const earlier = await launcher.earlier(work.scratch);
  if (earlier === null) return null;
  if (JSON.stringify(command(earlier.tag)) === JSON.stringify(earlier.command)) return earlier;
  await launcher.discard(work.scratch);
  return null;
}

async function runOnce(
  tries: Tries,
  batchSize: string,
  isUnderWay: boolean,
): Promise<{ readonly ran: Ran; readonly ended: Ended }> {
  const { launcher, work, output } = tries;
  const command = tries.command(batchSize);
  const ran: Ran = { command: shown(command), log: join(work.scratch, 'lm_eval.log') };
  if (!isUnderWay) {
    await rm(output, { recursive: true, force: true });
    await mkdir(output, { recursive: true });
    await tries.prepare();
    await writeFile(ran.log, `$ ${ran.command}\n`, { flag: 'a' });
  }
  work.onLine(phrases.started(ran.log));
  const progress = progressLines(work.onLine, PROGRESS_INTERVAL_MS, steadyMs);
  const ended = await launcher.run({
    command,
    cwd: work.root,
    environment: { PYTHONUNBUFFERED: '1', ...tries.environment },
    folder: work.scratch,
    log: ran.log,
    name: work.cell,
    tag: batchSize,
    silenceMs: tries.silenceMs,
    onOutput: (text) => progress.push(text),
    onLine: work.onLine,
    onProcess: tries.onProcess,
  });
  return { ran, ended };
}

/** The batch size to go on with where the GPU's memory did not suffice. @throws UserError at any other failure. */
function smallerAfter({ exitCode, signal, tail }: Ended, batchSize: string, run: Ran): string {
  const failure = failureOf(tail);
  if (failure.kind === 'memory') {
    const next = smallerBatch(batchSize, tail);
    if (next === null) throw new UserError(messages.lmEvalOutOfMemory(run));
    return next;
  }
  // 128 + n: how a shell between us tells of a signal.
  const killedBy = signal ?? (exitCode === 137 ? 'SIGKILL' : exitCode === 143 ? 'SIGTERM' : null);
  if (killedBy !== null) throw new UserError(messages.lmEvalKilled(killedBy, run));
  throw new UserError(messages.lmEvalFailed(failure.cause, run, failure.remedy));
}

/** As one would type it. */
function shown(command: readonly string[]): string {
  return command
    .map((part) => (/^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
