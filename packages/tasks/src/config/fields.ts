/** Functions, fields, splits and the data set of a task's YAML -> strict values. */
import type { PortRole } from '../functions/port.ts';
import { findFunction, portNames } from '../functions/registry.ts';
import { messages } from '../messages.ts';
import type { DatasetConfig, FieldSpec, FunctionRef } from '../task.ts';
import type { YamlNode } from '../yaml/node.ts';
import type { Reader } from '../yaml/reader.ts';

/** A !function value; a problem where it is something else or has no port. */
export function functionRef(reader: Reader, key: string, role: PortRole): FunctionRef | null {
  const node = reader.node(key);
  if (node === undefined) return null;
  if (node.kind !== 'function') {
    reader.problems.push(messages.wrongType(key, node, 'a function (!function module.name)'));
    return null;
  }
  const { port, source } = findFunction(node.name, node.source.file);
  if (port?.role === role) return { name: port.name, version: port.version, source: source?.digest ?? null };
  reader.problems.push(
    source === null
      ? messages.unknownFunction.notPorted(node.name, role, node, portNames(role))
      : messages.unknownFunction.otherText(node.name, role, node, source.file, portNames(role)),
  );
  return null;
}

/** doc_to_text, doc_to_target (`choices` false) or doc_to_choice (`choices` true). */
export function fieldSpec(reader: Reader, key: string, choices: boolean): FieldSpec | null {
  const node = reader.node(key);
  if (node === undefined) return null;
  if (node.kind === 'function') {
    const reference = functionRef(reader, key, 'field');
    return reference === null ? null : { kind: 'function', function: reference };
  }
  if (node.kind === 'scalar') {
    if (typeof node.value === 'string') return { kind: 'template', template: node.value };
    if (typeof node.value === 'number' && !choices) return { kind: 'int', value: node.value };
  }
  const items = listOfTexts(node, choices);
  if (items !== null && (choices || key.includes('target'))) return { kind: 'list', items };
  reader.problems.push(
    messages.wrongType(
      key,
      node,
      choices
        ? 'a template, a list or map of texts, or a function'
        : 'a template, a whole number or a function',
    ),
  );
  return null;
}

function listOfTexts(node: YamlNode, orMap: boolean): readonly string[] | null {
  const items =
    node.kind === 'list'
      ? node.items
      : node.kind === 'map' && orMap
        ? [...node.entries.values()].map((entry) => entry.value)
        : null;
  const texts = items?.map((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? item.value : null,
  );
  return texts?.every((item) => item !== null) ? texts : null;
}

/** Keys of dataset_kwargs that change nothing about local files. */
const HARMLESS = new Set(['data_files', 'trust_remote_code']);

export function datasetConfig(reader: Reader): DatasetConfig {
  const kwargs = reader.node('dataset_kwargs');
  const files: { split: string; path: string }[] = [];
  const otherKeys: string[] = [];
  let hasFiles = false;
  let revision: string | null = null;
  if (kwargs !== undefined && kwargs.kind !== 'map') {
    reader.problems.push(messages.wrongType('dataset_kwargs', kwargs, 'a map'));
  } else if (kwargs !== undefined) {
    for (const { key, value } of kwargs.entries.values()) {
      const name = String(key.value);
      if (name === 'revision' && value.kind === 'scalar' && typeof value.value === 'string') {
        revision = value.value;
        continue;
      }
      if (!HARMLESS.has(name)) otherKeys.push(name);
      if (name !== 'data_files') continue;
      hasFiles = true;
      const bySplit: (readonly [string, YamlNode])[] =
        value.kind === 'map'
          ? [...value.entries.values()].map((entry) => [String(entry.key.value), entry.value])
          : [['train', value]];
      for (const [split, paths] of bySplit) {
        const found = listOfTexts(
          paths.kind === 'list' ? paths : { ...paths, kind: 'list', items: [paths] },
          false,
        );
        if (found === null)
          reader.problems.push(messages.wrongType('data_files', paths, 'a path or a list of paths'));
        for (const path of found ?? []) files.push({ split, path });
      }
    }
  }
  return {
    path: reader.text('dataset_path'),
    name: reader.text('dataset_name'),
    revision,
    files: hasFiles ? files : null,
    otherKeys,
  };
}
