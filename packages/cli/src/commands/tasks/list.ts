/** `evalgraph tasks list`: names, kinds and data of the tasks, the members of a large group under its own name. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { taskFolder } from '@evalgraph/spec';
import { leafTasks, type ResolvedTask, type TaskLibrary, type TaskNode } from '@evalgraph/tasks';
import type { Cli, Print } from '../../command.ts';
import { namedPipelines } from '../../each-pipeline.ts';
import { leftTable } from '../../table.ts';
import { libraryOf } from '../../task-libraries.ts';

/** A group of so many tasks of one kind stands for them in the list: MMLU's subjects are 57 lines. */
const FOLDED_FROM = 5;
const MAX_TEXT = 100;

export interface ListArguments {
  /** null: the library's tasks, and each pipeline's own. */
  readonly pipeline: string | null;
  /** Also the members of large groups. */
  readonly all: boolean;
}

export function listTasks({ root, print }: Cli, { pipeline, all }: ListArguments): void {
  if (pipeline === null) printLibrary('library', libraryOf(root, null), null, all, print);
  for (const name of namedPipelines(root, pipeline)) {
    const folder = join(root, taskFolder(name));
    if (existsSync(folder)) printLibrary(taskFolder(name), libraryOf(root, name), folder, all, print);
    else if (pipeline !== null) print(`${taskFolder(name)}: no tasks of its own.`);
  }
}

/** @param folder only tasks that have a file in it; null: all. */
function printLibrary(
  title: string,
  library: TaskLibrary,
  folder: string | null,
  all: boolean,
  print: Print,
): void {
  const found = library.names().map((name) => [name, resolved(library, name)] as const);
  const own = found.filter(([, node]) => folder === null || !('kind' in node) || hasFileIn(node, folder));
  const folded = all
    ? new Set<string>()
    : foldedNames(own.flatMap(([, node]) => ('kind' in node ? [node] : [])));
  const rows = own.filter(([name]) => !folded.has(name)).map(([name, node]) => rowOf(name, node));
  print(`${title}:`);
  for (const line of leftTable([['name', 'kind', 'data set'], ...rows])) print(`  ${line}`);
  const hidden = own.length - rows.length;
  if (hidden > 0) print(`  and ${hidden} names within these groups: npx evalgraph tasks list --all`);
  print('');
}

function resolved(library: TaskLibrary, name: string): TaskNode | { readonly broken: string } {
  try {
    return library.resolve(name);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [problem] = error.problems;
    const place = problem?.at === undefined ? '' : `${problem.at.file}:${problem.at.line}: `;
    return { broken: `${place}${problem?.message ?? ''}` };
  }
}

function hasFileIn(node: TaskNode, folder: string): boolean {
  return node.files.some((file) => !relative(folder, file).startsWith('..'));
}

/** What a large group of one kind stands for: its members, and smaller groups and tags of only such members. */
function foldedNames(nodes: readonly TaskNode[]): ReadonlySet<string> {
  const leaves = new Map(nodes.map((node) => [node.name, new Set(leafTasks(node).map(({ name }) => name))]));
  const large = nodes.filter((node) => node.kind !== 'task' && isOfOneKind(leafTasks(node)));
  const within = (node: TaskNode): boolean => {
    const own = leaves.get(node.name) ?? new Set<string>();
    return large.some(({ name }) => {
      const other = leaves.get(name) ?? new Set<string>();
      return own.size < other.size && [...own].every((leaf) => other.has(leaf));
    });
  };
  return new Set(nodes.filter(within).map(({ name }) => name));
}

/** The same question over and over; a suite of different tasks is not folded. */
function isOfOneKind(tasks: readonly ResolvedTask[]): boolean {
  const prompts = new Set(tasks.map(({ config }) => JSON.stringify([config.outputType, config.docToText])));
  return tasks.length >= FOLDED_FROM && prompts.size === 1;
}

function rowOf(name: string, node: TaskNode | { readonly broken: string }): readonly string[] {
  if ('broken' in node) return [name, 'broken', shortened(node.broken)];
  if (node.kind === 'task') return [name, node.config.outputType, shortened(dataSetText([node]))];
  const tasks = leafTasks(node);
  return [name, `${node.kind} of ${tasks.length}`, shortened(dataSetText(tasks))];
}

/** `datasets/demo/arc/{train,test}.jsonl`; of several data sets the first, and how many more. */
function dataSetText(tasks: readonly ResolvedTask[]): string {
  const texts = [...new Set(tasks.map(({ config }) => oneText(config.dataset, tasks.length === 1)))];
  const more = texts.length - 1;
  return `${texts[0] ?? ''}${more > 0 ? ` and ${more} more` : ''}`;
}

function oneText({ path, name, files }: ResolvedTask['config']['dataset'], alone: boolean): string {
  if (files === null) return [path ?? '(none)', ...(name === null || !alone ? [] : [name])].join(' ');
  const paths = [...new Set(files.map((file) => file.path))];
  const [first = ''] = paths;
  if (paths.length === 1) return first;
  const folder = dirname(first);
  const ending = /\.[^./]+$/.exec(first)?.[0] ?? '';
  const alike = paths.every((file) => dirname(file) === folder && file.endsWith(ending));
  return alike
    ? `${folder}/{${paths.map((file) => basename(file, ending)).join(',')}}${ending}`
    : paths.join(', ');
}

function shortened(text: string): string {
  const line = text.replaceAll('\n', ' ');
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT - 1)}…` : line;
}
