/** One YAML file with its includes -> one merged map, and the list of files that took part. */
import { resolve } from 'node:path';
import { type Position, readRegularSync, UserError } from '@evalgraph/formats';
import type { DictKey } from '@evalgraph/templates';
import { messages } from '../messages.ts';
import { folderOf } from '../yaml/folder.ts';
import { at, type Entry, type MapNode, type YamlNode } from '../yaml/node.ts';
import { readYaml } from '../yaml/read.ts';

export interface LoadedFile {
  readonly map: MapNode;
  /** Absolute paths: the file and everything that it includes, each once. */
  readonly files: readonly string[];
}

/** Shallow merge: a later include wins over an earlier one, the file itself over all. @throws UserError */
export function loadYamlFile(file: string): LoadedFile {
  return load(resolve(file), [], undefined);
}

function load(file: string, path: readonly string[], by: YamlNode | undefined): LoadedFile {
  if (path.includes(file) && by !== undefined)
    throw new UserError(messages.includeCycle(by, [...path, file]));
  const root = parsedOnce(file, readText(file, by === undefined ? undefined : at(by)));
  const include = root.entries.get('include');
  if (include === undefined) return { map: root, files: [file] };
  const files = [file];
  const folder = folderOf(file);
  const entries = new Map<DictKey, Entry>();
  for (const target of include.value.kind === 'list' ? include.value.items : [include.value]) {
    if (target.kind !== 'scalar' || typeof target.value !== 'string') {
      throw new UserError(messages.wrongType('include', target, 'a path or a list of paths'));
    }
    const included = load(resolve(folder, target.value), [...path, file], target);
    files.push(...included.files);
    for (const [key, entry] of included.map.entries) if (key !== 'task_list') entries.set(key, entry);
  }
  for (const [key, entry] of root.entries) if (key !== 'include') entries.set(key, entry);
  return { map: { ...root, entries }, files: [...new Set(files)] };
}

/** The newest text of each file with its nodes, which nobody changes. */
const parsed = new Map<string, MapNode>();
/** More files than any library but lm-eval's own has. */
const MAX_PARSED = 2_000;

/** A library is opened for every plan of a process, and many of its files include the same template. */
function parsedOnce(file: string, text: string): MapNode {
  const known = parsed.get(file);
  if (known?.source.text === text) return known;
  const root = readYaml(file, text);
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(file, root);
  return root;
}

/** lm-eval's largest task file has 60 kB. */
const MAX_TASK_BYTES = 16 * 1024 * 1024;

function readText(file: string, by: Position | undefined): string {
  try {
    return readRegularSync(file, MAX_TASK_BYTES)
      .toString('utf8')
      .replace(/^\ufeff/, '');
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(messages.unreadableFile(file, String(error.code), by));
  }
}
