/** str.format: fields in braces, with paths, conversions and nested specifications. */
import { formatSpec } from './format-number.ts';
import { weighText } from './meter.ts';
import { ascii, repr, toStr } from './repr.ts';
import { PythonError, type Value } from './value.ts';

export interface FormatValues {
  readonly positional: readonly Value[];
  /** The value of a name. @throws PythonError KeyError */
  readonly named: (name: string) => Value;
  /** `.name` of a value, and `[key]`. @throws PythonError AttributeError, IndexError, KeyError */
  readonly attribute: (value: Value, name: string) => Value;
  readonly item: (value: Value, key: string | number) => Value;
}

const MAX_RECURSION = 2;

function fail(message: string): never {
  throw new PythonError('ValueError', message);
}

/** @throws PythonError as Python's str.format */
export function formatFields(template: string, values: FormatValues): string {
  let numbering: 'automatic' | 'manual' | null = null;
  let automatic = 0;
  let made = 0;

  function render(text: string, recursion: number): string {
    if (recursion <= 0) fail('Max string recursion exceeded');
    const out: string[] = [];
    const push = (piece: string): void => {
      made += piece.length;
      weighText(made);
      out.push(piece);
    };
    let at = 0;
    while (at < text.length) {
      const brace = /[{}]/g;
      brace.lastIndex = at;
      const found = brace.exec(text);
      const end = found?.index ?? text.length;
      push(text.slice(at, end));
      if (found === null) break;
      const char = text[end];
      if (text[end + 1] === char) {
        push(char ?? '');
        at = end + 2;
        continue;
      }
      if (char === '}') fail("Single '}' encountered in format string");
      if (end + 1 >= text.length) fail("Single '{' encountered in format string");
      const field = readField(text, end + 1);
      at = field.end;
      const value = converted(lookUp(field.name), field.conversion);
      const spec = field.spec.includes('{') ? render(field.spec, recursion - 1) : field.spec;
      push(formatSpec(value, spec));
    }
    return out.join('');
  }
  function useNumbering(kind: 'automatic' | 'manual'): void {
    numbering ??= kind;
    if (numbering === kind) return;
    fail(
      kind === 'manual'
        ? 'cannot switch from automatic field numbering to manual field specification'
        : 'cannot switch from manual field specification to automatic field numbering',
    );
  }
  function lookUp(name: string): Value {
    const head = /^[^.[]*/.exec(name)?.[0] ?? '';
    let value: Value;
    if (head === '' || /^[0-9]+$/.test(head)) {
      useNumbering(head === '' ? 'automatic' : 'manual');
      const index = head === '' ? automatic : Number(head);
      if (head === '') automatic += 1;
      const found = values.positional[index];
      if (found === undefined) {
        throw new PythonError(
          'IndexError',
          `Replacement index ${index} out of range for positional args tuple`,
        );
      }
      value = found;
    } else value = values.named(head);
    let at = head.length;
    while (at < name.length) {
      if (name[at] === '.') {
        const part = /^[^.[]*/.exec(name.slice(at + 1))?.[0] ?? '';
        if (part === '') fail('Empty attribute in format string');
        value = values.attribute(value, part);
        at += 1 + part.length;
      } else if (name[at] === '[') {
        const close = name.indexOf(']', at);
        if (close === -1) fail("Missing ']' in format string");
        const key = name.slice(at + 1, close);
        if (key === '') fail('Empty attribute in format string');
        value = values.item(value, /^[0-9]+$/.test(key) ? Number(key) : key);
        at = close + 1;
      } else fail("Only '.' or '[' may follow ']' in format field specifier");
    }
    return value;
  }
  return render(template, MAX_RECURSION);
}

interface Field {
  readonly name: string;
  readonly conversion: string | null;
  readonly spec: string;
  readonly end: number;
}

function readField(text: string, start: number): Field {
  let at = start;
  let stop = '';
  while (at < text.length && stop === '') {
    const char = text[at] ?? '';
    if (char === '{') fail("unexpected '{' in field name");
    if (char === '[') {
      const close = text.indexOf(']', at);
      at = close === -1 ? text.length : close;
    } else if (char === '}' || char === ':' || char === '!') stop = char;
    at += 1;
  }
  if (stop === '') fail("expected '}' before end of string");
  const name = text.slice(start, at - 1);
  if (stop === '}') return { name, conversion: null, spec: '', end: at };
  let conversion: string | null = null;
  if (stop === '!') {
    conversion = text[at] ?? fail('end of string while looking for conversion specifier');
    const after = text[at + 1];
    if (after === undefined) fail("unmatched '{' in format spec");
    at += 2;
    if (after === '}') return { name, conversion, spec: '', end: at };
    if (after !== ':') fail("expected ':' after conversion specifier");
  }
  const from = at;
  for (let depth = 1; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}') depth -= 1;
    if (depth === 0) return { name, conversion, spec: text.slice(from, at), end: at + 1 };
  }
  return fail("unmatched '{' in format spec");
}

function converted(value: Value, conversion: string | null): Value {
  switch (conversion) {
    case null:
      return value;
    case 'r':
      return repr(value);
    case 's':
      return toStr(value);
    case 'a':
      return ascii(value);
    default:
      return fail(`Unknown conversion specifier '${conversion}'`);
  }
}
