/** json.dumps of what a template holds: tuples are lists, keys that are numbers are written as texts. */
import { dumpsPython, PyFloat } from '@evalgraph/formats';
import { weighText } from './meter.ts';
import { integerText, toStr } from './repr.ts';
import { spend } from './spending.ts';
import { compare, isDict, PyObject, PyTuple, PythonError, typeName, type Value } from './value.ts';

export interface JsonStyle {
  /** What one level is indented by; null: all on one line. */
  readonly indent: string | null;
  readonly itemSeparator: string;
  readonly keySeparator: string;
  readonly ensureAscii: boolean;
  readonly sortKeys: boolean;
}

/** Python's own defaults. */
export function jsonStyle(options: {
  readonly indent: string | null;
  readonly ensureAscii: boolean;
  readonly sortKeys: boolean;
}): JsonStyle {
  return { ...options, itemSeparator: options.indent === null ? ', ' : ',', keySeparator: ': ' };
}

/** @throws PythonError TypeError, ValueError as json.dumps; MemoryError */
export function jsonText(value: Value, style: JsonStyle): string {
  let made = 0;
  const open = new Set<unknown>();

  function keep(text: string): string {
    made += text.length;
    weighText(made);
    return text;
  }
  function scalar(node: null | boolean | string | number | bigint | PyFloat): string {
    if (typeof node === 'string') weighText(made + node.length);
    if (typeof node === 'number' || typeof node === 'bigint') return keep(integerText(node));
    return keep(dumpsPython(node, { indent: null, ensureAscii: style.ensureAscii }));
  }
  function keyText(key: Value): string {
    if (typeof key === 'string') return scalar(key);
    if (key === null || typeof key === 'boolean' || key instanceof PyFloat) return `"${scalar(key)}"`;
    if (typeof key === 'number' || typeof key === 'bigint') return `"${scalar(key)}"`;
    throw new PythonError('TypeError', `keys must be str, int, float, bool or None, not ${typeName(key)}`);
  }
  function wrapped(start: string, parts: readonly string[], end: string, level: number): string {
    if (parts.length === 0) return keep(start + end);
    if (style.indent === null) return `${start}${parts.join(style.itemSeparator)}${end}`;
    const inner = `\n${style.indent.repeat(level + 1)}`;
    weighText(made + parts.length * inner.length);
    made += parts.length * inner.length;
    return `${start}${inner}${parts.join(style.itemSeparator + inner)}\n${style.indent.repeat(level)}${end}`;
  }
  function write(node: Value, level: number): string {
    spend(0.5);
    if (node instanceof PyObject) {
      if (node.typeName === 'Markup') return scalar(toStr(node));
      throw new PythonError('TypeError', `Object of type ${node.typeName} is not JSON serializable`);
    }
    const items = node instanceof PyTuple ? node.items : node;
    if (items === null || typeof items !== 'object' || items instanceof PyFloat) return scalar(items);
    if (open.has(items)) throw new PythonError('ValueError', 'Circular reference detected');
    if (open.size > 200) throw new PythonError('RecursionError', 'nested too deeply for JSON');
    open.add(items);
    let text: string;
    if (isDict(items)) {
      const entries = [...items];
      if (style.sortKeys) entries.sort(([a], [b]) => compare(a, b));
      const parts = entries.map(
        ([key, item]) => `${keyText(key)}${style.keySeparator}${write(item, level + 1)}`,
      );
      text = wrapped('{', parts, '}', level);
    } else {
      text = wrapped(
        '[',
        items.map((item) => write(item, level + 1)),
        ']',
        level,
      );
    }
    open.delete(items);
    return text;
  }
  return write(value, 0);
}
