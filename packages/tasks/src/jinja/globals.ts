/** The names that every template has: `loop`, range, dict, namespace. */
import { type DictKey, equals, PythonError, type Value } from '../python/value.ts';
import { markOwn } from './members.ts';
import { Attributes, Callable, integerArgument, MAX_STEPS, plainOf, type Rt, Undefined } from './runtime.ts';

export function loopObject(items: readonly Value[], index: number, seen: Value[][]): Attributes {
  const cycle = new Callable(
    'cycle',
    (args) => args.positional[index % args.positional.length] ?? new Undefined('cycle()'),
  );
  const changed = new Callable('changed', (args) => {
    const now = args.positional.map(plainOf);
    const before = seen.at(-1);
    const same = before !== undefined && equals(before, now);
    if (!same) seen.push(now);
    return !same;
  });
  return new Attributes(
    'loop',
    new Map<string, Rt>([
      ['index', index + 1],
      ['index0', index],
      ['revindex', items.length - index],
      ['revindex0', items.length - index - 1],
      ['first', index === 0],
      ['last', index === items.length - 1],
      ['length', items.length],
      ['previtem', items[index - 1] ?? new Undefined('there is no previous item')],
      ['nextitem', items[index + 1] ?? new Undefined('there is no next item')],
      ['cycle', cycle],
      ['changed', changed],
    ]),
  );
}

export const GLOBALS: ReadonlyMap<string, Rt> = new Map<string, Rt>([
  [
    'range',
    new Callable('range', (args) => {
      const count = args.positional.length;
      const first = integerArgument(args, 0, 'start', 0);
      const [start, stop] = count < 2 ? [0, first] : [first, integerArgument(args, 1, 'stop', 0)];
      const stepSize = integerArgument(args, 2, 'step', 1);
      if (stepSize === 0) throw new PythonError('ValueError', 'range() arg 3 must not be zero');
      const size = Math.max(0, Math.ceil((stop - start) / stepSize));
      if (size > MAX_STEPS) throw new PythonError('RuntimeError', `range() of more than ${MAX_STEPS} items`);
      return markOwn(Array.from({ length: size }, (_, index) => start + index * stepSize));
    }),
  ],
  [
    'dict',
    new Callable(
      'dict',
      (args) => new Map<DictKey, Value>([...args.named].map(([name, item]) => [name, plainOf(item)])),
    ),
  ],
  ['namespace', new Callable('namespace', (args) => new Attributes('namespace', new Map(args.named)))],
]);
