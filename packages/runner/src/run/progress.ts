/**
 * Progress of long work: a line now and then with a rate and an estimate of what is left. Plain lines, so that a
 * log under nohup, tmux or CI reads well.
 */
import { steadyMs } from '../clock.ts';

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
      const startMs = nowMs();
      let reportedMs = startMs;
      let tokens = 0;
      if (known > 0) write(`${cell}: going on from ${count(known)} of ${count(requests)} requests`);
      return {
        computed: (total) => {
          tokens = total;
        },
        answered: (done) => {
          const now = nowMs();
          if (now - reportedMs < REPORT_INTERVAL_MS || done >= requests) return;
          reportedMs = now;
          write(`${cell}: ${progressText(done, known, requests, tokens, now - startMs)}`);
        },
        end: () => {},
      };
    },
  };
}

/** "120 of 400 requests (30 %), 3,200 tokens/s, 0:12 left" */
export function progressText(
  done: number,
  known: number,
  requests: number,
  tokens: number,
  elapsedMs: number,
): string {
  const percent = Math.floor((100 * done) / requests);
  const perSecond = elapsedMs > 0 ? Math.round((tokens * 1000) / elapsedMs) : 0;
  const fresh = done - known;
  const left = fresh > 0 ? `, ${duration((elapsedMs / fresh) * (requests - done))} left` : '';
  return `${count(done)} of ${count(requests)} requests (${percent} %), ${count(perSecond)} tokens/s${left}`;
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
