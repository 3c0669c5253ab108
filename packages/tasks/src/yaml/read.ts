/**
 * A YAML text as PyYAML reads it -> nodes with positions. Structure comes from the `yaml` library, the meaning of
 * plain scalars from scalar.ts. Includes are the library folder's matter.
 */
import { MAX_YAML_ERRORS, MAX_YAML_TOKENS, parseYaml, UserError } from '@evalgraph/formats';
import { type DictKey, dictSet } from '@evalgraph/templates';
import { isAlias, isMap, isScalar, isSeq, type Node, Scalar as YamlScalar } from 'yaml';
import { messages } from '../messages.ts';
import type { Entry, MapNode, Source, YamlNode } from './node.ts';
import { resolvePlain } from './scalar.ts';

/** A task file is a page; one of 1 MB is something else. */
export const MAX_YAML_CHARACTERS = 1_000_000;
const MAX_NODES = 200_000;
const MAX_ALIASES = 100;

/** The root map. @throws UserError with positions. */
export function readYaml(file: string, text: string): MapNode {
  if (text.length > MAX_YAML_CHARACTERS)
    throw new UserError(messages.yamlTooLarge.bytes(file, MAX_YAML_CHARACTERS));
  const source: Source = { file, text };
  const options = {
    schema: 'failsafe',
    uniqueKeys: false,
    stringKeys: false,
    merge: false,
  } as const;
  const document = parseYaml(text, options, messages.yamlTooLarge.tokens(file, MAX_YAML_TOKENS));
  const failures = document.errors
    .slice(0, MAX_YAML_ERRORS)
    .map((error) => messages.yamlSyntax(source, error.pos[0], error.pos[1], error.message));
  if (failures.length > 0) throw new UserError(failures);
  let count = 0;
  let aliases = 0;

  function place(node: Node): { source: Source; start: number; end: number } {
    const [start = 0, end = start] = node.range ?? [];
    return { source, start, end };
  }
  function convert(node: unknown, parent: { start: number; end: number }): YamlNode {
    count += 1;
    if (count > MAX_NODES) throw new UserError(messages.yamlTooLarge.bytes(file, MAX_NODES));
    if (isAlias(node)) {
      aliases += 1;
      const target = node.resolve(document);
      if (target === undefined || aliases > MAX_ALIASES)
        throw new UserError(messages.yamlAlias(source, place(node)));
      return convert(target, parent);
    }
    if (isScalar(node)) return scalar(node);
    if (isSeq(node)) {
      const here = place(node);
      return { kind: 'list', ...here, items: node.items.map((item) => convert(item, here)) };
    }
    if (isMap(node)) {
      const here = place(node);
      const entries = new Map<DictKey, Entry>();
      const merged: MapNode[] = [];
      for (const pair of node.items) {
        const key = convert(pair.key, here);
        const value = convert(pair.value, key);
        if (key.kind !== 'scalar') throw new UserError(messages.yamlKey(key));
        if (key.value === '<<') merged.push(...mergedMaps(value));
        else dictSet(entries, key.value, { key, value });
      }
      return { kind: 'map', ...here, entries: withMerged(merged, entries) };
    }
    return { kind: 'scalar', source, start: parent.start, end: parent.end, value: null };
  }
  function scalar(node: YamlScalar): YamlNode {
    const here = place(node);
    const text = typeof node.value === 'string' ? node.value : '';
    if (node.tag === '!function') return { kind: 'function', ...here, name: text.trim() };
    const plain = node.type === YamlScalar.PLAIN || node.type === undefined;
    if (node.tag === '!' || node.tag === 'tag:yaml.org,2002:str') {
      return { kind: 'scalar', ...here, value: plain && node.source === undefined ? '' : text };
    }
    if (node.tag !== undefined && !/^tag:yaml\.org,2002:(?:int|float|bool|null)$/.test(node.tag)) {
      throw new UserError(messages.yamlTag(source, here, node.tag));
    }
    return { kind: 'scalar', ...here, value: plain ? resolvePlain(text) : text };
  }

  const root = convert(document.contents, { start: 0, end: 0 });
  if (root.kind !== 'map') throw new UserError(messages.yamlNotAMap(root));
  return root;
}

/** PyYAML: a merged map fills in what is missing; of several the first wins. */
function withMerged(
  merged: readonly MapNode[],
  own: ReadonlyMap<DictKey, Entry>,
): ReadonlyMap<DictKey, Entry> {
  if (merged.length === 0) return own;
  const entries = new Map<DictKey, Entry>();
  for (const map of merged.toReversed()) for (const [key, entry] of map.entries) entries.set(key, entry);
  for (const [key, entry] of own) entries.set(key, entry);
  return entries;
}

function mergedMaps(node: YamlNode): readonly MapNode[] {
  if (node.kind === 'map') return [node];
  if (node.kind === 'list') return node.items.flatMap(mergedMaps);
  throw new UserError(messages.yamlKey(node));
}
