/**
 * `evalgraph tasks`: what tasks there are, what one says, what its prompts look like, and whether its data and
 * templates fit, all without a model.
 */

import { isAbsolute, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { suggest, UserError } from '@evalgraph/formats';
import { checkPipelineName, pipelineNames } from '@evalgraph/runner';
import { fetchTaskData } from '@evalgraph/runner/locking';
import { openLockedCatalog } from '@evalgraph/runner/locks';
import { leafTasks, type PreparedDoc, prepareTask, type TaskNode } from '@evalgraph/tasks';
import type { Print } from '../command.ts';
import { messages } from '../messages.ts';
import { libraryWith } from './task-libraries.ts';
import { taskYaml, yamlText } from './task-yaml.ts';
import { checkTasks } from './tasks-check.ts';
import { listTasks } from './tasks-list.ts';

const USAGE = 'tasks [list [--all] | show NAME | render NAME [n] | check [NAME | pipeline]] [--pipeline P]';
const ACTIONS = ['list', 'show', 'render', 'check'];
const RENDERED_PROMPTS = 3;
/** lm-eval's, and the default of a pipeline. */
export const SEED = 1234;

export async function tasksCommand(root: string, args: readonly string[], print: Print): Promise<void> {
  const { positionals, pipeline, all } = readArguments(args);
  const [action = 'list', ...names] = positionals;
  if (pipeline !== null) checkPipelineName(root, pipeline);
  const [name, count, ...more] = names;
  if (more.length > 0 || (count !== undefined && action !== 'render'))
    throw badArguments(`too many names: ${names.join(' ')}`);
  if (all && action !== 'list') throw badArguments('--all is for the list');
  switch (action) {
    case 'list':
      if (name !== undefined) throw badArguments(`the list takes no name; did you mean show ${name}?`);
      return listTasks(root, pipeline, all, print);
    case 'show':
      return showTask(root, needed(name, action), pipeline, print);
    case 'render':
      return renderTask(root, needed(name, action), promptCount(count), pipeline, print);
    case 'check':
      return checkTasks(root, name ?? null, pipeline, SEED, print);
    default: {
      const hint = suggest(action, ACTIONS);
      throw badArguments(`there is no '${action}'${hint === null ? '' : `; did you mean '${hint}'?`}`);
    }
  }
}

interface Arguments {
  readonly positionals: readonly string[];
  readonly pipeline: string | null;
  readonly all: boolean;
}

function readArguments(args: readonly string[]): Arguments {
  try {
    const options = { pipeline: { type: 'string' }, all: { type: 'boolean' } } as const;
    const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options });
    return { positionals, pipeline: values.pipeline ?? null, all: values.all ?? false };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw badArguments(error.message.split('. ')[0] ?? error.message);
  }
}

function badArguments(detail: string): UserError {
  return new UserError(messages.badArguments('tasks', detail, `npx evalgraph ${USAGE}`));
}

function needed(name: string | undefined, action: string): string {
  if (name === undefined) throw badArguments(`${action} needs a task's name`);
  return name;
}

function promptCount(text: string | undefined): number {
  if (text === undefined) return RENDERED_PROMPTS;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw badArguments(`'${text}' is no number of prompts`);
  return Number(text);
}

// show ------------------------------------------------------------------------------------------------------------

function showTask(root: string, name: string, pipeline: string | null, print: Print): void {
  const node = libraryWith(root, name, pipeline).resolve(name);
  print(`# ${name}${node.kind === 'task' ? '' : `: a ${node.kind} of ${leafTasks(node).length} tasks`}`);
  for (const line of sourceLines(root, node)) print(line);
  print(node.kind === 'task' ? taskYaml(node.config) : yamlText(treeOf(node)));
}

/** A task's file and what it includes; of a group, whose tasks have files of their own, only its first. */
function sourceLines(root: string, node: TaskNode): readonly string[] {
  const own = node.kind === 'task' ? node.files : node.kind === 'group' ? node.files.slice(0, 1) : [];
  const others = node.files.length - own.length;
  return [
    ...own.map((file) => `# from ${shownPath(root, file)}`),
    ...(others === 0 ? [] : [`# and ${others} files of its tasks: npx evalgraph tasks show TASK`]),
  ];
}

function shownPath(root: string, file: string): string {
  const inside = relative(root, file);
  return inside.startsWith('..') || isAbsolute(inside) ? file : inside;
}

function treeOf(node: TaskNode): unknown {
  if (node.kind === 'task') return node.name;
  const task = node.children.map(treeOf);
  if (node.kind === 'tag') return { tag: node.name, task };
  const metrics = node.aggregateMetrics.map(({ metric, filters, weightBySize }) => ({
    metric,
    ...(filters === null ? {} : { filter_list: filters }),
    weight_by_size: weightBySize,
  }));
  return { group: node.name, group_alias: node.alias, task, aggregate_metric_list: metrics };
}

// render ----------------------------------------------------------------------------------------------------------

async function renderTask(
  root: string,
  name: string,
  count: number,
  pipeline: string | null,
  print: Print,
): Promise<void> {
  const catalog = openLockedCatalog(root, pipeline === null ? pipelineNames(root) : [pipeline]);
  const tasks = leafTasks(libraryWith(root, name, pipeline).resolve(name));
  // Who looks at rows needs no digest.
  await fetchTaskData(root, tasks, catalog, { digest: null, note: print });
  for (const task of tasks) {
    const options = { root, catalog, numFewshot: null, limit: count, seed: SEED };
    const { docs, originalCount, numFewshot } = await prepareTask(task, options);
    for (const doc of docs) {
      print(`===== ${task.name}: document ${doc.docId} of ${originalCount}, ${numFewshot} shots`);
      for (const line of renderDoc(doc)) print(line);
    }
  }
}

/** A row from a stranger must not steer the terminal; line breaks and tabs are a prompt's own. */
function printable(text: string): string {
  return text.replace(
    /[^\P{Cc}\n\t]/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Prompts stand between lines of their own, as they are: white space and line breaks matter in them. */
function renderDoc(doc: PreparedDoc): readonly string[] {
  const lines: string[] = [];
  let shown: string | null = null;
  for (const request of doc.requests) {
    const prompt = request.kind === 'rolling' ? request.text : request.context;
    if (prompt !== shown) lines.push('----- prompt', printable(prompt), '----- end of prompt');
    shown = prompt;
    if (request.kind === 'loglikelihood') lines.push(`continuation: ${JSON.stringify(request.continuation)}`);
    if (request.kind === 'generate') lines.push(`generate until: ${JSON.stringify(request.until)}`);
  }
  if (doc.choices !== null) lines.push(`choices: ${JSON.stringify(doc.choices)}`);
  return [
    ...lines,
    `target: ${JSON.stringify(doc.target, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`,
    '',
  ];
}
