/** The names that every template has: `loop`, range, dict, namespace, cycler, joiner. */
import { MAX_ITEMS, repeated, weighEntries, weighItems } from '../python/meter.ts';
import {
  type DictKey,
  dictSet,
  equals,
  isDict,
  PyObject,
  PyTuple,
  PythonError,
  type Value,
} from '../python/value.ts';
import { PyRange } from './range.ts';
import {
  Attributes,
  type CallArguments,
  Callable,
  checkArguments,
  currentRules,
  integerArgument,
  itemsOf,
  type Rt,
  required,
  textOf,
  Undefined,
} from './runtime.ts';

/** What a sandbox allows. */
const MAX_SANDBOXED_RANGE = 100_000;

/** `loop` inside a for. */
export class Loop extends PyObject {
  readonly typeName = 'LoopContext';
  index0 = 0;
  readonly #items: readonly Value[];
  readonly #depth0: number;
  readonly #recurse: ((iterable: Rt) => string) | null;
  #changed: Value = null;
  constructor(items: readonly Value[], depth0: number, recurse: ((iterable: Rt) => string) | null) {
    super();
    this.#items = items;
    this.#depth0 = depth0;
    this.#recurse = recurse;
  }
  recurse(args: CallArguments): string {
    if (this.#recurse === null) {
      throw new PythonError(
        'TypeError',
        "The loop must have the 'recursive' marker to be called recursively.",
      );
    }
    checkArguments('loop', args, ['iterable']);
    return this.#recurse(required(args, 0, 'iterable'));
  }
  override size(): number {
    return this.#items.length;
  }
  override attribute(name: string): Rt | undefined {
    const items = this.#items;
    const index = this.index0;
    switch (name) {
      case 'index':
        return index + 1;
      case 'index0':
        return index;
      case 'revindex':
        return items.length - index;
      case 'revindex0':
        return items.length - index - 1;
      case 'first':
        return index === 0;
      case 'last':
        return index === items.length - 1;
      case 'length':
        return items.length;
      case 'depth':
        return this.#depth0 + 1;
      case 'depth0':
        return this.#depth0;
      case 'previtem':
        return index === 0 ? new Undefined('there is no previous item, it') : items[index - 1];
      case 'nextitem':
        return (
          items[index + 1] ?? (index + 1 < items.length ? null : new Undefined('there is no next item, it'))
        );
      case 'cycle':
        return new Callable(name, ({ positional }) => {
          if (positional.length === 0) throw new PythonError('TypeError', 'no items for cycling given');
          return positional[index % positional.length] ?? null;
        });
      case 'changed':
        return new Callable(name, ({ positional }) => {
          weighItems(positional.length);
          const now = new PyTuple(positional);
          if (this.#changed instanceof PyTuple && equals(this.#changed, now)) return false;
          this.#changed = now;
          return true;
        });
      default:
        return undefined;
    }
  }
}

function range(args: CallArguments): Rt {
  checkArguments('range', { positional: args.positional, named: args.named }, ['start', 'stop', 'step']);
  if (args.named.size > 0) throw new PythonError('TypeError', 'range() takes no keyword arguments');
  required(args, 0, 'stop');
  const count = args.positional.length;
  const first = integerArgument(args, 0, 'start', 0);
  const [start, stop] = count < 2 ? [0, first] : [first, integerArgument(args, 1, 'stop', 0)];
  const step = integerArgument(args, 2, 'step', 1);
  if (step === 0) throw new PythonError('ValueError', 'range() arg 3 must not be zero');
  if (![start, stop, step].every(Number.isSafeInteger)) {
    throw new PythonError('OverflowError', 'a range of integers beyond 2^53 is not supported');
  }
  const made = new PyRange(start, stop, step);
  if (currentRules().sandboxed && made.length > MAX_SANDBOXED_RANGE) {
    throw new PythonError(
      'OverflowError',
      `Range too big. The sandbox blocks ranges larger than ${MAX_SANDBOXED_RANGE}.`,
    );
  }
  if (made.length > MAX_ITEMS)
    throw new PythonError('MemoryError', `a range of more than ${MAX_ITEMS} items`);
  return made;
}

/** dict(...): a dict, pairs, and names. */
export function makeDict(args: CallArguments): Map<DictKey, Value> {
  const entries = new Map<DictKey, Value>();
  if (args.positional.length > 1) {
    throw new PythonError('TypeError', `dict expected at most 1 argument, got ${args.positional.length}`);
  }
  const [first] = args.positional;
  // Python asks it for its keys, which no undefined value has.
  if (first instanceof Undefined) first.fail();
  if (first !== undefined) mergePairs(entries, first);
  for (const [name, item] of args.named) dictSet(entries, name, item);
  return entries;
}

export function mergePairs(entries: Map<DictKey, Value>, source: Rt): void {
  if (isDict(source)) {
    weighEntries(source.size);
    for (const [key, item] of source) dictSet(entries, key, item);
    return;
  }
  for (const pair of itemsOf(source)) {
    const [key, item, ...rest] = itemsOf(pair);
    if (key === undefined || item === undefined || rest.length > 0) {
      throw new PythonError('ValueError', 'a dict is made of pairs');
    }
    dictSet(entries, key, item);
  }
}

function namespace(args: CallArguments): Rt {
  const values = new Map<string, Rt>();
  for (const [key, item] of makeDict(args)) {
    if (typeof key === 'string') values.set(key, item);
  }
  return new Attributes('Namespace', (name) => values.get(name), values);
}

function cycler(args: CallArguments): Rt {
  const items = args.positional;
  if (items.length === 0) throw new PythonError('RuntimeError', 'at least one item has to be provided');
  let at = 0;
  const now = (): Rt => items[at] ?? null;
  return new Attributes('Cycler', (name) => {
    if (name === 'current') return now();
    if (name === 'pos') return at;
    if (name === 'items') return new PyTuple(items);
    if (name === 'reset') {
      return new Callable(name, () => {
        at = 0;
        return null;
      });
    }
    if (name !== 'next') return undefined;
    return new Callable(name, () => {
      const found = now();
      at = (at + 1) % items.length;
      return found;
    });
  });
}

function joiner(args: CallArguments): Rt {
  checkArguments('joiner', args, ['sep']);
  const separator = textOf(args.positional[0] ?? args.named.get('sep') ?? ', ');
  let used = false;
  return new Callable('joiner', () => {
    if (used) return repeated(separator, 1);
    used = true;
    return '';
  });
}

function lipsum(): never {
  throw new PythonError('TypeError', 'lipsum() gives a random text, so it is not supported');
}

export const GLOBALS: ReadonlyMap<string, Rt> = new Map<string, Rt>(
  Object.entries({ range, dict: makeDict, namespace, cycler, joiner, lipsum }).map(([name, make]) => [
    name,
    new Callable(name, make),
  ]),
);
