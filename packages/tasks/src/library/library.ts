/**
 * Names -> resolved tasks, groups and tags: lm-eval's rules for overrides of members, inline groups and tags.
 * Files are read at the first question.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem, type PyDict, packageFolder, parsePythonJson, UserError } from '@evalgraph/formats';
import type { DictKey } from '@evalgraph/templates';
import { mergedGeneration } from '../config/generation.ts';
import { normalizeGroup } from '../config/group-config.ts';
import { GROUP_KEYS } from '../config/keys.ts';
import { normalizeTask } from '../config/task-config.ts';
import { pythonFile } from '../functions/source.ts';
import { messages } from '../messages.ts';
import {
  leafTasks,
  type ResolvedGroup,
  type ResolvedTag,
  type ResolvedTask,
  type TaskNode,
} from '../task.ts';
import { at, type Entry, type MapNode, textOf, type YamlNode } from '../yaml/node.ts';
import { readYaml } from '../yaml/read.ts';
import { indexFolders, type LibraryIndex } from './index-files.ts';

/** Problems of unreadable files that are told with an unknown name; more would hide it. */
const MOST_BROKEN = 5;

/** Our own definitions of the usual tasks, for `openTaskLibrary`. */
export const libraryFolder: string = join(packageFolder(import.meta.url), 'library');

export interface TaskLibrary {
  /** Every task, group and tag. */
  names(): readonly string[];
  /**
   * @param overrides Keys of the dialect that replace a task's own (for a group: those of all its tasks).
   * @param generation Keys over the generation_kwargs of every task that generates, as lm-eval's --gen_kwargs sets them.
   * @throws UserError: unknown name, a name that two files define, everything that is wrong in the files, and
   * `generation` where nothing is generated.
   */
  resolve(
    name: string,
    overrides?: Readonly<Record<string, unknown>>,
    generation?: Readonly<Record<string, unknown>>,
  ): TaskNode;
}

type Entries = ReadonlyMap<DictKey, Entry>;
const NOTHING: Entries = new Map();

export function openTaskLibrary(options: { readonly folders: readonly string[] }): TaskLibrary {
  const { folders } = options;
  let index: LibraryIndex | null = null;
  const opened = (): LibraryIndex => {
    index ??= indexFolders(folders);
    return index;
  };
  return {
    names: () => [...new Set([...opened().definitions.keys(), ...opened().tags.keys()])].sort(),
    resolve: (name, overrides = {}, generation = {}) => {
      const map = readYaml(`overrides of ${name}`, JSON.stringify(overrides, null, 1));
      const node = resolveName(opened(), folders, name, map.entries);
      return Object.keys(generation).length === 0 ? node : withGeneration(node, generation);
    },
  };
}

