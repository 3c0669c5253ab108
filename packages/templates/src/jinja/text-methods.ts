/** The methods of Python's str. */
import { type FormatValues, formatFields } from '../python/format-fields.ts';
import { repeated, weighCharacters, weighText } from '../python/meter.ts';
import { firstIndex, lastIndex, searchIn, weighSearch } from '../python/search.ts';
import * as text from '../python/text.ts';
import { dictGet, isDict, PyTuple, PythonError, typeName, type Value } from '../python/value.ts';
import { PyBytes } from './bytes.ts';
import {
  type CallArguments,
  Callable,
  checkArguments,
  currentRules,
  given,
  itemsOf,
  type Rt,
  toInteger,
  Undefined,
} from './runtime.ts';

type Arg = Value | undefined;
type Run = (self: string, args: readonly Arg[], all: CallArguments, lookups: Lookups) => Value;

/** How a template finds members of a value. */
export interface Lookups {
  readonly attribute: (object: Rt, name: string) => Rt;
  readonly own: (object: Value, name: string) => Rt | undefined;
  readonly subscript: (object: Rt, key: Rt) => Rt;
}

interface Method {
  readonly names: readonly string[];
  readonly required: number;
  /** Whether the parameters may be given by name. */
  readonly keywords: boolean;
  readonly run: Run;
}

function method(names: string, run: Run, options: { required?: number; keywords?: boolean } = {}): Method {
  const list = names === '' ? [] : names.split(' ');
  return { names: list, required: options.required ?? 0, keywords: options.keywords ?? false, run };
}

function needText(value: Arg, what: string): string {
  if (typeof value === 'string') return value;
  if (value instanceof Undefined) return value.fail();
  throw new PythonError('TypeError', `${what} must be str, not ${typeName(value ?? null)}`);
}

function integer(value: Arg, byDefault: number): number {
  return value === undefined ? byDefault : toInteger(value, 'the argument');
}

const characters = (value: Arg): string | null =>
  value === undefined || value === null ? null : needText(value, 'the argument');

function separator(value: Arg): string | null {
  const found = characters(value);
  if (found === '') throw new PythonError('ValueError', 'empty separator');
  return found;
}

/** text[start:end] with where it begins, in code points; null where start is beyond the end. */
function part(self: string, start: Arg, end: Arg): { readonly text: string; readonly from: number } | null {
  const isWhole = (start === undefined || start === null) && (end === undefined || end === null);
  if (isWhole) return { text: self, from: 0 };
  const size = text.codePointLength(self);
  const bound = (value: Arg, byDefault: number): number => {
    if (value === undefined || value === null) return byDefault;
    const index = toInteger(value, 'a slice index');
    return index < 0 ? Math.max(0, index + size) : index;
  };
  const from = bound(start, 0);
  const to = Math.min(bound(end, size), size);
  return from > size || from > to ? null : { text: text.slicePoints(self, from, to), from };
}

function position(last: boolean): (self: string, args: readonly Arg[]) => number {
  return (self, [sub, start, end]) => {
    const wanted = needText(sub, 'the argument');
    const piece = part(self, start, end);
    if (piece === null) return -1;
    const at = last ? lastIndex(piece.text, wanted) : firstIndex(piece.text, wanted);
    return at === -1 ? -1 : piece.from + text.codePointLength(piece.text.slice(0, at));
  };
}
const find = position(false);
const findLast = position(true);

function found(index: number): number {
  if (index === -1) throw new PythonError('ValueError', 'substring not found');
  return index;
}

function count(self: string, [sub, start, end]: readonly Arg[]): number {
  const wanted = needText(sub, 'the argument');
  const piece = part(self, start, end);
  if (piece === null) return 0;
  if (wanted === '') return text.codePointLength(piece.text) + 1;
  weighSearch(piece.text, wanted);
  const search = searchIn(piece.text, wanted);
  let total = 0;
  let at = search.next(0);
  while (at !== -1) {
    total += 1;
    at = search.next(at + wanted.length);
  }
  return total;
}

