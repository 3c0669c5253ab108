/** Jinja2's filters of lists, dicts and generators. */
import { weighEntries, weighItems } from '../python/meter.ts';
import { repr } from '../python/repr.ts';
import { codePoints } from '../python/text.ts';
import {
  compare,
  type DictKey,
  dictSet,
  equals,
  findKey,
  isDict,
  isList,
  PyObject,
  PyTuple,
  PythonError,
  truthy,
  typeName,
  type Value,
} from '../python/value.ts';
import { define, type Filter } from './filter.ts';
import { foldsCase, getter, multiGetter } from './lookup.ts';
import { arithmetic } from './operators.ts';
import { PyRange } from './range.ts';
import {
  type CallArguments,
  DictView,
  hashable,
  itemsOf,
  iteratorOf,
  Markup,
  NamedTuple,
  PyIterator,
  plainOf,
  type Rt,
  shown,
  sizeOf,
  textOf,
  toInteger,
  Undefined,
} from './runtime.ts';
import { sortedBy } from './sort.ts';
import { runTest } from './tests.ts';

function* through(value: Rt): Generator<Value> {
  const items = iteratorOf(value);
  for (let step = items.next(); step.done !== true; step = items.next()) yield step.value;
}

function generator(items: Iterator<Value>): PyIterator {
  return new PyIterator(items);
}

function size(value: Value | undefined, name: string): number {
  return toInteger(value ?? null, `argument '${name}'`);
}

/** What Python's reversed() takes. */
function isReversible(value: Rt): boolean {
  if (value instanceof DictView || value instanceof PyRange) return true;
  return isList(value) || isDict(value) || value instanceof PyTuple;
}

function* chosen(value: Rt, { positional, named }: CallArguments, keep: boolean): Generator<Value> {
  if (!truthy(value)) return;
  const [name, ...rest] = positional;
  for (const item of through(value)) {
    const passes =
      name === undefined ? truthy(item) : runTest(textOf(name), item, { positional: rest, named });
    if (passes === keep) yield item;
  }
}

function* chosenByAttribute(
  value: Rt,
  { positional, named }: CallArguments,
  keep: boolean,
): Generator<Value> {
  if (!truthy(value)) return;
  const [path, name, ...rest] = positional;
  if (path === undefined)
    throw new PythonError('FilterArgumentError', 'Missing parameter for attribute name');
  const get = getter(path);
  for (const item of through(value)) {
    const found = get(item);
    const passes =
      name === undefined ? truthy(found) : runTest(textOf(name), found, { positional: rest, named });
    if (passes === keep) yield item;
  }
}

function extreme(direction: 1 | -1): Filter {
  return define(['case_sensitive', 'attribute'], 0, (value, [caseSensitive, path]) => {
    const get = getter(path, { fold: foldsCase(caseSensitive) });
    let best: { readonly item: Value; readonly key: Value } | null = null;
    for (const item of through(value)) {
      const key = get(item);
      if (best === null || compare(plainOf(key), plainOf(best.key)) * direction > 0) best = { item, key };
    }
    return best === null ? new Undefined('No aggregated item, sequence was empty: it') : best.item;
  });
}

function* unique(value: Rt, get: (item: Rt) => Rt): Generator<Value> {
  const seen = new Map<DictKey, true>();
  const objects: Value[] = [];
  for (const item of through(value)) {
    const key = get(item);
    if (key instanceof PyObject) {
      truthy(key);
      if (objects.some((known) => equals(known, key))) continue;
      weighItems(objects.length);
      objects.push(key);
    } else {
      hashable(key);
      if (findKey(seen, key) !== undefined) continue;
      dictSet(seen, key, true);
    }
    yield item;
  }
}

function* batch(value: Rt, count: number, filler: Value): Generator<Value> {
  let row: Value[] = [];
  for (const item of through(value)) {
    if (row.length === count) {
      yield row;
      row = [];
    }
    row.push(item);
  }
  if (row.length === 0) return;
  if (filler !== null && row.length < count) {
    weighItems(count);
    while (row.length < count) row.push(filler);
  }
  yield row;
}

function* slices(value: Rt, count: number, filler: Value): Generator<Value> {
  const items = itemsOf(value);
  if (count === 0) throw new PythonError('ZeroDivisionError', 'integer division or modulo by zero');
  const base = Math.floor(items.length / count);
  const extra = items.length - base * count;
  for (let index = 0; index < count; index += 1) {
    const start = index * base + Math.min(index, extra);
    const row = items.slice(start, start + base + (index < extra ? 1 : 0));
    weighItems(row.length);
    yield filler !== null && index >= extra ? [...row, filler] : row;
  }
}

