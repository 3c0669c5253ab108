/**
 * Attributes and items: `doc.key`, `text.strip()`, `list[0]`. As Jinja2 does it, a dot asks for Python's attribute
 * first (so a key named "items" is hidden by the method), a bracket for the item first.
 */
import { weighEntries, weighItems } from '../python/meter.ts';
import { codePoints } from '../python/text.ts';
import {
  type Dict,
  type DictKey,
  dictGet,
  dictSet,
  equals,
  findKey,
  isDict,
  isIntLike,
  isList,
  isNumber,
  PyObject,
  PyTuple,
  PythonError,
  typeName,
  type Value,
} from '../python/value.ts';
import { makeDict, mergePairs } from './globals.ts';
import { numberAttribute } from './number-methods.ts';
import {
  type CallArguments,
  Callable,
  checkArguments,
  currentRules,
  DictView,
  itemsOf,
  Markup,
  NamedTuple,
  plainOf,
  type Rt,
  required,
  shown,
  Undefined,
} from './runtime.ts';
import { sortedBy } from './sort.ts';
import { type Lookups, textMethod } from './text-methods.ts';

/** What a list and a dict have that changes them. */
const LIST_CHANGES = new Set(['append', 'clear', 'pop', 'reverse', 'insert', 'sort', 'extend', 'remove']);
const DICT_CHANGES = new Set(['clear', 'pop', 'popitem', 'setdefault', 'update']);
/** Finds in a template's text whether it may change a list or dict of its document. */
export const CHANGES: RegExp = new RegExp(`\\b(?:${[...LIST_CHANGES, ...DICT_CHANGES].join('|')})\\b`);

/** What str.format looks up in its arguments, for text-methods.ts: a text's methods are members themselves. */
const LOOKUPS: Lookups = { attribute, own, subscript };

const DUNDER = /^__\w+__$/;

export function attribute(object: Rt, name: string): Rt {
  if (object instanceof Undefined && !DUNDER.test(name)) return object.fail();
  return own(object, name) ?? item(object, name) ?? missing(object, name);
}

export function subscript(object: Rt, key: Rt): Rt {
  if (object instanceof Undefined) return object.fail();
  if (key instanceof Undefined) {
    // No text, list or dict has it as a place; only a dict asks for its hash.
    if (isDict(object) && !key.lenient) key.fail();
    return new Undefined(`Undefined of ${shown(object)}`);
  }
  const plainKey = plainOf(key);
  const found = item(object, plainKey);
  if (found !== undefined) return found;
  const named = typeof plainKey === 'string' ? own(object, plainKey) : undefined;
  return named ?? missing(object, plainKey);
}

/** Python's getattr, by the rules of the environment: undefined where there is none. */
export function own(object: Value, name: string): Rt | undefined {
  if (DUNDER.test(name)) {
    if (isDict(object) && object.has(name)) return undefined;
    if (currentRules().sandboxed) return unsafe(object, name);
    throw new PythonError('TypeError', `the attribute ${name} is not supported`);
  }
  if (object instanceof Markup) return markupMethod(object, name);
  if (object instanceof PyObject) return object.attribute(name);
  if (typeof object === 'string') return textMethod(object, name, LOOKUPS);
  if (isNumber(object)) return numberAttribute(object, name);
  if (object === null) return undefined;
  const isTuple = object instanceof PyTuple;
  if (isTuple) {
    const index = object instanceof NamedTuple ? object.names.indexOf(name) : -1;
    return index === -1 ? tupleMethod(object.items, name) : object.items[index];
  }
  const changes = isDict(object) ? DICT_CHANGES : LIST_CHANGES;
  if (changes.has(name)) {
    if (currentRules().sandboxed) return unsafe(object, name);
    if (!currentRules().changeable) {
      throw new PythonError('TypeError', `.${name}() reached by a computed name is not supported`);
    }
  }
  return isDict(object) ? dictMethod(object, name) : listMethod(object, name);
}

