/**
 * Progress of long work: a line now and then with a rate and an estimate of what is left. Plain lines, so that a
 * log under nohup, tmux or CI reads well.
 */
import { steadyMs } from '@evalgraph/system';

const REPORT_INTERVAL_MS = 5000;

export interface Meter {
  /** Requests answered, journaled ones included. */
  answered(requests: number): void;
  /** Tokens computed in this run. */
  computed(tokens: number): void;
  end(): void;
}

export interface Progress {
  start(cell: string, requests: number, known: number): Meter;
  note(line: string): void;
}

export interface ProgressOptions {
  readonly write: (line: string) => void;
  readonly nowMs?: () => number;
}

export function lineProgress({ write, nowMs = steadyMs }: ProgressOptions): Progress {
  return {
    note: write,
    start(cell, requests, known) {
      let reportedMs = nowMs();
      let tokens = 0;
      // Opening weights and the first pass's warming up say nothing of the rate: it counts from the first answers on.
      let begun: Measured | null = null;
      if (known > 0) write(`${cell}: going on from ${count(known)} of ${count(requests)} requests`);
      return {
        computed: (total) => {
          tokens = total;
        },
        answered: (done) => {
          const now = nowMs();
          begun ??= { done, tokens, atMs: now };
          if (now - reportedMs < REPORT_INTERVAL_MS || done >= requests) return;
          reportedMs = now;
          write(`${cell}: ${progressText(requests, begun, { done, tokens, atMs: now })}`);
        },
        end: () => {},
      };
    },
  };
}

/** How far a cell was at a moment. */
export interface Measured {
  /** Requests answered. */
  readonly done: number;
  /** Tokens computed. */
  readonly tokens: number;
  readonly atMs: number;
}

/** An estimate stands on so many milliseconds of measured work at least, and on so much of what is left to do. */
const LEAST_MEASURED_MS = 4000;
const LEAST_MEASURED_SHARE = 0.02;

/**
 * "120 of 400 requests (30 %), 3,200 tokens/s, 0:12 left"; rate and time only once enough was measured.
 * @param begun at the first answers
 */
export function progressText(requests: number, begun: Measured, now: Measured): string {
  const percent = Math.floor((100 * now.done) / requests);
  const elapsedMs = now.atMs - begun.atMs;
  const fresh = now.done - begun.done;
  const isMeasured =
    elapsedMs >= LEAST_MEASURED_MS && fresh > 0 && fresh >= LEAST_MEASURED_SHARE * (requests - begun.done);
  const perSecond = Math.round(((now.tokens - begun.tokens) * 1000) / elapsedMs);
  return [
    `${count(now.done)} of ${count(requests)} requests (${percent} %)`,
    ...(elapsedMs >= LEAST_MEASURED_MS && perSecond > 0 ? [`${count(perSecond)} tokens/s`] : []),
    ...(isMeasured ? [`${duration((elapsedMs / fresh) * (requests - now.done))} left`] : []),
  ].join(', ');
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** 75,000 ms -> "1:15"; an hour and more -> "2:05:00". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
