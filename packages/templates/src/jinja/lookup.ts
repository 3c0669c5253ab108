/** What filters look up in items: "a.b.0" of each, several with commas, texts without regard to case. */
import { weighText } from '../python/meter.ts';
import { isDigit } from '../python/text.ts';
import { isIntLike, truthy, type Value } from '../python/value.ts';
import { subscript } from './members.ts';
import { Markup, type Rt, textOf, Undefined } from './runtime.ts';

type Getter = (item: Rt) => Rt;

function parts(path: Value): readonly Value[] {
  if (path === null) return [];
  if (isIntLike(path)) return [path];
  return textOf(path)
    .split('.')
    .map((part) => (isDigit(part) && Number.isInteger(Number(part)) ? Number(part) : part));
}

/** make_attrgetter */
export function getter(
  path: Value | undefined,
  options: { readonly fold?: boolean; readonly byDefault?: Value | undefined } = {},
): Getter {
  const { fold = false, byDefault } = options;
  const steps = parts(path ?? null);
  return (item) => {
    let found = item;
    for (const step of steps) {
      found = subscript(found, step);
      if (found instanceof Undefined && byDefault !== undefined && byDefault !== null) found = byDefault;
    }
    return fold ? folded(found) : found;
  };
}

/** make_multi_attrgetter: "a,b" gives a list of both. */
export function multiGetter(path: Value | undefined, fold: boolean): Getter {
  const paths = typeof path === 'string' ? path.split(',') : [path ?? null];
  const getters = paths.map((one) => getter(one, { fold }));
  return (item) => getters.map((get) => get(item));
}

function folded(value: Rt): Rt {
  const text = value instanceof Markup ? value.text : value;
  if (typeof text !== 'string') return value;
  weighText(text.length);
  return text.toLowerCase();
}

export function foldsCase(caseSensitive: Value | undefined): boolean {
  return !truthy(caseSensitive ?? false);
}