function hasAffix(test: (self: string, affix: string) => boolean): Run {
  return (self, [affix, start, end]) => {
    const affixes = affix instanceof PyTuple ? affix.items : [affix];
    const piece = part(self, start, end);
    return affixes.some((one) => {
      const wanted = needText(one, 'the first argument of startswith and endswith');
      weighText(wanted.length);
      return piece !== null && test(piece.text, wanted);
    });
  };
}

function fillCharacter(value: Arg): string {
  const fill = value === undefined ? ' ' : needText(value, 'the fill character');
  if (text.codePointLength(fill) === 1) return fill;
  throw new PythonError('TypeError', 'The fill character must be exactly one character long');
}

function missing(self: string, width: Arg): number {
  return Math.max(0, integer(width, 0) - text.codePointLength(self));
}

function zeroFilled(self: string, width: Arg): string {
  const sign = /^[-+]/.test(self) ? self.slice(0, 1) : '';
  return sign + repeated('0', missing(self, width)) + self.slice(sign.length);
}

function join(self: string, iterable: Arg): string {
  let made = 0;
  const parts = itemsOf(iterable ?? null).map((item, index) => {
    const held = needText(item, `sequence item ${index}`);
    made += held.length + self.length;
    weighText(made);
    return held;
  });
  return parts.join(self);
}

