/** Means and standard errors whose last digits do not depend on the order of long sums. */

/** Neumaier's compensated sum: the error does not grow with the number of terms. */
export function sum(values: readonly number[]): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** @throws RangeError for no values: the mean of nothing is no number, and a caller must say what is missing. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the mean of no values');
  return sum(values) / values.length;
}

/** Sample standard deviation (n-1) / sqrt(n); null for fewer than two values, where it is not defined. */
export function standardError(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  const squares = sum(values.map((value) => (value - centre) ** 2));
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
