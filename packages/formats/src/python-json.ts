/**
 * JSON as Python's `json` module reads and writes it. lm-eval's hashes are digests of `json.dumps`, so 1 and 1.0,
 * key order, NaN and big integers all have to survive. Canonical JSON (for keys) is another file's matter.
 */
import { UserError } from './errors.ts';
import { messages } from './messages.ts';
import { pythonFloatRepr } from './python-float.ts';
import { type PyDict, PyFloat, type PyValue } from './python-value.ts';

/** Deeper nesting is refused: real data sets stay below ten, and recursion must end before the stack does. */
export const MAX_JSON_DEPTH = 200;

/** Python's own limit (sys.set_int_max_str_digits): more digits take time that grows with their square. */
const MAX_INTEGER_DIGITS = 4300;

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const PLAIN_STRING = /[^"\\\u0000-\u001f]*/y;
const WHITE = /[ \t\n\r]*/y;
const WORDS: readonly (readonly [string, PyValue])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', new PyFloat(Number.NaN)],
  ['Infinity', new PyFloat(Number.POSITIVE_INFINITY)],
  ['-Infinity', new PyFloat(Number.NEGATIVE_INFINITY)],
];
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Python's `json.loads`, keeping the kind of each number; a key that stands twice keeps its first place and its
 * last value. Throws a `UserError` (`json-syntax`, `json-depth`) that names the offset.
 */
export function parsePythonJson(text: string): PyValue {
  let at = 0;

  function fail(what: string): never {
    const found = at < text.length ? JSON.stringify(text.slice(at, at + 12)) : 'the end';
    throw new UserError(messages.jsonSyntax(what, at, found));
  }
  function match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found;
  }
  function readString(): string {
    at += 1;
    let out = '';
    for (;;) {
      out += match(PLAIN_STRING)?.[0] ?? '';
      const char = text[at];
      if (char === '"') {
        at += 1;
        return out;
      }
      if (char !== '\\') fail('the end of a string (control characters are not allowed in one)');
      const letter = text[at + 1] ?? '';
      if (letter === 'u') {
        const hex = text.slice(at + 2, at + 6);
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) fail('four hexadecimal digits after \\u');
        out += String.fromCharCode(Number.parseInt(hex, 16));
        at += 6;
      } else {
        const plain = ESCAPES[letter];
        if (plain === undefined) fail('a legal escape');
        out += plain;
        at += 2;
      }
    }
  }
  function readNumber(): PyValue {
    const found = match(NUMBER);
    if (found === null) fail('a value');
    if (found[1] !== undefined || found[2] !== undefined) return new PyFloat(Number(found[0]));
    const value = Number(found[0]);
    if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
    if (found[0].length > MAX_INTEGER_DIGITS) {
      throw new UserError(messages.jsonNumber(found[0].length, at - found[0].length, MAX_INTEGER_DIGITS));
    }
    return BigInt(found[0]);
  }
  function readValue(depth: number): PyValue {
    if (depth > MAX_JSON_DEPTH) {
      throw new UserError(messages.jsonDepth(MAX_JSON_DEPTH));
    }
    match(WHITE);
    const char = text[at];
    if (char === '"') return readString();
    if (char === '{') return readObject(depth);
    if (char === '[') return readArray(depth);
    for (const [word, value] of WORDS) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return value;
      }
    }
    return readNumber();
  }
  function readArray(depth: number): PyValue {
    const items: PyValue[] = [];
    at += 1;
    match(WHITE);
    if (text[at] === ']') {
      at += 1;
      return items;
    }
    for (;;) {
      items.push(readValue(depth + 1));
      match(WHITE);
      if (text[at] === ']') break;
      if (text[at] !== ',') fail("',' or ']'");
      at += 1;
    }
    at += 1;
    return items;
  }
  function readObject(depth: number): PyDict {
    const entries = new Map<string, PyValue>();
    at += 1;
    match(WHITE);
    if (text[at] === '}') {
      at += 1;
      return entries;
    }
    for (;;) {
      match(WHITE);
      if (text[at] !== '"') fail('a key in double quotes');
      const key = readString();
      match(WHITE);
      if (text[at] !== ':') fail("':'");
      at += 1;
      entries.set(key, readValue(depth + 1));
      match(WHITE);
      if (text[at] === '}') break;
      if (text[at] !== ',') fail("',' or '}'");
      at += 1;
    }
    at += 1;
    return entries;
  }

  const value = readValue(0);
  match(WHITE);
  if (at < text.length) fail('the end of the text');
  return value;
}

export interface DumpOptions {
  /** 2: Python's `indent=2`; null: one line with ", " and ": ". */
  readonly indent: 2 | null;
  readonly ensureAscii: boolean;
}

/** Python's `json.dumps`, byte for byte (NaN and infinities included, as Python's default). */
export function dumpsPython(value: PyValue, options: DumpOptions): string {
  const write = (node: PyValue, level: number): string => {
    if (node === null) return 'null';
    if (typeof node === 'string') return quote(node, options.ensureAscii);
    if (typeof node === 'number') return dumpInteger(node);
    if (typeof node === 'boolean' || typeof node === 'bigint') return String(node);
    if (node instanceof PyFloat) return dumpFloat(node.value);
    if (isDict(node)) {
      const parts = [...node].map(
        ([key, item]) => `${quote(key, options.ensureAscii)}: ${write(item, level + 1)}`,
      );
      return wrap('{', parts, '}', level);
    }
    return wrap(
      '[',
      node.map((item) => write(item, level + 1)),
      ']',
      level,
    );
  };
  const wrap = (open: string, parts: readonly string[], close: string, level: number): string => {
    if (parts.length === 0) return open + close;
    if (options.indent === null) return open + parts.join(', ') + close;
    const inner = `\n${' '.repeat(options.indent * (level + 1))}`;
    return `${open}${inner}${parts.join(`,${inner}`)}\n${' '.repeat(options.indent * level)}${close}`;
  };
  return write(value, 0);
}

function isDict(value: PyDict | readonly PyValue[]): value is PyDict {
  return value instanceof Map;
}

function dumpInteger(value: number): string {
  if (!Number.isInteger(value)) throw new TypeError(`${value} is a float: wrap it in PyFloat`);
  return Object.is(value, -0) ? '0' : BigInt(value).toString();
}

function dumpFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return pythonFloatRepr(value);
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

function quote(text: string, ensureAscii: boolean): string {
  const pattern = ensureAscii ? /["\\\u0000-\u001f]|[^ -~]/g : /["\\\u0000-\u001f]/g;
  const escaped = text.replace(
    pattern,
    (char) => SHORT_ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}

/**
 * A text's UTF-8 bytes, as Python's `str.encode("utf-8")`: a lone surrogate is an error there and here (the
 * runtime would replace it silently, and two different documents would get one hash).
 */
export function encodeUtf8(text: string): Uint8Array {
  if (!text.isWellFormed()) {
    throw new UserError(messages.loneSurrogate(text));
  }
  return new TextEncoder().encode(text);
}
