/** lm-eval's progress bars (tqdm, redrawn in place) -> a plain line now and then. Time is the caller's. */
import { steadyMs } from '@evalgraph/system';

const BAR =
  /(?:^|[\r\n])([^\r\n%|]*?):?\s*(\d{1,3})%\|[^|\r\n]*\|\s*(\d+)\/(\d+)\s*\[([^<\]\r\n]*)<([^,\]\r\n]*)/g;

export interface ProgressLines {
  /** Output as it comes. */
  push(chunk: string): void;
}

/** @param emit at most one line in `intervalMs`, and one for each bar that is full. */
export function progressLines(
  emit: (line: string) => void,
  intervalMs: number,
  nowMs: () => number = steadyMs,
): ProgressLines {
  let rest = '';
  let lastMs = Number.NEGATIVE_INFINITY;
  let last = '';
  return {
    push(chunk) {
      const text = rest + chunk;
      const bars = [...text.matchAll(BAR)];
      const bar = bars.at(-1);
      // A bar may be cut at the chunk's end: the last line is looked at again with the next chunk.
      rest = text.slice(Math.max(text.lastIndexOf('\r'), text.lastIndexOf('\n'), 0)).slice(-500);
      if (bar === undefined) return;
      const line = lineOf(bar);
      const full = bar[3] === bar[4];
      if (line === last || (!full && nowMs() - lastMs < intervalMs)) return;
      lastMs = nowMs();
      last = line;
      emit(line);
    },
  };
}

function lineOf([, name = '', percent, done, total, , left]: RegExpExecArray): string {
  const what = name.trim() === '' ? 'lm-eval' : name.trim();
  return `${what}: ${done}/${total} (${percent} %)${done === total ? '' : `, ${left?.trim()} left`}`;
}
