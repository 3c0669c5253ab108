/** How Nx finds an executor of executors.json. */
export function executorName(
  executor: 'broken' | 'compare' | 'eval' | 'figures' | 'lock' | 'make' | 'report' | 'verify',
): string {
  return `@evalgraph/plugin:${executor}`;
}
