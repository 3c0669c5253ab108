/**
 * Milliseconds since 1970 that never go back: the time of day when this process began, and what a steady clock counted
 * since. Durations and estimates are taken from it; a machine whose clock is set meanwhile must not make them negative.
 */
export function steadyMs(): number {
  return performance.timeOrigin + performance.now();
}
