/** Takes keys out of a YAML map, one type each, and gathers what is wrong instead of stopping at the first. */
import type { Problem, PyValue } from '@evalgraph/formats';
import { dumpsPython, PyFloat } from '@evalgraph/formats';
import { compileRegex, isDict, PythonError, type Value } from '@evalgraph/templates';
import { messages } from '../messages.ts';
import { type Entry, type FunctionNode, type MapNode, toValue, type YamlNode } from './node.ts';

/** A file of which more keys are unknown is no task; each message costs a search for what was meant. */
export const MAX_UNKNOWN_KEYS = 20;

export interface Reader {
  readonly map: MapNode;
  readonly problems: Problem[];
  entry(key: string): Entry | undefined;
  /** The value's node; undefined where the key is absent or null. */
  node(key: string): YamlNode | undefined;
  text(key: string): string | null;
  integer(key: string): number | null;
  flag(key: string, byDefault: boolean): boolean;
  /** One text or a list of texts. */
  texts(key: string): readonly string[] | null;
  /** Reports keys outside of `legal`. */
  onlyKeys(legal: readonly string[], where: string): void;
}

export function readerOf(map: MapNode, problems: Problem[]): Reader {
  const entry = (key: string): Entry | undefined => map.entries.get(key);
  const node = (key: string): YamlNode | undefined => {
    const value = entry(key)?.value;
    return value?.kind === 'scalar' && value.value === null ? undefined : value;
  };
  function scalar<T>(key: string, wanted: string, take: (value: unknown) => T | undefined): T | null {
    const found = node(key);
    if (found === undefined) return null;
    const taken = found.kind === 'scalar' ? take(found.value) : undefined;
    if (taken !== undefined) return taken;
    problems.push(messages.wrongType(key, found, wanted));
    return null;
  }
  return {
    map,
    problems,
    entry,
    node,
    text: (key) => scalar(key, 'a text', (value) => (typeof value === 'string' ? value : undefined)),
    integer: (key) =>
      scalar(key, 'a whole number', (value) => (typeof value === 'number' ? value : undefined)),
    flag: (key, byDefault) =>
      scalar(key, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined)) ?? byDefault,
    texts: (key) => {
      const found = node(key);
      if (found === undefined) return null;
      const items = (found.kind === 'list' ? found.items : [found]).map((item) =>
        item.kind === 'scalar' && typeof item.value === 'string' ? item.value : null,
      );
      if (items.every((item) => item !== null)) return items;
      problems.push(messages.wrongType(key, found, 'a text or a list of texts'));
      return null;
    },
    onlyKeys: (legal, where) => {
      let unknown = 0;
      for (const { key } of map.entries.values()) {
        if (legal.includes(String(key.value))) continue;
        problems.push(messages.unknownKey(String(key.value), key, where, legal));
        unknown += 1;
        if (unknown === MAX_UNKNOWN_KEYS) return;
      }
    },
  };
}

/** A node as a JSON-like value; functions and other keys than texts inside are problems. */
export function plainValue(node: YamlNode, key: string, problems: Problem[]): PyValue {
  const noFunction = (inner: FunctionNode): Value => {
    problems.push(messages.wrongType(key, inner, 'a plain value, without !function inside'));
    return null;
  };
  return toJsonLike(toValue(node, noFunction));
}

function toJsonLike(value: Value): PyValue {
  if (isDict(value)) return new Map([...value].map(([key, item]) => [String(key), toJsonLike(item)]));
  if (Array.isArray(value)) return value.map(toJsonLike);
  return value as PyValue;
}

/** A number as YAML has it (1, 1.0, 1e+3). */
export function numberOf(node: YamlNode | undefined): number | null {
  if (node?.kind !== 'scalar') return null;
  if (node.value instanceof PyFloat) return node.value.value;
  return typeof node.value === 'number' ? node.value : null;
}

/** Regular expressions, each of which must run here. */
export function regexes(reader: Reader, key: string): readonly string[] {
  const patterns = reader.texts(key) ?? [];
  const node = reader.node(key);
  for (const pattern of patterns) if (node !== undefined) checkRegex(reader, pattern, node);
  return patterns;
}

export function checkRegex(reader: Reader, pattern: string, node: YamlNode): void {
  try {
    compileRegex(pattern);
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    reader.problems.push(
      messages.wrongType('A regular expression', node, `one that runs here: ${error.message}`),
    );
  }
}

/** A value as Python's JSON. */
export function jsonOf(reader: Reader, key: string, byDefault: string): string {
  const node = reader.node(key);
  if (node === undefined) return byDefault;
  return dumpsPython(plainValue(node, key, reader.problems), { indent: null, ensureAscii: true });
}

/** The maps of a list; one map may stand by itself. */
export function mapsOf(reader: Reader, key: string, node: YamlNode): readonly MapNode[] {
  const items = node.kind === 'list' ? node.items : [node];
  return items.filter((item): item is MapNode => {
    if (item.kind !== 'map') reader.problems.push(messages.wrongType(key, item, 'a list of maps'));
    return item.kind === 'map';
  });
}