function unsafe(object: Value, name: string): Undefined {
  const what = `access to attribute '${name}' of '${typeName(object)}' object is unsafe.`;
  return new Undefined(what, currentRules().lenient, 'SecurityError');
}

function missing(object: Rt, key: Value): Undefined {
  return new Undefined(`${shown(key)} of ${shown(object)}`);
}

function item(object: Value, key: Value): Value | undefined {
  if (isDict(object)) {
    if (isList(key) || isDict(key)) return undefined;
    return dictGet(object, key);
  }
  if (object instanceof Markup) return item(object.text, key);
  if (object instanceof PyObject) return object.item(key);
  if (!isIntLike(key)) return undefined;
  if (typeof object === 'string') {
    const at = Number(key);
    return codePoints(object).at(at);
  }
  const items = object instanceof PyTuple ? object.items : object;
  return isList(items) ? items.at(Number(key)) : undefined;
}

function markupMethod(markup: Markup, name: string): Rt | undefined {
  if (name === 'striptags' || name === 'unescape') {
    throw new PythonError('TypeError', `.${name}() of a Markup is not supported`);
  }
  const method = textMethod(markup.text, name, LOOKUPS);
  if (method === undefined) return undefined;
  return new Callable(name, (args) => {
    const escapes = [...args.positional, ...args.named.values()].some(
      (value) => typeof value === 'string' && /[<>&"']/.test(value),
    );
    if (escapes || name === 'format' || name === 'format_map' || name === 'join') {
      throw new PythonError('TypeError', `.${name}() of a Markup escapes what it takes: it is not supported`);
    }
    return asMarkup(method.call(args));
  });
}

/** The texts of split(), splitlines() and partition() are marked as well. */
function asMarkup(value: Rt): Rt {
  const marked = (one: Value): Value => (typeof one === 'string' ? new Markup(one) : one);
  if (value instanceof PyTuple) return new PyTuple(value.items.map(marked));
  return isList(value) ? value.map(marked) : typeof value === 'string' ? new Markup(value) : value;
}

type Method = (args: CallArguments) => Rt;

function bound(name: string, method: Method | undefined): Callable | undefined {
  return method === undefined ? undefined : new Callable(name, method);
}

function dictMethod(dict: Dict, name: string): Callable | undefined {
  const entries = dict as Map<DictKey, Value>;
  const pop = (args: CallArguments): Rt => {
    const key = findKey(dict, required(args, 0, 'key'));
    if (key === undefined) return args.positional[1] ?? raise('KeyError', shown(required(args, 0, 'key')));
    const value = dict.get(key) ?? null;
    entries.delete(key);
    return value;
  };
  switch (name) {
    case 'items':
      return bound(name, () => {
        return new DictView('dict_items', dict, () => [...dict].map((pair) => new PyTuple(pair)));
      });
    case 'keys':
      return bound(name, () => new DictView('dict_keys', dict, () => [...dict.keys()]));
    case 'values':
      return bound(name, () => new DictView('dict_values', dict, () => [...dict.values()]));
    case 'copy':
      return bound(name, () => makeDict({ positional: [dict], named: new Map() }));
    case 'get':
      return bound(name, (args) => {
        checkArguments('get', args, ['key', 'default']);
        if (args.named.size > 0) raise('TypeError', 'dict.get() takes no keyword arguments');
        return dictGet(dict, required(args, 0, 'key')) ?? args.positional[1] ?? null;
      });
    case 'fromkeys':
      return bound(name, (args) => {
        const made = new Map<DictKey, Value>();
        const keys = itemsOf(required(args, 0, 'iterable'));
        weighEntries(keys.length);
        for (const key of keys) dictSet(made, key, args.positional[1] ?? null);
        return made;
      });
    case 'pop':
      return bound(name, pop);
    case 'popitem':
      return bound(name, () => {
        weighEntries(dict.size);
        const last = [...dict].at(-1);
        if (last === undefined) return raise('KeyError', 'popitem(): dictionary is empty');
        entries.delete(last[0]);
        return new PyTuple(last);
      });
    case 'setdefault':
      return bound(name, (args) => {
        const key = required(args, 0, 'key');
        const known = dictGet(dict, key);
        if (known !== undefined) return known;
        const value = args.positional[1] ?? null;
        dictSet(entries, key, value);
        return value;
      });
    case 'update':
      return bound(name, (args) => {
        const more = makeDict(args);
        mergePairs(entries, more);
        return null;
      });
    case 'clear':
      return bound(name, () => {
        entries.clear();
        return null;
      });
    default:
      return undefined;
  }
}

function raise(kind: string, message: string): never {
  throw new PythonError(kind, message);
}

function tupleMethod(items: readonly Value[], name: string): Callable | undefined {
  switch (name) {
    case 'index':
      return bound(name, (args) => {
        const wanted = required(args, 0, 'value');
        weighItems(items.length);
        const [from, to] = [args.positional[1] ?? 0, args.positional[2] ?? items.length].map((value) => {
          const at = isIntLike(value) ? Number(value) : raise('TypeError', 'slice indices must be integers');
          return at < 0 ? Math.max(0, at + items.length) : at;
        });
        const at = items.findIndex(
          (other, index) => index >= (from ?? 0) && index < (to ?? 0) && equals(other, wanted),
        );
        return at === -1 ? raise('ValueError', `${shown(wanted)} is not in list`) : at;
      });
    case 'count':
      return bound(name, (args) => {
        checkArguments(name, args, ['value']);
        const wanted = required(args, 0, 'value');
        weighItems(items.length);
        return items.filter((other) => equals(other, wanted)).length;
      });
    default:
      return undefined;
  }
}

function listMethod(list: readonly Value[], name: string): Callable | undefined {
  const items = list as Value[];
  const index = (value: Value): number =>
    isIntLike(value) ? Number(value) : raise('TypeError', 'an index must be an integer');
  switch (name) {
    case 'copy':
      return bound(name, () => {
        weighItems(list.length);
        return [...list];
      });
    case 'append':
      return bound(name, (args) => {
        checkArguments('append', args, ['object']);
        items.push(required(args, 0, 'object'));
        return null;
      });
    case 'extend':
      return bound(name, (args) => {
        const more = itemsOf(required(args, 0, 'iterable'));
        weighItems(items.length + more.length);
        // Not spread into the call: arguments stand on the stack; counted first: a list may extend itself.
        const count = more.length;
        for (let at = 0; at < count; at += 1) items.push(more[at] ?? null);
        return null;
      });
    case 'insert':
      return bound(name, (args) => {
        weighItems(list.length);
        items.splice(index(required(args, 0, 'index')), 0, required(args, 1, 'object'));
        return null;
      });
    case 'pop':
      return bound(name, (args) => {
        weighItems(list.length);
        const at = index(args.positional[0] ?? -1);
        const from = at < 0 ? at + items.length : at;
        if (from < 0 || from >= items.length) return raise('IndexError', 'pop index out of range');
        return items.splice(from, 1)[0] ?? null;
      });
    case 'remove':
      return bound(name, (args) => {
        weighItems(list.length);
        const wanted = required(args, 0, 'value');
        const at = items.findIndex((other) => equals(other, wanted));
        if (at === -1) raise('ValueError', 'list.remove(x): x not in list');
        items.splice(at, 1);
        return null;
      });
    case 'reverse':
      return bound(name, () => {
        weighItems(list.length);
        items.reverse();
        return null;
      });
    case 'clear':
      return bound(name, () => {
        items.length = 0;
        return null;
      });
    case 'sort':
      return bound(name, (args) => {
        checkArguments('sort', args, ['key', 'reverse']);
        if (args.positional.length > 0) raise('TypeError', 'sort() takes no positional arguments');
        const key = args.named.get('key');
        const made = sortedBy(
          list,
          (value) => (key instanceof Callable ? key.call({ positional: [value], named: new Map() }) : value),
          args.named.get('reverse') ?? false,
        );
        for (const [at, value] of made.entries()) items[at] = value;
        return null;
      });
    default:
      return tupleMethod(list, name);
  }
}
