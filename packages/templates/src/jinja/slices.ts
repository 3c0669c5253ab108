/** value[start:stop:step] of texts, lists, tuples and ranges. */
import { weighItems } from '../python/meter.ts';
import { codePoints, sliceIndices } from '../python/text.ts';
import { isList, type List, PyTuple, PythonError, typeName, type Value } from '../python/value.ts';
import { PyBytes } from './bytes.ts';
import { PyRange } from './range.ts';

interface Slice {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number;
}

export function isSliceable(value: Value): boolean {
  const isSequence = value instanceof PyTuple || value instanceof PyRange || value instanceof PyBytes;
  return isSequence || typeof value === 'string' || isList(value);
}

function itemsBehind(value: Value): List | null {
  if (typeof value === 'string') return codePoints(value);
  if (value instanceof PyTuple) return value.items;
  if (value instanceof PyRange) return [...value.iterate()];
  return isList(value) ? value : null;
}

/** @throws PythonError TypeError, ValueError */
export function slicedItems(value: Value, { start, stop, step }: Slice): Value {
  const items = itemsBehind(value);
  if (items === null) {
    if (value instanceof PyBytes) throw new PythonError('TypeError', 'a slice of bytes is not supported');
    throw new PythonError('TypeError', `'${typeName(value)}' object is not subscriptable`);
  }
  if (step === 0) throw new PythonError('ValueError', 'slice step cannot be zero');
  weighItems(items.length);
  const indices = sliceIndices(items.length, start, stop, step);
  const picked = indices.map((index) => items[index] ?? null);
  if (typeof value === 'string') return picked.join('');
  if (value instanceof PyRange) {
    const [first, last] = sliceBounds(value.length, start, stop, step);
    return new PyRange(value.start + first * value.step, value.start + last * value.step, value.step * step);
  }
  return value instanceof PyTuple ? new PyTuple(picked) : picked;
}

/** The offsets at which a slice of so many items begins and ends. */
function sliceBounds(
  size: number,
  start: number | null,
  stop: number | null,
  step: number,
): readonly [number, number] {
  const clamp = (index: number | null, byDefault: number): number => {
    if (index === null) return byDefault;
    const from = index < 0 ? index + size : index;
    return step > 0 ? Math.min(Math.max(from, 0), size) : Math.min(Math.max(from, -1), size - 1);
  };
  return step > 0 ? [clamp(start, 0), clamp(stop, size)] : [clamp(start, size - 1), clamp(stop, -1)];
}
