/** Holm's correction: many tasks are compared at once, and one in twenty would be "significant" by chance. */

/**
 * Adjusted p: of the k-th smallest of m, max over j <= k of min(1, (m - j + 1) p_j) (Holm 1979, "A Simple Sequentially
 * Rejective Multiple Test Procedure"; statsmodels' multipletests(method='holm')). In the order given.
 */
export function holm(values: readonly number[]): readonly number[] {
  const bad = values.find((p) => !(p >= 0 && p <= 1));
  if (bad !== undefined) throw new RangeError(`${bad} is no p value`);
  const adjusted = values.map(() => 1);
  let largest = 0;
  const order = values.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p || a.index - b.index);
  for (const [rank, { p, index }] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * p));
    adjusted[index] = largest;
  }
  return adjusted;
}
