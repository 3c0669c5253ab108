/** A YAML value that knows where it stands, so that every later error can point at it. */
import { type Position, type PyDict, type PyValue, positionOf } from '@evalgraph/formats';
import type { DictKey, Value } from '@evalgraph/templates';
import type { Scalar } from './scalar.ts';

export interface Source {
  readonly file: string;
  readonly text: string;
}

interface Place {
  readonly source: Source;
  /** Offsets in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

export interface ScalarNode extends Place {
  readonly kind: 'scalar';
  readonly value: Scalar;
}
/** `!function module.name` */
export interface FunctionNode extends Place {
  readonly kind: 'function';
  readonly name: string;
}
export interface ListNode extends Place {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
}
export interface MapNode extends Place {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<DictKey, Entry>;
}
export interface Entry {
  readonly key: ScalarNode;
  readonly value: YamlNode;
}
export type YamlNode = ScalarNode | FunctionNode | ListNode | MapNode;

export function at(node: YamlNode): Position {
  return positionOf(node.source.file, node.source.text, [node.start, node.end]);
}

/** The plain value; `onFunction` decides what a function inside becomes (it throws where none may stand). */
export function toValue(node: YamlNode, onFunction: (node: FunctionNode) => Value): Value {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'function':
      return onFunction(node);
    case 'list':
      return node.items.map((item) => toValue(item, onFunction));
    case 'map':
      return new Map([...node.entries].map(([key, entry]) => [key, toValue(entry.value, onFunction)]));
  }
}

/** A value that no file holds, as if `file` held it. */
export function nodeOf(file: string, value: PyValue): YamlNode {
  const place = { source: { file, text: '' }, start: 0, end: 0 };
  if (value instanceof Map) {
    const entries = [...(value as PyDict)].map(([key, item]): [DictKey, Entry] => [
      key,
      { key: { kind: 'scalar', ...place, value: key }, value: nodeOf(file, item) },
    ]);
    return { kind: 'map', ...place, entries: new Map(entries) };
  }
  if (Array.isArray(value)) return { kind: 'list', ...place, items: value.map((item) => nodeOf(file, item)) };
  return { kind: 'scalar', ...place, value: value as Scalar };
}

export function textOf(node: YamlNode | undefined): string | null {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : null;
}
