/**
 * A run as its event log tells it: lines -> what is done, failed, running. Pure but for `openLog`, which reads what
 * was appended since it last looked. A log grows over months, so only its end is read.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isMissing, UserError } from '@evalgraph/formats';
import { systemMessages } from '@evalgraph/system';

/** A run over 27 checkpoints and 87 tasks writes about 3 MB; progress lines come every five seconds. */
const MAX_READ_BYTES = 32 * 1024 * 1024;
const MOST_NOTES = 3;

export interface RunningCell {
  readonly cell: string;
  readonly sinceMs: number;
  readonly requests: number;
  readonly known: number;
  /** The newest progress line, without the cell's name. */
  readonly text: string | null;
  readonly answered: number;
  readonly tokensPerSecond: number | null;
  /** What its last line with an estimate said, and when; null: none yet. */
  readonly estimate: { readonly leftMs: number; readonly atMs: number } | null;
}

export interface EndedCell {
  readonly cell: string;
  readonly atMs: number;
  readonly seconds: number;
  /** computed, resumed, rescored, store; null: it failed. */
  readonly origin: string | null;
  /** Why it failed. */
  readonly text: string | null;
}

/** Everything since a run began while none was under way; runs that overlap count as one. */
export interface RunState {
  readonly startedMs: number;
  readonly engine: string;
  readonly pids: readonly number[];
  /** Runs that began and have not said that they ended. */
  readonly open: number;
  /** Cells that the runs set out to do. */
  readonly cells: number;
  readonly running: ReadonlyMap<string, RunningCell>;
  /** The cells that ended, in the order in which they did. */
  readonly ended: ReadonlyMap<string, EndedCell>;
  readonly notes: readonly string[];
  readonly lastMs: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** The next state; null while no run has begun. A line that is no event, or of a later release, is passed over. */
export function nextState(state: RunState | null, line: string): RunState | null {
  const fields = parse(line);
  const atMs = Date.parse(textOf(fields?.['time']) ?? '');
  if (fields === null || Number.isNaN(atMs)) return state;
  if (fields['event'] === 'run-started') return started(state, fields, atMs);
  return state === null ? null : { ...applied(state, fields, atMs), lastMs: atMs };
}

function started(state: RunState | null, fields: Fields, atMs: number): RunState {
  const before = state !== null && state.open > 0 && state.pids.some(isRunning) ? state : null;
  const pid = numberOf(fields['pid']);
  return {
    startedMs: before?.startedMs ?? atMs,
    engine: textOf(fields['engine']) ?? '',
    pids: [...(before?.pids ?? []), ...(pid === null ? [] : [pid])],
    open: (before?.open ?? 0) + 1,
    cells: (before?.cells ?? 0) + (numberOf(fields['cells']) ?? 0),
    running: before?.running ?? new Map(),
    ended: before?.ended ?? new Map(),
    notes: before?.notes ?? [],
    lastMs: atMs,
  };
}

function applied(state: RunState, fields: Fields, atMs: number): RunState {
  const cell = textOf(fields['cell']);
  switch (fields['event']) {
    case 'run-ended':
      return { ...state, open: Math.max(0, state.open - 1) };
    case 'note':
      return { ...state, notes: [...state.notes, textOf(fields['text']) ?? ''].slice(-MOST_NOTES) };
    case 'cell-started':
      return cell === null ? state : withRunning(state, beginning(cell, fields, atMs));
    case 'progress': {
      const text = textOf(fields['text']);
      if (cell === null || text === null) return state;
      const before = state.running.get(cell) ?? beginning(cell, {}, atMs);
      return withRunning(state, { ...before, ...progressOf(text, cell, before, atMs) });
    }
    case 'cell-ended':
    case 'cell-failed': {
      if (cell === null) return state;
      const running = new Map(state.running);
      running.delete(cell);
      const isFailed = fields['event'] === 'cell-failed';
      const ended = new Map(state.ended);
      ended.delete(cell);
      ended.set(cell, {
        cell,
        atMs,
        seconds: numberOf(fields['seconds']) ?? 0,
        origin: isFailed ? null : (textOf(fields['origin']) ?? ''),
        text: isFailed ? (textOf(fields['text']) ?? '') : null,
      });
      return { ...state, running, ended };
    }
    default:
      return state;
  }
}

function beginning(cell: string, fields: Fields, sinceMs: number): RunningCell {
  const known = numberOf(fields['known']) ?? 0;
  return {
    cell,
    sinceMs,
    requests: numberOf(fields['requests']) ?? 0,
    known,
    text: null,
    answered: known,
    tokensPerSecond: null,
    estimate: null,
  };
}

function withRunning(state: RunState, one: RunningCell): RunState {
  return { ...state, running: new Map(state.running).set(one.cell, one) };
}

/** `demo@1/t: 120 of 400 requests (30 %), 3,200 tokens/s, 0:12 left`, as run/progress.ts writes it. */
function progressOf(line: string, cell: string, before: RunningCell, atMs: number): Partial<RunningCell> {
  const text = line.startsWith(`${cell}: `) ? line.slice(cell.length + 2) : line;
  const answered = /^([\d,]+) of [\d,]+ requests/.exec(text)?.[1];
  const rate = /([\d,]+) tokens\/s/.exec(text)?.[1];
  const left = /(?:(\d+):)?(\d+):(\d\d) left$/.exec(text);
  const [, hours = 0, minutes = 0, seconds = 0] = (left ?? []).map((part) => Number(part ?? 0));
  const number = (digits: string): number => Number(digits.replaceAll(',', ''));
  return {
    text,
    answered: answered === undefined ? before.answered : number(answered),
    tokensPerSecond: rate === undefined ? before.tokensPerSecond : number(rate),
    estimate:
      left === null ? before.estimate : { leftMs: 1000 * (3600 * hours + 60 * minutes + seconds), atMs },
  };
}

/** `ended`: it said so. `gone`: it did not, and its process is no longer there. */
export type RunPhase = 'running' | 'ended' | 'gone';

export function phaseOf({ open, pids }: RunState): RunPhase {
  if (open === 0) return 'ended';
  return pids.some(isRunning) ? 'running' : 'gone';
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * How long what is left would take: cells like those that are left took so long each, and so many ran at once.
 * @param left names of tasks, one for each cell that is neither ended nor running; null where they are not known
 * @returns null before the first computed cell ends and without an estimate of a running one
 */
export function remainingMs(state: RunState, left: readonly string[] | null, nowMs: number): number | null {
  const computed = [...state.ended.values()].filter(({ origin }) => origin !== null && origin !== 'store');
  const running = [...state.running.values()];
  const fractions = running.map(({ estimate }) =>
    estimate === null ? null : Math.max(0, estimate.leftMs - (nowMs - estimate.atMs)),
  );
  const waiting = Math.max(0, state.cells - state.ended.size - running.length);
  if (computed.length === 0 && (waiting > 0 || fractions.every((one) => one === null))) return null;
  const byTask = Map.groupBy(computed, ({ cell }) => taskOf(cell));
  const all = mean(computed) ?? 0;
  const expected = (task: string): number => mean(byTask.get(task) ?? []) ?? all;
  const waitingMs =
    left !== null && left.length === waiting
      ? left.reduce((sum, task) => sum + expected(task), 0)
      : waiting * all;
  const runningMs = running.reduce(
    (sum, { cell, sinceMs }, index) =>
      sum + (fractions[index] ?? Math.max(0, expected(taskOf(cell)) - (nowMs - sinceMs))),
    0,
  );
  return (waitingMs + runningMs) / Math.max(1, running.length);
}

export function taskOf(cell: string): string {
  return cell.slice(cell.lastIndexOf('/') + 1);
}

function mean(cells: readonly EndedCell[]): number | null {
  if (cells.length === 0) return null;
  return (1000 * cells.reduce((sum, { seconds }) => sum + seconds, 0)) / cells.length;
}

export interface LogReader {
  /** @returns whole lines that are new; null while the file does not exist. @throws UserError */
  read(): readonly string[] | null;
}

export function openLog(path: string, shownPath: string): LogReader {
  let offset: number | null = null;
  let rest = '';
  const decoder = new TextDecoder();
  const unreadable = (error: unknown): UserError =>
    new UserError(
      systemMessages.unreadable(shownPath, (error as NodeJS.ErrnoException).code ?? String(error)),
    );
  return {
    read() {
      let file: number;
      try {
        file = openSync(path, 'r');
      } catch (error) {
        if (isMissing(error)) return null;
        throw unreadable(error);
      }
      try {
        const { size } = fstatSync(file);
        const isFirst = offset === null;
        const isShorter = offset !== null && size < offset;
        if (isShorter) rest = '';
        const start = isFirst || isShorter ? Math.max(0, size - MAX_READ_BYTES) : (offset ?? 0);
        const buffer = Buffer.alloc(Math.min(size - start, MAX_READ_BYTES));
        const bytes = readSync(file, buffer, 0, buffer.length, start);
        offset = start + bytes;
        const text = rest + decoder.decode(buffer.subarray(0, bytes), { stream: true });
        const lines = text.split('\n');
        rest = lines.pop() ?? '';
        // Where only the end is read, its first line has no beginning.
        return isFirst && start > 0 ? lines.slice(1) : lines;
      } catch (error) {
        throw unreadable(error);
      } finally {
        closeSync(file);
      }
    },
  };
}

function parse(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
