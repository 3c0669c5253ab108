/** sorted(items, key=…, reverse=…): stable, and stable too where it is reversed. */
import { weighItems } from '../python/meter.ts';
import { spend } from '../python/spending.ts';
import { compare, truthy, type Value } from '../python/value.ts';
import { plainOf } from './runtime.ts';

export function sortedBy(
  items: readonly Value[],
  key: (item: Value) => Value,
  reverse: Value,
): readonly Value[] {
  weighItems(items.length);
  spend((items.length * Math.log2(items.length + 1)) / 4);
  const direction = truthy(reverse) ? -1 : 1;
  const keyed = items.map((item) => ({ item, key: key(item) }));
  // A NaN is neither less nor more: it stays where it is.
  keyed.sort((a, b) => direction * (compare(plainOf(a.key), plainOf(b.key)) || 0));
  return keyed.map(({ item }) => item);
}
