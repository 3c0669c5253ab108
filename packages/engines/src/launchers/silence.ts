/** Notices that something has said nothing for too long. */

export interface SilenceWatch {
  /** It said something. */
  heard(): void;
  stop(): void;
}

/** Looks this often in a limit. */
const TICKS = 60;
const MAX_TICK_MS = 15_000;

/**
 * Time is counted in ticks of this process: while it was stopped (Ctrl-Z, a suspended machine), what it watches was
 * stopped too, and a tick that comes late counts as one.
 *
 * @param onSilence called once
 */
export function watchSilence(limitMs: number, onSilence: () => void): SilenceWatch {
  const tickMs = Math.max(5, Math.min(MAX_TICK_MS, limitMs / TICKS));
  let quietMs = 0;
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    quietMs += Math.min(now - lastMs, 2 * tickMs);
    lastMs = now;
    if (quietMs < limitMs) return;
    clearInterval(timer);
    onSilence();
  }, tickMs);
  timer.unref();
  return {
    heard() {
      quietMs = 0;
    },
    stop: () => clearInterval(timer),
  };
}

/** 1,800,000 -> "30 minutes"; under a minute in seconds. */
export function silenceText(limitMs: number): string {
  const [value, unit] = limitMs >= 60_000 ? [limitMs / 60_000, 'minute'] : [limitMs / 1000, 'second'];
  const rounded = Math.round(value * 10) / 10;
  return `${rounded} ${unit}${rounded === 1 ? '' : 's'}`;
}
