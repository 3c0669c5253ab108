/** str() and repr(): what a value looks like when Python puts it into a text. */
import { PyFloat, pythonFloatRepr } from '@evalgraph/formats';
import { weighCharacters, weighText } from './meter.ts';
import { spend } from './spending.ts';
import { isPrintable } from './text.ts';
import { isDict, PyObject, PyTuple, PythonError, type Value } from './value.ts';

/** The most decimal digits that Python reads and writes (sys.get_int_max_str_digits). */
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
  if (typeof value === 'string') return value;
  return value instanceof PyObject ? value.str() : repr(value);
}

/** A template can put a list into itself; the stack must not be what ends that. */
const MAX_DEPTH = 200;

export function repr(value: Value): string {
  let made = 0;
  /** Containers that are being written: Python writes one inside itself as [...]. */
  const open = new Set<unknown>();

  function keep(text: string): string {
    made += text.length;
    weighText(made);
    return text;
  }
  function write(node: Value): string {
    spend(0.25);
    if (node === null) return keep('None');
    if (typeof node === 'boolean') return keep(node ? 'True' : 'False');
    if (typeof node === 'number' || typeof node === 'bigint') return keep(integerText(node));
    if (typeof node === 'string') {
      weighText(made + node.length);
      return keep(reprText(node));
    }
    if (node instanceof PyFloat) return keep(pythonFloatRepr(node.value));
    if (node instanceof PyObject) return keep(node.repr());
    const isTuple = node instanceof PyTuple;
    const [start, end] = isTuple ? '()' : isDict(node) ? '{}' : '[]';
    if (open.has(node)) return keep(`${start}...${end}`);
    if (open.size > MAX_DEPTH)
      throw new PythonError('RecursionError', `values nested deeper than ${MAX_DEPTH} levels`);
    open.add(node);
    const items = isTuple ? node.items : node;
    const parts: string[] = [];
    if (isDict(items)) for (const [key, item] of items) parts.push(`${write(key)}: ${write(item)}`);
    else for (const item of items) parts.push(write(item));
    made += 2 * parts.length;
    open.delete(node);
    return `${start}${parts.join(', ')}${isTuple && parts.length === 1 ? ',' : ''}${end}`;
  }
  return write(value);
}

const NAMED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function reprText(text: string): string {
  weighCharacters(text);
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const char of text) {
    const named = NAMED[char];
    if (named !== undefined) out += named;
    else if (char === quote) out += `\\${char}`;
    else if (isPrintable(char)) out += char;
    else out += escapeCodePoint(char.codePointAt(0) ?? 0);
  }
  return out + quote;
}

function escapeCodePoint(code: number): string {
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