function grouped(
  value: Rt,
  path: Value,
  byDefault: Value | undefined,
  caseSensitive: Value | undefined,
): Value {
  const key = getter(path, { fold: foldsCase(caseSensitive), byDefault });
  const exact = getter(path, { byDefault });
  const groups: { readonly key: Value; readonly items: Value[] }[] = [];
  for (const item of sortedBy(itemsOf(value), key, false)) {
    const own = key(item);
    const last = groups.at(-1);
    if (last !== undefined && equals(last.key, own)) last.items.push(item);
    else groups.push({ key: own, items: [item] });
  }
  return groups.map(({ items }) => new NamedTuple(['grouper', 'list'], [exact(items[0] ?? null), items]));
}

export const LIST_FILTERS: Readonly<Record<string, Filter>> = {
  batch: define(['linecount', 'fill_with'], 1, (value, [count, filler]) =>
    generator(batch(value, size(count, 'linecount'), filler ?? null)),
  ),
  slice: define(['slices', 'fill_with'], 1, (value, [count, filler]) =>
    generator(slices(value, size(count, 'slices'), filler ?? null)),
  ),
  count: define([], 0, sizeOf),
  length: define([], 0, sizeOf),
  dictsort: define(['case_sensitive', 'by', 'reverse'], 0, (value, [caseSensitive, by, reverse]) => {
    const dict = plainOf(value);
    if (!isDict(dict))
      throw new PythonError('AttributeError', `dictsort needs a dict, not ${typeName(dict)}`);
    if (by !== undefined && by !== 'key' && by !== 'value') {
      throw new PythonError('FilterArgumentError', 'You can only sort by either "key" or "value"');
    }
    weighEntries(dict.size);
    const get = getter(by === 'value' ? 1 : 0, { fold: foldsCase(caseSensitive) });
    return sortedBy(
      [...dict].map((pair) => new PyTuple(pair)),
      get,
      reverse ?? false,
    );
  }),
  first: define([], 0, (value) => {
    const step = iteratorOf(value).next();
    return step.done === true ? new Undefined('No first item, sequence was empty: it') : step.value;
  }),
  groupby: define(['attribute', 'default', 'case_sensitive'], 1, (value, [path, byDefault, caseSensitive]) =>
    grouped(value, path ?? null, byDefault, caseSensitive),
  ),
  items: define([], 0, (value) => {
    if (value instanceof Undefined) return generator([][Symbol.iterator]());
    if (!isDict(value)) throw new PythonError('TypeError', 'Can only get item pairs from a mapping.');
    weighEntries(value.size);
    return generator([...value].map((pair) => new PyTuple(pair))[Symbol.iterator]());
  }),
  last: define([], 0, (value) => {
    if (value instanceof Undefined) itemsOf(value);
    else if (typeof value !== 'string' && !(value instanceof Markup) && !isReversible(value)) {
      throw new PythonError('TypeError', `'${typeName(value)}' object is not reversible`);
    }
    const items = itemsOf(value);
    return items.length === 0
      ? new Undefined('No last item, sequence was empty: it')
      : (items.at(-1) ?? null);
  }),
  list: define([], 0, (value) => [...itemsOf(value)]),
  max: extreme(1),
  min: extreme(-1),
  reject: (value, args) => generator(chosen(value, args, false)),
  rejectattr: (value, args) => generator(chosenByAttribute(value, args, false)),
  select: (value, args) => generator(chosen(value, args, true)),
  selectattr: (value, args) => generator(chosenByAttribute(value, args, true)),
  reverse: define([], 0, (value) => {
    const plain = value instanceof Markup ? value.text : value;
    if (typeof plain === 'string') return codePoints(plain).toReversed().join('');
    const items = itemsOf(plain).toReversed();
    return isReversible(plain) ? new PyIterator(items[Symbol.iterator](), 'reversed iterator') : items;
  }),
  sort: define(['reverse', 'case_sensitive', 'attribute'], 0, (value, [reverse, caseSensitive, path]) =>
    sortedBy(itemsOf(value), multiGetter(path, foldsCase(caseSensitive)), reverse ?? false),
  ),
  sum: define(['attribute', 'start'], 0, (value, [path, start]) => {
    if (typeof start === 'string') {
      throw new PythonError('TypeError', "sum() can't sum strings [use ''.join(seq) instead]");
    }
    const get = getter(path);
    let total: Value = start ?? 0;
    for (const item of through(value)) total = arithmetic('+', total, get(item));
    return total;
  }),
  unique: define(['case_sensitive', 'attribute'], 0, (value, [caseSensitive, path]) =>
    generator(unique(value, getter(path, { fold: foldsCase(caseSensitive) }))),
  ),
  pprint: define([], 0, (value) => {
    const text = repr(value);
    const isFlat = typeof value !== 'string' || (text.length <= 80 && !text.includes('\\n'));
    if (isFlat && text.length <= 80 && !isDict(value)) return text;
    throw new PythonError(
      'TypeError',
      `pprint of ${shown(value)} is not supported: it breaks lines and sorts keys`,
    );
  }),
};
