/** `evalgraph tasks show NAME`: one task resolved, as YAML. */
import { isAbsolute, relative } from 'node:path';
import { leafTasks, type TaskNode } from '@evalgraph/tasks';
import type { Cli } from '../../command.ts';
import { libraryWith } from '../../task-libraries.ts';
import { taskYaml, yamlText } from './yaml.ts';

export interface NamedTask {
  readonly name: string;
  /** null: the library's task, or that of the only pipeline that has one of the name. */
  readonly pipeline: string | null;
}

export function showTask({ root, print }: Cli, { name, pipeline }: NamedTask): void {
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
