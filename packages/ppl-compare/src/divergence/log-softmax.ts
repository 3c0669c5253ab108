/** Logits or log-probabilities (float32, as an engine gives them) -> normalised log-probabilities in float64. */
import { UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';

/**
 * log softmax; a row of log-probabilities stays what it is, but for float32's rounding of its sum.
 * @param into gets the result; as long as the row
 * @returns the index of the largest entry, the first of equal ones
 * @throws UserError non-finite-logit
 */
export function logSoftmax(row: Float32Array, into: Float64Array, position: number): number {
  let most = Number.NEGATIVE_INFINITY;
  let top = 0;
  for (let i = 0; i < row.length; i++) {
    const value = row[i] ?? Number.NaN;
    if (!Number.isFinite(value)) throw new UserError(messages.nonFiniteLogit(position, i, value));
    if (value > most) {
      most = value;
      top = i;
    }
  }
  let total = 0;
  for (let i = 0; i < row.length; i++) total += Math.exp((row[i] ?? 0) - most);
  const norm = most + Math.log(total);
  for (let i = 0; i < row.length; i++) into[i] = (row[i] ?? 0) - norm;
  return top;
}
