/** Numbers as characters: a sparkline for a series, a bar for a share. */
const STEPS = '▁▂▃▄▅▆▇█';
/** A checkpoint without a result is a hole, not a low value. */
const HOLE = '·';
const FLAT = '▄';

/**
 * One character a value, from the lowest to the highest of the series; `·` where there is none.
 * @param most longest line; more values are thinned out evenly, the first and the last stay
 */
export function sparkline(values: readonly (number | null)[], most: number): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return HOLE.repeat(Math.min(most, values.length));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return thinned(values, most)
    .map((value) => {
      if (value === null) return HOLE;
      if (high === low) return FLAT;
      return STEPS[Math.round(((value - low) / (high - low)) * (STEPS.length - 1))] ?? HOLE;
    })
    .join('');
}

/** @returns `most` of the values at even distances, or all of them where they are no more */
export function thinned<T>(values: readonly T[], most: number): readonly T[] {
  if (values.length <= most) return values;
  if (most < 2) return values.slice(-most);
  return Array.from({ length: most }, (_, place) =>
    values.slice(Math.round((place * (values.length - 1)) / (most - 1))),
  ).flatMap((rest) => rest.slice(0, 1));
}

/** @param share 0 to 1 @param width in columns */
export function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}
