/** Progress of a download: a line now and then with bytes, rate and an estimate of what is left. */
import { bytesText } from '@evalgraph/formats';
import { steadyMs } from '@evalgraph/system';

const REPORT_INTERVAL_MS = 5000;
/** Below this a download is not worth a line at its end. */
const NOTABLE_BYTES = 1_000_000;

export interface ByteMeter {
  /** @param count negative where bytes were thrown away. */
  add(count: number): void;
  end(): void;
}

/** @param total bytes, those of earlier tries included. */
export function byteMeter(
  label: string,
  total: number,
  note: (line: string) => void,
  nowMs: () => number = steadyMs,
): ByteMeter {
  const startMs = nowMs();
  let reportedMs = startMs;
  let done = 0;
  /** Before the first report: what an earlier try left is no speed of this one. */
  let before: { readonly ms: number; readonly bytes: number } = { ms: startMs, bytes: 0 };
  return {
    add(count) {
      done += count;
      const now = nowMs();
      if (now - reportedMs < REPORT_INTERVAL_MS || done >= total) return;
      reportedMs = now;
      note(`${label}: ${downloadText(done, total, done - before.bytes, now - before.ms)}`);
      before = { ms: now, bytes: done };
    },
    end() {
      if (total < NOTABLE_BYTES) return;
      note(`${label}: ${bytesText(total)} downloaded in ${clock((nowMs() - startMs) / 1000)}`);
    },
  };
}

/** "1.2 GB of 3.4 GB (35 %), 45.0 MB/s, 0:48 left"; the rate is that of the last interval. */
export function downloadText(done: number, total: number, fresh: number, elapsedMs: number): string {
  const percent = Math.floor((100 * done) / total);
  const perSecond = elapsedMs > 0 ? (Math.max(0, fresh) * 1000) / elapsedMs : 0;
  const left = perSecond > 0 ? `, ${clock((total - done) / perSecond)} left` : '';
  return `${bytesText(done)} of ${bytesText(total)} (${percent} %), ${bytesText(perSecond)}/s${left}`;
}

/** 75 s -> "1:15"; an hour and more -> "1:00:00". */
function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
