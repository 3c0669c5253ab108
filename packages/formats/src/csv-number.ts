/** A CSV cell as pandas 3 takes it for a number: integers of 64 bits, floats as the nearest double. */

/** White space around a number is what C's isspace takes for it. */
const FLOAT = /^[ \t-\r]*[-+]?(?:\d+\.?\d*|\.\d+|inf(?:inity)?)(?:(?<!y|f)e[-+]?\d+)?[ \t-\r]*$/i;
const INTEGER = /^[ \t-\r]*[-+]?\d+[ \t-\r]*$/;

/** null: no integer, or none of 64 bits. */
export function csvInteger(text: string): number | bigint | null {
  if (!INTEGER.test(text)) return null;
  const value = BigInt(text.trim().replace('+', ''));
  if (value < -(2n ** 63n) || value >= 2n ** 64n) return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** null: no number. Never NaN: pandas takes those words for a missing value. */
export function csvFloat(text: string): number | null {
  return FLOAT.test(text) ? Number(text.trim().replace(/inf(?:inity)?/i, 'Infinity')) : null;
}
