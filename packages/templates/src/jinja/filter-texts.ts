/** Jinja2's filters of texts. */
import { formatPercent } from '../python/format-percent.ts';
import { unescapeHtml } from '../python/html-entities.ts';
import { repeated, weighCharacters, weighText } from '../python/meter.ts';
import * as text from '../python/text.ts';
import {
  type DictKey,
  isDict,
  isList,
  PyObject,
  PyTuple,
  PythonError,
  truthy,
  typeName,
  type Value,
} from '../python/value.ts';
import { wrap } from '../python/wrap.ts';
import { define, type Filter } from './filter.ts';
import { getter } from './lookup.ts';
import { itemsOf, Markup, type Rt, sizeOf, textOf, toInteger, Undefined } from './runtime.ts';

function integer(value: Value | undefined, byDefault: number, name: string): number {
  return value === undefined ? byDefault : toInteger(value, `argument '${name}'`);
}

function needText(value: Rt, name: string): string {
  if (typeof value === 'string') return value;
  if (value instanceof Markup) return value.text;
  if (value instanceof Undefined) return value.fail();
  throw new PythonError('TypeError', `${name} needs a text, not ${typeName(value)}`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};

export function escapeHtml(source: string): string {
  weighText(5 * source.length);
  return source.replace(/[&<>'"]/g, (char) => ENTITIES[char] ?? char);
}

function escaped(value: Rt): Rt {
  return value instanceof Markup ? value : new Markup(escapeHtml(textOf(value)));
}

function indent(source: string, width: Value | undefined, first: boolean, blank: boolean): string {
  const pad = typeof width === 'string' ? width : repeated(' ', integer(width, 4, 'width'));
  const [head = '', ...rest] = text.splitLines(`${source}\n`);
  weighText(source.length + (rest.length + 1) * pad.length);
  const lines = rest.map((line) => (blank || line !== '' ? pad + line : line));
  return (first ? pad : '') + [head, ...lines].join('\n');
}

function truncate(value: Rt, length: number, kill: boolean, end: string, leeway: number): Rt {
  const tail = text.codePointLength(end);
  if (length < tail) throw new PythonError('AssertionError', `expected length >= ${tail}, got ${length}`);
  if (leeway < 0) throw new PythonError('AssertionError', `expected leeway >= 0, got ${leeway}`);
  if (sizeOf(value) <= length + leeway) return value;
  const source = needText(value, 'truncate');
  const head = text.slicePoints(source, 0, length - tail);
  return (kill ? head : (text.rsplit(head, ' ', 1)[0] ?? '')) + end;
}

/** What stands between the marks is removed, again and again: what is left may make new marks. */
function without(source: string, open: string, close: string): string {
  let held = source;
  for (;;) {
    const start = held.indexOf(open);
    const end = start === -1 ? -1 : held.indexOf(close, start);
    if (end === -1) return held;
    weighText(held.length);
    held = held.slice(0, start) + held.slice(end + close.length);
  }
}

function stripTags(source: string): string {
  const bare = without(without(source, '<!--', '-->'), '<', '>');
  return unescapeHtml(text.split(bare, null).join(' '));
}

/** urllib.parse.quote with Jinja2's two sets of safe characters. */
function quote(value: Rt, forQuery: boolean): string {
  const source = textOf(value);
  weighText(9 * source.length);
  if (!source.isWellFormed()) throw new PythonError('UnicodeEncodeError', 'surrogates not allowed');
  const quoted = encodeURIComponent(source).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return forQuery ? quoted.replaceAll('%20', '+') : quoted.replaceAll('%2F', '/');
}

function urlEncode(value: Rt): string {
  const isText = typeof value === 'string' || value instanceof Markup;
  const isIterable = isList(value) || isDict(value) || value instanceof PyTuple || value instanceof PyObject;
  if (isText || !isIterable) return quote(value, false);
  const pairs: readonly Value[] = isDict(value)
    ? [...value].map((pair) => new PyTuple(pair))
    : itemsOf(value);
  return pairs
    .map((pair) => {
      const [key, item, ...rest] = itemsOf(pair);
      if (key === undefined || item === undefined || rest.length > 0) {
        throw new PythonError('ValueError', 'urlencode takes pairs');
      }
      return `${quote(key, true)}=${quote(item, true)}`;
    })
    .join('&');
}

function attributes(value: Rt, autospace: boolean): string {
  if (!isDict(value)) throw new PythonError('AttributeError', `xmlattr needs a dict, not ${typeName(value)}`);
  const parts: string[] = [];
  for (const [key, item] of value) {
    if (item === null || item instanceof Undefined) continue;
    if (typeof key !== 'string') throw new PythonError('TypeError', 'xmlattr needs keys that are texts');
    if (/[ \t\n\r\f\v/>=]/.test(key)) {
      throw new PythonError('ValueError', `Invalid character in attribute name: '${key}'`);
    }
    parts.push(`${escapeHtml(key)}="${textOf(escaped(item))}"`);
  }
  return parts.length > 0 && autospace ? ` ${parts.join(' ')}` : parts.join(' ');
}

function wordCount(source: string): number {
  weighCharacters(source);
  const word = /[\p{L}\p{N}_]+/gu;
  let count = 0;
  while (word.exec(source) !== null) count += 1;
  return count;
}

function title(source: string): string {
  weighCharacters(source);
  return source
    .split(new RegExp(`([-${text.WHITE_SPACE}({[<]+)`))
    .filter((piece) => piece !== '')
    .map((piece) => {
      const head = String.fromCodePoint(piece.codePointAt(0) ?? 0);
      return head.toUpperCase() + piece.slice(head.length).toLowerCase();
    })
    .join('');
}

const refused = (name: string, why: string): Filter => {
  return () => {
    throw new PythonError('TypeError', `the filter ${name} is not supported: ${why}`);
  };
};

export const TEXT_FILTERS: Readonly<Record<string, Filter>> = {
  capitalize: define([], 0, (value) => text.capitalize(textOf(value))),
  center: define(['width'], 0, (value, [width]) => text.center(textOf(value), integer(width, 80, 'width'))),
  e: define([], 0, escaped),
  escape: define([], 0, escaped),
  forceescape: define([], 0, (value) => new Markup(escapeHtml(textOf(value)))),
  format: (value, args) => {
    if (args.positional.length > 0 && args.named.size > 0) {
      throw new PythonError(
        'FilterArgumentError',
        "can't handle positional and keyword arguments at the same time",
      );
    }
    const named = new Map<DictKey, Value>(args.named);
    return formatPercent(textOf(value), args.named.size > 0 ? named : new PyTuple(args.positional));
  },
  indent: define(['width', 'first', 'blank'], 0, (value, [width, first, blank]) =>
    indent(needText(value, 'indent'), width, truthy(first ?? false), truthy(blank ?? false)),
  ),
  join: define(['d', 'attribute'], 0, (value, [by, path]) => {
    const separator = by === undefined ? '' : textOf(by);
    const get = getter(path);
    let made = 0;
    const parts = itemsOf(value).map((item) => {
      const part = textOf(get(item));
      made += part.length + separator.length;
      weighText(made);
      return part;
    });
    return parts.join(separator);
  }),
  lower: define([], 0, (value) => {
    const held = textOf(value);
    weighText(held.length);
    return held.toLowerCase();
  }),
  random: refused('random', 'its result is random'),
  replace: define(['old', 'new', 'count'], 2, (value, [old, by, count]) =>
    text.replace(
      textOf(value),
      textOf(old ?? null),
      textOf(by ?? null),
      count === undefined || count === null ? -1 : toInteger(count, "argument 'count'"),
    ),
  ),
  safe: define([], 0, (value) => new Markup(textOf(value))),
  string: define([], 0, (value) => (value instanceof Markup ? value : textOf(value))),
  striptags: define([], 0, (value) => stripTags(textOf(value))),
  title: define([], 0, (value) => title(textOf(value))),
  trim: define(['chars'], 0, (value, [chars]) =>
    text.strip(textOf(value), chars === undefined || chars === null ? null : needText(chars, 'trim')),
  ),
  truncate: define(['length', 'killwords', 'end', 'leeway'], 0, (value, [length, kill, end, leeway]) =>
    truncate(
      value,
      integer(length, 255, 'length'),
      truthy(kill ?? false),
      end === undefined ? '...' : needText(end, 'truncate'),
      leeway === null ? 5 : integer(leeway, 5, 'leeway'),
    ),
  ),
  upper: define([], 0, (value) => {
    const held = textOf(value);
    weighText(held.length);
    return held.toUpperCase();
  }),
  urlencode: define([], 0, urlEncode),
  urlize: refused('urlize', 'it writes links in HTML'),
  wordcount: define([], 0, (value) => wordCount(textOf(value))),
  wordwrap: define(
    ['width', 'break_long_words', 'wrapstring', 'break_on_hyphens'],
    0,
    (value, [width, breakLong, wrapString, breakHyphens]) => {
      const by = wrapString === undefined || wrapString === null ? '\n' : needText(wrapString, 'wordwrap');
      const lines = text.splitLines(needText(value, 'wordwrap')).map((line) =>
        wrap(line, {
          width: integer(width, 79, 'width'),
          breakLongWords: truthy(breakLong ?? true),
          breakOnHyphens: truthy(breakHyphens ?? true),
        }).join(by),
      );
      weighText(lines.reduce((total, line) => total + line.length + by.length, 0));
      return lines.join(by);
    },
  ),
  xmlattr: define(['autospace'], 0, (value, [autospace]) => attributes(value, truthy(autospace ?? true))),
};
