/** str() and repr(): what a value looks like when Python puts it into a text. */
import { PyFloat, pythonFloatRepr } from '@evalgraph/formats';
import { isDict, PyTuple, PythonError, type Value } from './value.ts';

/** As many decimal digits as Python reads and writes (sys.get_int_max_str_digits). */
export const MAX_DIGITS = 4300;
const TOO_LONG = 10n ** BigInt(MAX_DIGITS);

/** str() of an int. @throws PythonError ValueError: more digits than Python writes */
export function integerText(value: number | bigint): string {
  if (typeof value === 'number' && Math.abs(value) < 1e21)
    return Object.is(value, -0) ? '0' : value.toString();
  const whole = BigInt(value);
  if (whole >= TOO_LONG || whole <= -TOO_LONG) {
    throw new PythonError(
      'ValueError',
      `Exceeds the limit (${MAX_DIGITS} digits) for integer string conversion`,
    );
  }
  return whole.toString();
}

/** ascii(value): repr with every character outside ASCII escaped. */
export function ascii(value: Value): string {
  return repr(value).replace(/[^\0-\x7f]/gu, (char) => escapeCodePoint(char.codePointAt(0) ?? 0));
}

/** str(value): a text as it is, everything else as repr writes it. */
export function toStr(value: Value): string {
  return typeof value === 'string' ? value : repr(value);
}

/** A template can put a list into itself; the stack must not be what ends that. */
const MAX_DEPTH = 200;

export function repr(value: Value): string {
  return reprAt(value, 0);
}

function reprAt(value: Value, depth: number): string {
  if (depth > MAX_DEPTH)
    throw new PythonError('RecursionError', `values nested deeper than ${MAX_DEPTH} levels`);
  const inner = (item: Value): string => reprAt(item, depth + 1);
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' || typeof value === 'bigint') return integerText(value);
  if (typeof value === 'string') return reprText(value);
  if (value instanceof PyFloat) return pythonFloatRepr(value.value);
  if (value instanceof PyTuple) {
    const items = value.items.map(inner);
    return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
  }
  if (isDict(value))
    return `{${[...value].map(([key, item]) => `${inner(key)}: ${inner(item)}`).join(', ')}}`;
  return `[${value.map(inner).join(', ')}]`;
}

/** What str.isprintable refuses: separators but the space, controls, formats, surrogates, unassigned. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/u;
const NAMED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function reprText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const char of text) {
    const named = NAMED[char];
    if (named !== undefined) out += named;
    else if (char === quote) out += `\\${char}`;
    else if (char === ' ' || !UNPRINTABLE.test(char)) out += char;
    else out += escapeCodePoint(char.codePointAt(0) ?? 0);
  }
  return out + quote;
}

function escapeCodePoint(code: number): string {
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