function resolveName(
  index: LibraryIndex,
  folders: readonly string[],
  name: string,
  overrides: Entries,
): TaskNode {
  const problems: Problem[] = [];

  /** Reports what one file's problems are and goes on, so that a group's errors come together. */
  function gather<T>(resolve: () => T): T | null {
    try {
      return resolve();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
      return null;
    }
  }
  function unknown(asked: string, by: YamlNode | undefined): never {
    const known = [...index.definitions.keys(), ...index.tags.keys()].sort();
    // The name may stand in a file that is no YAML: why it is none belongs to the answer.
    throw new UserError([
      messages.unknownTask(asked, known, folders, index.broken, by === undefined ? undefined : at(by)),
      ...index.broken.slice(0, MOST_BROKEN),
    ]);
  }
  function task(asked: string, over: Entries): ResolvedTask | null {
    const definition = index.definitions.get(asked);
    if (definition?.kind !== 'task') return unknown(asked, undefined);
    const map = withOverrides(definition.loaded.map, over);
    const named = textOf(map.entries.get('task')?.value) ?? asked;
    const config = gather(() => normalizeTask(named, map));
    if (config === null) return null;
    return { kind: 'task', name: named, config, files: [...definition.loaded.files, ...pythonFiles(map)] };
  }
  function tag(asked: string, over: Entries): ResolvedTag | null {
    const names = index.tags.get(asked);
    if (names === undefined) return null;
    const children = names.flatMap((child) => task(child, over) ?? []);
    return { kind: 'tag', name: asked, children, files: filesOf(children) };
  }
  function group(
    asked: string,
    map: MapNode,
    files: readonly string[],
    over: Entries,
    path: readonly string[],
  ): ResolvedGroup {
    if (path.includes(asked)) throw new UserError(messages.groupCycle([...path, asked]));
    const own = new Map<DictKey, Entry>();
    for (const [key, entry] of map.entries) if (!GROUP_KEYS.includes(String(key))) own.set(key, entry);
    const passed = new Map([...own, ...over]);
    const members = map.entries.get('task')?.value;
    const items = members === undefined ? [] : members.kind === 'list' ? members.items : [members];
    const children = items.flatMap(
      (item) => gather(() => member(item, asked, passed, [...path, asked])) ?? [],
    );
    const config = normalizeGroup(asked, map, problems);
    const unique = [...new Map(children.map((child) => [child.name, child])).values()];
    return {
      kind: 'group',
      name: asked,
      ...config,
      children: unique,
      files: [...new Set([...files, ...filesOf(unique)])],
    };
  }
  function member(
    item: YamlNode,
    parent: string,
    over: Entries,
    path: readonly string[],
  ): readonly (ResolvedTask | ResolvedGroup)[] {
    if (item.kind === 'map') {
      const groupName = textOf(item.entries.get('group')?.value);
      if (groupName !== null) {
        const known = index.definitions.get(groupName);
        if (known === undefined) return [group(`${parent}::${groupName}`, item, [], over, path)];
        return named(groupName, item, withoutKey(new Map([...over, ...item.entries]), 'group'), path);
      }
      const taskName = textOf(item.entries.get('task')?.value);
      if (taskName === null) throw new UserError(messages.groupMember(item));
      const merged = new Map([...over, ...item.entries]);
      if (index.definitions.has(taskName) || index.tags.has(taskName)) {
        return named(taskName, item, withoutKey(merged, 'task'), path);
      }
      if (!merged.has('dataset_path')) return unknown(taskName, item.entries.get('task')?.value);
      const name = `${parent}::${taskName}`;
      const config = normalizeTask(name, { ...item, entries: merged });
      const files = [item.source.file, ...pythonFiles({ ...item, entries: merged })];
      return [{ kind: 'task', name, config, files }];
    }
    const plain = textOf(item);
    if (plain === null) throw new UserError(messages.groupMember(item));
    return named(plain, item, over, path);
  }
  function named(
    asked: string,
    by: YamlNode,
    over: Entries,
    path: readonly string[],
  ): readonly (ResolvedTask | ResolvedGroup)[] {
    const duplicate = index.duplicates.get(asked);
    if (duplicate !== undefined) throw new UserError(duplicate);
    const definition = index.definitions.get(asked);
    if (definition === undefined) return tag(asked, over)?.children ?? unknown(asked, by);
    if (definition.kind === 'group')
      return [group(asked, definition.loaded.map, definition.loaded.files, over, path)];
    return [task(asked, over)].flatMap((child) => child ?? []);
  }
  function top(): TaskNode | null {
    const duplicate = index.duplicates.get(name);
    if (duplicate !== undefined) throw new UserError(duplicate);
    const definition = index.definitions.get(name);
    if (definition === undefined) return tag(name, overrides) ?? unknown(name, undefined);
    if (definition.kind === 'task') return task(name, overrides);
    return group(name, definition.loaded.map, definition.loaded.files, overrides, []);
  }

  const node = gather(top);
  if (problems.length > 0 || node === null) throw new UserError(withoutRepeats(problems));
  return node;
}

/** lm-eval's --gen_kwargs: over what the task has, its defaults among it, key by key. */
function withGeneration(node: TaskNode, generation: Readonly<Record<string, unknown>>): TaskNode {
  const over = parsePythonJson(JSON.stringify(generation)) as PyDict;
  const leaves = leafTasks(node);
  if (leaves.every(({ config }) => config.generation === null)) {
    const byClass = leaves.some(({ config }) => config.class !== null);
    throw new UserError(
      messages.nothingGenerated(node.name, byClass ? 'its class sets its own' : 'it generates no text'),
    );
  }
  const problems: Problem[] = [];
  const changed = <Node extends TaskNode>(at: Node): Node => {
    if (at.kind !== 'task') return { ...at, children: at.children.map(changed) };
    const { config } = at;
    if (config.generation === null) return at;
    return { ...at, config: { ...config, generation: mergedGeneration(config.generation, over, problems) } };
  };
  const result = changed(node);
  if (problems.length > 0) throw new UserError(withoutRepeats(problems));
  return result;
}

/** The Python beside the YAML that a resolved task's functions stand in. */
function pythonFiles(map: MapNode): readonly string[] {
  const within = (node: YamlNode): readonly string[] => {
    if (node.kind === 'function') {
      const file = pythonFile(node.name, node.source.file);
      return existsSync(file) ? [file] : [];
    }
    if (node.kind === 'list') return node.items.flatMap(within);
    return node.kind === 'map' ? [...node.entries.values()].flatMap(({ value }) => within(value)) : [];
  };
  return [...new Set(within(map))];
}

function withOverrides(map: MapNode, over: Entries): MapNode {
  return over === NOTHING ? map : { ...map, entries: new Map([...map.entries, ...over]) };
}

function withoutKey(entries: Entries, key: string): Entries {
  return new Map([...entries].filter(([name]) => name !== key));
}

function filesOf(nodes: readonly (ResolvedTask | ResolvedGroup)[]): readonly string[] {
  return [...new Set(nodes.flatMap((node) => node.files))];
}

/** 57 tasks that include one file have its mistake once. */
function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  const key = (problem: Problem): string =>
    `${problem.code} ${problem.at?.file}:${problem.at?.line}:${problem.at?.column} ${problem.at === undefined ? problem.message : ''}`;
  return [...new Map(problems.map((problem) => [key(problem), problem])).values()];
}