/** What stands for a character that the encoding does not have, by Python's names of the ways. */
const REPLACED: Readonly<Record<string, (code: number) => string>> = {
  ignore: () => '',
  replace: () => '?',
  xmlcharrefreplace: (code) => `&#${code};`,
  backslashreplace: (code) => {
    const digits = code.toString(16);
    if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`;
    return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
  },
};

/** `&#1114111;` or `\\U0001f600` */
const LONGEST_REPLACEMENT = 10;

const SURROGATES: readonly [number, number] = [0xd800, 0xdfff];

function encode(self: string, encoding: Arg, errors: Arg): Rt {
  const label = needText(encoding ?? 'utf-8', 'the encoding')
    .toLowerCase()
    .replaceAll('_', '-');
  const way = needText(errors ?? 'strict', 'the way of errors');
  const isUtf8 = label === 'utf-8' || label === 'utf8';
  const limit = label === 'ascii' ? 0x7f : label === 'latin-1' || label === 'iso-8859-1' ? 0xff : null;
  if (!isUtf8 && limit === null)
    throw new PythonError('LookupError', `the encoding ${label} is not supported`);
  const isIn = (code: number): boolean =>
    limit === null ? code < SURROGATES[0] || code > SURROGATES[1] : code <= limit;
  const replaced = Object.hasOwn(REPLACED, way) ? REPLACED[way] : undefined;
  weighText(way === 'strict' || isUtf8 ? self.length : self.length * LONGEST_REPLACEMENT);
  let out = '';
  for (const char of self) {
    const code = char.codePointAt(0) ?? 0;
    if (isIn(code)) out += char;
    else if (way === 'strict') {
      throw new PythonError('UnicodeEncodeError', `characters that ${label} does not have`);
    } else if (replaced === undefined) {
      throw new PythonError('LookupError', `the error handler ${way} is not supported`);
    } else out += replaced(code);
  }
  return new PyBytes(isUtf8 ? new TextEncoder().encode(out) : Buffer.from(out, 'latin1'));
}

/** str.translate with a dict of code points. */
function translate(self: string, table: Arg): string {
  if (table === undefined || !isDict(table)) {
    throw new PythonError('TypeError', 'translate() is supported with a dict only');
  }
  const out = text.codePoints(self).map((char) => {
    const by = dictGet(table, char.codePointAt(0) ?? 0);
    if (by === undefined) return char;
    if (by === null) return '';
    return typeof by === 'string' ? by : String.fromCodePoint(toInteger(by, 'a code point'));
  });
  weighText(out.reduce((total, piece) => total + piece.length, 0));
  return out.join('');
}

function lower(self: string): string {
  weighText(self.length);
  return self.toLowerCase();
}

/** What str.format looks fields up in: in a sandbox Jinja2's own way, else Python's. */
function fieldValues(
  { attribute, own, subscript }: Lookups,
  positional: readonly Rt[],
  named: (name: string) => Rt | undefined,
): FormatValues {
  const lookUp = (value: Rt | undefined, kind: string, what: string): Rt => {
    if (value === undefined || value instanceof Undefined) throw new PythonError(kind, what);
    return value;
  };
  const { sandboxed } = currentRules();
  return {
    positional,
    named: (name) => lookUp(named(name), 'KeyError', `'${name}'`),
    attribute: (value, name) => {
      if (sandboxed) return attribute(value, name);
      return lookUp(
        own(value, name),
        'AttributeError',
        `'${typeName(value)}' object has no attribute '${name}'`,
      );
    },
    item: (value, key) => {
      if (sandboxed) return subscript(value, key);
      const isIndex = typeof key === 'number' || isDict(value);
      return lookUp(isIndex ? subscript(value, key) : undefined, 'LookupError', `no item ${key}`);
    },
  };
}

/** Whether the characters of a text are all of a kind. */
function hasOnly(kind: RegExp, self: string): boolean {
  weighCharacters(self);
  return kind.test(self);
}

const METHODS: Readonly<Record<string, Method>> = {
  capitalize: method('', (self) => text.capitalize(self)),
  casefold: method('', (self) => text.caseFold(self)),
  center: method(
    'width fillchar',
    (self, [width, fill]) => text.center(self, integer(width, 0), fillCharacter(fill)),
    { required: 1 },
  ),
  count: method('sub start end', count, { required: 1 }),
  encode: method('encoding errors', (self, [encoding, errors]) => encode(self, encoding, errors), {
    keywords: true,
  }),
  endswith: method(
    'suffix start end',
    hasAffix((self, affix) => self.endsWith(affix)),
    { required: 1 },
  ),
  expandtabs: method('tabsize', (self, [size]) => text.expandTabs(self, integer(size, 8)), {
    keywords: true,
  }),
  find: method('sub start end', find, { required: 1 }),
  format_map: method(
    'mapping',
    (self, [mapping], _all, lookups) =>
      formatFields(
        self,
        fieldValues(lookups, [], (name) =>
          mapping !== undefined && isDict(mapping) ? dictGet(mapping, name) : undefined,
        ),
      ),
    { required: 1 },
  ),
  index: method('sub start end', (self, args) => found(find(self, args)), { required: 1 }),
  isalnum: method('', (self) => hasOnly(/^[\p{L}\p{N}]+$/u, self)),
  isalpha: method('', (self) => hasOnly(/^\p{L}+$/u, self)),
  isascii: method('', (self) => hasOnly(/^[\0-\x7f]*$/, self)),
  isdecimal: method('', (self) => text.isDecimal(self)),
  isdigit: method('', (self) => text.isDigit(self)),
  isidentifier: method('', (self) => hasOnly(/^[\p{XID_Start}_]\p{XID_Continue}*$/u, self)),
  islower: method('', (self) => text.isLower(self)),
  isnumeric: method('', (self) => text.isNumeric(self)),
  isprintable: method('', (self) => {
    weighCharacters(self);
    return text.isPrintable(self);
  }),
  isspace: method('', (self) => self !== '' && text.lstrip(self) === ''),
  istitle: method('', (self) => text.isTitle(self)),
  isupper: method('', (self) => text.isUpper(self)),
  join: method('iterable', (self, [iterable]) => join(self, iterable), { required: 1 }),
  ljust: method(
    'width fillchar',
    (self, [width, fill]) => self + repeated(fillCharacter(fill), missing(self, width)),
    { required: 1 },
  ),
  lower: method('', lower),
  lstrip: method('chars', (self, [chars]) => text.lstrip(self, characters(chars))),
  partition: method(
    'sep',
    (self, [by]) => {
      const sep = separator(needText(by, 'the separator')) ?? '';
      const at = firstIndex(self, sep);
      return new PyTuple(at === -1 ? [self, '', ''] : [self.slice(0, at), sep, self.slice(at + sep.length)]);
    },
    { required: 1 },
  ),
  removeprefix: method(
    'prefix',
    (self, [prefix]) => {
      const held = needText(prefix, 'the prefix');
      return self.startsWith(held) ? self.slice(held.length) : self;
    },
    { required: 1 },
  ),
  removesuffix: method(
    'suffix',
    (self, [suffix]) => {
      const held = needText(suffix, 'the suffix');
      return held !== '' && self.endsWith(held) ? self.slice(0, -held.length) : self;
    },
    { required: 1 },
  ),
  replace: method(
    'old new count',
    (self, [old, by, times]) =>
      text.replace(
        self,
        needText(old, 'replace() argument 1'),
        needText(by, 'replace() argument 2'),
        integer(times, -1),
      ),
    { required: 2 },
  ),
  rfind: method('sub start end', findLast, { required: 1 }),
  rindex: method('sub start end', (self, args) => found(findLast(self, args)), { required: 1 }),
  rjust: method(
    'width fillchar',
    (self, [width, fill]) => repeated(fillCharacter(fill), missing(self, width)) + self,
    { required: 1 },
  ),
  rpartition: method(
    'sep',
    (self, [by]) => {
      const sep = separator(needText(by, 'the separator')) ?? '';
      const at = lastIndex(self, sep);
      return new PyTuple(at === -1 ? ['', '', self] : [self.slice(0, at), sep, self.slice(at + sep.length)]);
    },
    { required: 1 },
  ),
  rsplit: method('sep maxsplit', (self, [sep, max]) => text.rsplit(self, separator(sep), integer(max, -1)), {
    keywords: true,
  }),
  rstrip: method('chars', (self, [chars]) => text.rstrip(self, characters(chars))),
  split: method('sep maxsplit', (self, [sep, max]) => text.split(self, separator(sep), integer(max, -1)), {
    keywords: true,
  }),
  splitlines: method('keepends', (self, [keep]) => text.splitLines(self, integer(keep, 0) !== 0), {
    keywords: true,
  }),
  startswith: method(
    'prefix start end',
    hasAffix((self, affix) => self.startsWith(affix)),
    { required: 1 },
  ),
  strip: method('chars', (self, [chars]) => text.strip(self, characters(chars))),
  swapcase: method('', (self) => text.swapCase(self)),
  title: method('', (self) => text.title(self)),
  translate: method('table', (self, [table]) => translate(self, table), { required: 1 }),
  upper: method('', (self) => {
    weighText(self.length);
    return self.toUpperCase();
  }),
  zfill: method('width', (self, [width]) => zeroFilled(self, width), { required: 1 }),
};

export function textMethod(self: string, name: string, lookups: Lookups): Callable | undefined {
  if (name === 'format') {
    return new Callable(name, (args) =>
      formatFields(
        self,
        fieldValues(lookups, args.positional, (key) => args.named.get(key)),
      ),
    );
  }
  if (name === 'maketrans') throw new PythonError('TypeError', 'str.maketrans() is not supported');
  const found = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (found === undefined) return undefined;
  return new Callable(name, (args): Rt => {
    checkArguments(name, args, found.names);
    if (!found.keywords && args.named.size > 0) {
      throw new PythonError('TypeError', `str.${name}() takes no keyword arguments`);
    }
    const bound = found.names.map((parameter, index) => given(args, index, parameter));
    if (bound.slice(0, found.required).includes(undefined)) {
      throw new PythonError('TypeError', `${name}() misses an argument`);
    }
    return found.run(self, bound, args, lookups);
  });
}
