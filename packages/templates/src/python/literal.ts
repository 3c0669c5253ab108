/**
 * ast.literal_eval: reads the Python literal that a template rendered ("['a', \"b's\"]"). Texts, numbers, True,
 * False, None, lists, tuples and dicts; no sets, bytes, f-strings or sums of complex numbers.
 */
import { PyFloat } from '@evalgraph/formats';
import { decodeEscapes } from './escapes.ts';
import { type DictKey, dictSet, PyTuple, PythonError, type Value } from './value.ts';

const MAX_DEPTH = 100;
const NUMBER =
  /0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?/y;
const STRING = /([rRuU]?)('''|"""|'|")/y;
const BLANK = /(?:[ \t\f]|\\\n|#[^\n]*|\n|\r)*/y;

/** @throws PythonError (SyntaxError or ValueError) where Python would. */
export function literalEval(text: string): Value {
  const source = text.replace(/^[ \t]+/, '');
  let at = 0;

  function fail(what: string): never {
    throw new PythonError(
      'SyntaxError',
      `${what} at character ${at} of ${JSON.stringify(text.slice(0, 80))}`,
    );
  }
  function blank(): void {
    BLANK.lastIndex = at;
    at += BLANK.exec(source)?.[0].length ?? 0;
  }
  function readText(): string {
    let out = '';
    for (;;) {
      STRING.lastIndex = at;
      const open = STRING.exec(source);
      if (open === null) return out;
      const [head, prefix = '', quote = ''] = open;
      let end = at + head.length;
      while (!source.startsWith(quote, end)) {
        const char = source[end];
        if (char === undefined || (char === '\n' && quote.length === 1)) fail('unterminated string literal');
        end += char === '\\' ? 2 : 1;
      }
      const body = source.slice(at + head.length, end);
      out += prefix.toLowerCase() === 'r' ? body : decodeEscapes(body);
      at = end + quote.length;
      blank();
    }
  }
  function readNumber(sign: 1 | -1): Value {
    NUMBER.lastIndex = at;
    const found = NUMBER.exec(source)?.[0];
    if (found === undefined) fail('invalid syntax');
    at += found.length;
    if (/[\p{L}\p{N}_]/u.test(source[at] ?? '')) fail('invalid literal');
    const plain = found.replaceAll('_', '');
    if (/^0[xob]/i.test(plain)) return normalize(BigInt(plain) * BigInt(sign));
    if (/[.eE]/.test(plain)) return new PyFloat(sign * Number(plain));
    if (/^0+[1-9]/.test(plain)) fail('leading zeros in decimal integer literals are not permitted');
    return normalize(BigInt(plain) * BigInt(sign));
  }
  function readItems(close: string, depth: number): { items: Value[]; comma: boolean } {
    const items: Value[] = [];
    let comma = false;
    at += 1;
    blank();
    while (source[at] !== close) {
      if (items.length > 0 && !comma) fail('invalid syntax');
      items.push(readValue(depth + 1));
      blank();
      comma = source[at] === ',';
      if (comma) at += 1;
      blank();
      if (at >= source.length) fail('was never closed');
    }
    at += 1;
    return { items, comma };
  }
  function readDict(depth: number): Value {
    const entries = new Map<DictKey, Value>();
    at += 1;
    blank();
    while (source[at] !== '}') {
      const key = readValue(depth + 1);
      blank();
      if (source[at] !== ':') fail('invalid syntax');
      at += 1;
      dictSet(entries, key, readValue(depth + 1));
      blank();
      if (source[at] === ',') at += 1;
      else if (source[at] !== '}') fail('invalid syntax');
      blank();
    }
    at += 1;
    return entries;
  }
  function readValue(depth: number): Value {
    if (depth > MAX_DEPTH) fail('too deeply nested');
    blank();
    STRING.lastIndex = at;
    if (STRING.test(source)) return readText();
    const char = source[at];
    if (char === '[') return readItems(']', depth).items;
    if (char === '{') return readDict(depth);
    if (char === '(') {
      const { items, comma } = readItems(')', depth);
      return items.length === 1 && !comma ? (items[0] ?? null) : new PyTuple(items);
    }
    if (char === '-' || char === '+') {
      at += 1;
      blank();
      return readNumber(char === '-' ? -1 : 1);
    }
    const word = /[A-Za-z_]\w*/y;
    word.lastIndex = at;
    const name = word.exec(source)?.[0];
    if (name === undefined) return readNumber(1);
    at += name.length;
    if (name === 'None') return null;
    if (name === 'True' || name === 'False') return name === 'True';
    throw new PythonError('ValueError', `malformed node or string: the name ${name}`);
  }

  const first = readValue(0);
  blank();
  if (source[at] !== ',') {
    if (at < source.length) fail('invalid syntax');
    return first;
  }
  const items = [first];
  while (source[at] === ',') {
    at += 1;
    blank();
    if (at >= source.length) break;
    items.push(readValue(0));
    blank();
  }
  if (at < source.length) fail('invalid syntax');
  return new PyTuple(items);
}

function normalize(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}
