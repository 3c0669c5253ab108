/**
 * Attributes and items: `doc.key`, `text.strip()`, `list[0]`. As Jinja2 does it, a dot asks for Python's attribute
 * first (so a key named "items" is hidden by the method), a bracket for the item first.
 */
import { codePoints } from '../python/text.ts';
import {
  type Dict,
  dictGet,
  equals,
  isDict,
  isIntLike,
  isList,
  PyTuple,
  PythonError,
  type Value,
} from '../python/value.ts';
import { isWatched } from '../python/watchdog.ts';
import {
  Attributes,
  type CallArguments,
  Callable,
  Costly,
  plainOf,
  type Rt,
  required,
  shown,
  Undefined,
} from './runtime.ts';
import { textMethod } from './text-methods.ts';

export function attribute(object: Rt, name: string): Rt {
  if (object instanceof Undefined) return object.fail();
  if (object instanceof Attributes) return object.values.get(name) ?? missing(object, name);
  if (object instanceof Callable) return missing(object, name);
  return method(object, name) ?? item(object, name) ?? missing(object, name);
}

export function subscript(object: Rt, key: Rt): Rt {
  if (object instanceof Undefined) return object.fail();
  const plainKey = plainOf(key);
  if (object instanceof Attributes || object instanceof Callable) return missing(object, plainKey);
  const found = item(object, plainKey);
  if (found !== undefined) return found;
  const named = typeof plainKey === 'string' ? method(object, plainKey) : undefined;
  return named ?? missing(object, plainKey);
}

function missing(object: Rt, key: Value): Undefined {
  return new Undefined(`${shown(key)} of ${shown(object)}`);
}

function item(object: Value, key: Value): Value | undefined {
  if (isDict(object)) return dictGet(object, key);
  if (!isIntLike(key)) return undefined;
  const items =
    typeof object === 'string' ? codePoints(object) : object instanceof PyTuple ? object.items : object;
  if (!isList(items)) return undefined;
  return items.at(Number(key));
}

function method(object: Value, name: string): Callable | undefined {
  if (typeof object === 'string') return textMethod(object, name);
  if (isDict(object)) return dictMethod(object, name);
  if (object instanceof PyTuple) return listMethod(object.items, name);
  return isList(object) ? listMethod(object, name) : undefined;
}

function dictMethod(dict: Dict, name: string): Callable | undefined {
  const make = (call: (args: CallArguments) => Rt): Callable => new Callable(name, call);
  switch (name) {
    case 'items':
      return make(() => [...dict].map(([key, value]) => new PyTuple([key, value])));
    case 'keys':
      return make(() => [...dict.keys()]);
    case 'values':
      return make(() => [...dict.values()]);
    case 'copy':
      return make(() => new Map(dict));
    case 'get':
      return make((args) => dictGet(dict, required(args, 0, 'key')) ?? args.positional[1] ?? null);
    default:
      return undefined;
  }
}

/** Lists made by the running template; those of a document are never changed by one. */
const ownLists = new WeakSet<object>();

export function markOwn(list: readonly Value[]): readonly Value[] {
  ownLists.add(list);
  return list;
}

function listMethod(list: readonly Value[], name: string): Callable | undefined {
  const make = (call: (args: CallArguments) => Rt): Callable => new Callable(name, call);
  const change = (): Value[] => {
    // A list that grows, or holds itself, has no weight that could be known beforehand.
    if (!isWatched()) throw new Costly();
    if (!ownLists.has(list)) {
      throw new PythonError(
        'TypeError',
        `.${name}() on a list that the template did not make is not supported`,
      );
    }
    return list as Value[];
  };
  switch (name) {
    case 'index':
      return make((args) => {
        const wanted = required(args, 0, 'value');
        const at = list.findIndex((other) => equals(other, wanted));
        if (at === -1) throw new PythonError('ValueError', `${shown(wanted)} is not in list`);
        return at;
      });
    case 'count':
      return make((args) => list.filter((other) => equals(other, required(args, 0, 'value'))).length);
    case 'copy':
      return make(() => markOwn([...list]));
    case 'append':
      return make((args) => {
        change().push(required(args, 0, 'object'));
        return null;
      });
    case 'extend':
      return make((args) => {
        const more = required(args, 0, 'iterable');
        // Not spread into the call: arguments stand on the stack.
        const list = change();
        for (const item of [...(isList(more) ? more : more instanceof PyTuple ? more.items : [])])
          list.push(item);
        return null;
      });
    case 'insert':
      return make((args) => {
        change().splice(Number(required(args, 0, 'index')), 0, required(args, 1, 'object'));
        return null;
      });
    case 'pop':
      return make((args) => {
        const popped = change().splice(Number(args.positional[0] ?? -1), 1)[0];
        if (popped === undefined) throw new PythonError('IndexError', 'pop index out of range');
        return popped;
      });
    case 'reverse':
      return make(() => {
        change().reverse();
        return null;
      });
    default:
      return undefined;
  }
}
