/** Which file defines which name: tasks, groups and tags below some folders. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Position, type Problem, UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import { at, textOf, type YamlNode } from '../yaml/node.ts';
import { type LoadedFile, loadYamlFile } from './load.ts';

/** More files than this below one folder are not a task library (lm-eval's own has 14,000). */
const MAX_FILES = 50_000;
const IGNORED = new Set(['__pycache__', '.ipynb_checkpoints', 'node_modules']);

export interface Definition {
  readonly kind: 'task' | 'group';
  readonly name: string;
  readonly loaded: LoadedFile;
  readonly at: Position;
}

export interface LibraryIndex {
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly duplicates: ReadonlyMap<string, Problem>;
  /** Tag -> the names of its tasks, in code-point order. */
  readonly tags: ReadonlyMap<string, readonly string[]>;
  /** Problems of files that could not be read: told when a name is not found. */
  readonly broken: readonly Problem[];
}

export function indexFolders(folders: readonly string[]): LibraryIndex {
  const definitions = new Map<string, Definition>();
  const duplicates = new Map<string, Problem>();
  const tags = new Map<string, string[]>();
  const broken: Problem[] = [];
  for (const file of new Set(folders.flatMap((folder) => yamlFiles(resolve(folder))))) {
    const definition = readDefinition(file, broken);
    if (definition === null) continue;
    const first = definitions.get(definition.name);
    if (first !== undefined) {
      duplicates.set(definition.name, messages.duplicateTask(definition.name, first.at, definition.at));
      continue;
    }
    definitions.set(definition.name, definition);
    if (definition.kind === 'group') continue;
    for (const tag of tagsOf(definition.loaded.map.entries.get('tag')?.value)) {
      tags.set(tag, [...(tags.get(tag) ?? []), definition.name].sort());
    }
  }
  return { definitions, duplicates, tags, broken };
}

function yamlFiles(folder: string): readonly string[] {
  const files: string[] = [];
  const walk = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      if (IGNORED.has(entry.name)) continue;
      const path = join(at, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.name.endsWith('.yaml')) files.push(path);
      if (files.length > MAX_FILES) throw new UserError(messages.yamlTooLarge.bytes(folder, MAX_FILES));
    }
  };
  walk(folder);
  return files.sort();
}

function readDefinition(file: string, broken: Problem[]): Definition | null {
  let loaded: LoadedFile;
  try {
    loaded = loadYamlFile(file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    broken.push(...error.problems);
    return null;
  }
  const { entries } = loaded.map;
  const kind = entries.has('class') || !entries.has('group') ? 'task' : 'group';
  const node = entries.get(kind)?.value;
  const name = textOf(node);
  // A file without a name is a template that others include.
  return name === null || node === undefined ? null : { kind, name, loaded, at: at(node) };
}

function tagsOf(node: YamlNode | undefined): readonly string[] {
  if (node === undefined) return [];
  return (node.kind === 'list' ? node.items : [node]).flatMap((item) => textOf(item) ?? []);
}
