/** The methods of Python's str that templates call. */

import { formatFields } from '../python/format-fields.ts';
import * as text from '../python/text.ts';
import { dictGet, isDict, isList, PyTuple, PythonError, typeName, type Value } from '../python/value.ts';
import {
  type CallArguments,
  Callable,
  given,
  integerArgument,
  itemsOf,
  plainOf,
  type Rt,
  required,
  textArgument,
} from './runtime.ts';

type Method = (self: string, args: CallArguments) => Value;

const METHODS: Readonly<Record<string, Method>> = {
  strip: (self, args) => text.strip(self, chars(args)),
  lstrip: (self, args) => text.lstrip(self, chars(args)),
  rstrip: (self, args) => text.rstrip(self, chars(args)),
  split: (self, args) => text.split(self, separator(args), integerArgument(args, 1, 'maxsplit', -1)),
  rsplit: (self, args) => text.rsplit(self, separator(args), integerArgument(args, 1, 'maxsplit', -1)),
  splitlines: (self) => text.splitLines(self),
  partition: (self, args) => {
    const at = self.indexOf(textArgument(args, 0, 'sep'));
    const sep = textArgument(args, 0, 'sep');
    return new PyTuple(at === -1 ? [self, '', ''] : [self.slice(0, at), sep, self.slice(at + sep.length)]);
  },
  rpartition: (self, args) => {
    const sep = textArgument(args, 0, 'sep');
    const at = self.lastIndexOf(sep);
    return new PyTuple(at === -1 ? ['', '', self] : [self.slice(0, at), sep, self.slice(at + sep.length)]);
  },
  replace: (self, args) =>
    text.replace(
      self,
      textArgument(args, 0, 'old'),
      textArgument(args, 1, 'new'),
      integerArgument(args, 2, 'count', -1),
    ),
  lower: (self) => self.toLowerCase(),
  casefold: (self) => self.toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ'),
  upper: (self) => self.toUpperCase(),
  title: (self) => text.title(self),
  capitalize: (self) => text.capitalize(self),
  swapcase: (self) => text.swapCase(self),
  startswith: (self, args) => affixes(args).some((affix) => self.startsWith(affix)),
  endswith: (self, args) => affixes(args).some((affix) => self.endsWith(affix)),
  removeprefix: (self, args) => {
    const prefix = textArgument(args, 0, 'prefix');
    return self.startsWith(prefix) ? self.slice(prefix.length) : self;
  },
  removesuffix: (self, args) => {
    const suffix = textArgument(args, 0, 'suffix');
    return suffix !== '' && self.endsWith(suffix) ? self.slice(0, -suffix.length) : self;
  },
  find: (self, args) => pointIndex(self, self.indexOf(textArgument(args, 0, 'sub'))),
  rfind: (self, args) => pointIndex(self, self.lastIndexOf(textArgument(args, 0, 'sub'))),
  index: (self, args) => found(pointIndex(self, self.indexOf(textArgument(args, 0, 'sub')))),
  rindex: (self, args) => found(pointIndex(self, self.lastIndexOf(textArgument(args, 0, 'sub')))),
  count: (self, args) => {
    const sub = textArgument(args, 0, 'sub');
    return sub === '' ? text.length(self) + 1 : self.split(sub).length - 1;
  },
  join: (self, args) =>
    itemsOf(required(args, 0, 'iterable'))
      .map((item, index) => {
        if (typeof item === 'string') return item;
        throw new PythonError(
          'TypeError',
          `sequence item ${index}: expected str instance, ${typeName(item)} found`,
        );
      })
      .join(self),
  format: (self, args) =>
    formatFields(self, {
      positional: args.positional.map(plainOf),
      named: (name) => {
        const value = args.named.get(name);
        if (value === undefined) throw new PythonError('KeyError', `'${name}'`);
        return plainOf(value);
      },
      attribute: (value, name) => {
        throw new PythonError('AttributeError', `'${typeName(value)}' object has no attribute '${name}'`);
      },
      item: fieldItem,
    }),
  isdigit: (self) => text.isDigit(self),
  isdecimal: (self) => text.isDecimal(self),
  isnumeric: (self) => self !== '' && /^\p{N}+$/u.test(self),
  isalpha: (self) => self !== '' && /^\p{L}+$/u.test(self),
  isalnum: (self) => self !== '' && /^[\p{L}\p{N}]+$/u.test(self),
  isspace: (self) => self !== '' && [...self].every(text.isSpace),
  islower: (self) => /\p{Ll}/u.test(self) && !/[\p{Lu}\p{Lt}]/u.test(self),
  isupper: (self) => /\p{Lu}/u.test(self) && !/[\p{Ll}\p{Lt}]/u.test(self),
  zfill: (self, args) => {
    const sign = /^[-+]/.test(self) ? self.slice(0, 1) : '';
    return sign + self.slice(sign.length).padStart(integerArgument(args, 0, 'width', 0) - sign.length, '0');
  },
  ljust: (self, args) => self + fill(self, args),
  rjust: (self, args) => fill(self, args) + self,
};

export function textMethod(self: string, name: string): Callable | undefined {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  return method === undefined ? undefined : new Callable(name, (args): Rt => method(self, args));
}

function chars(args: CallArguments): string | null {
  const value = given(args, 0, 'chars');
  if (value === undefined || value === null) return null;
  return textArgument(args, 0, 'chars');
}

function separator(args: CallArguments): string | null {
  const value = given(args, 0, 'sep');
  if (value === undefined || value === null) return null;
  if (value === '') throw new PythonError('ValueError', 'empty separator');
  return textArgument(args, 0, 'sep');
}

function affixes(args: CallArguments): readonly string[] {
  const value = required(args, 0, 'prefix');
  const items = value instanceof PyTuple ? value.items : isList(value) ? [] : [value];
  return items.map((item) => {
    if (typeof item === 'string') return item;
    throw new PythonError(
      'TypeError',
      `startswith/endswith needs str or a tuple of str, not ${typeName(item)}`,
    );
  });
}

function pointIndex(self: string, unitIndex: number): number {
  return unitIndex === -1 ? -1 : text.length(self.slice(0, unitIndex));
}

function found(index: number): number {
  if (index === -1) throw new PythonError('ValueError', 'substring not found');
  return index;
}

function fill(self: string, args: CallArguments): string {
  const char = given(args, 1, 'fillchar');
  const missing = integerArgument(args, 0, 'width', 0) - text.length(self);
  return (typeof char === 'string' ? char : ' ').repeat(Math.max(0, missing));
}

/** value[key] in a field of str.format. */
function fieldItem(value: Value, key: string | number): Value {
  const items = value instanceof PyTuple ? value.items : typeof value === 'string' ? [...value] : value;
  const found = isDict(items)
    ? dictGet(items, key)
    : isList(items) && typeof key === 'number'
      ? items[key]
      : undefined;
  if (found === undefined) throw new PythonError('LookupError', `${key} is not in a ${typeName(value)}`);
  return found;
}
