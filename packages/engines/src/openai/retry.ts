/** When to ask a server again, and how long to wait before: exponential back-off with jitter, Retry-After obeyed. */

export const MAX_ATTEMPTS = 6;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
/** A server that asks for more patience than this is treated as down. */
const MAX_RETRY_AFTER_MS = 10 * 60_000;

/** Too early, too many, and what a server or a proxy says while it starts, is full or falls over. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** What llama.cpp's server says, with status 500, of an option that it does not have. */
const PERMANENT = /\bonly no echo\b|\bnot supported\b|\bunsupported\b/i;

/** Whether the same request may be answered later. @param text what the server says. */
export function isPassing(status: number, text: string): boolean {
  return PASSING.has(status) && !(status === 500 && PERMANENT.test(text));
}

/**
 * @param attempt 0 for the first.
 * @param retryAfter the header's value: seconds or a date.
 * @param random in [0, 1).
 * @returns null where the server asks for more than ten minutes.
 */
export function delayBefore(
  attempt: number,
  retryAfter: string | null,
  random: number,
  nowMs: number,
): number | null {
  const backOffMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt) * (0.5 + random / 2);
  const askedMs = retryAfterMs(retryAfter, nowMs);
  return askedMs > MAX_RETRY_AFTER_MS ? null : Math.max(backOffMs, askedMs);
}

function retryAfterMs(value: string | null, nowMs: number): number {
  if (value === null) return 0;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs);
}
