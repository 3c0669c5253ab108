/** A task's (or group's) cell: prepares every leaf task, scores each, aggregates the groups. */

import type { SessionResponse } from '@evalgraph/engines';
import { type CellResults, type TaskScores, UserError, writeResults } from '@evalgraph/formats';
import {
  aggregateGroup,
  dialectConfig,
  type GroupRow,
  leafTasks,
  type PreparedTask,
  prepareTask,
  type ResolvedTag,
  type ScoredTask,
  sampleToJson,
  scoreTask,
  type TaskNode,
  type TextResponse,
} from '@evalgraph/tasks';
import { openLockedCatalog } from '../locks/locked-catalog.ts';
import type { Cell, TaskSettings } from '../plan/plan.ts';
import { samplesFile } from '../results/result-files.ts';
import { promptForm } from './checkpoint-chat.ts';
import type { CellContext, PreparedWork, ScoredWork } from './context.ts';
import { messages } from './messages.ts';

export async function prepareTasks(
  cell: Cell,
  node: TaskNode,
  settings: TaskSettings,
  context: CellContext,
): Promise<PreparedWork> {
  const prepared: PreparedTask[] = [];
  const catalog = openLockedCatalog(context.root, [context.pipeline]);
  const form = await promptForm(cell.checkpoint.folder, settings.chat);
  for (const task of leafTasks(node)) {
    prepared.push(await prepareTask(task, { root: context.root, catalog, ...settings, ...form }));
  }
  const requests = prepared.flatMap((task) => task.docs.flatMap((doc) => doc.requests));
  if (requests.length === 0) throw new UserError(messages.noRequests(cell.id));
  return {
    requests,
    score: (responses) => scoreAll(cell, node, prepared, responses, context),
  };
}

function scoreAll(
  cell: Cell,
  node: TaskNode,
  prepared: readonly PreparedTask[],
  responses: readonly SessionResponse[],
  context: CellContext,
): ScoredWork {
  const scored = new Map<string, ScoredTask>();
  const samples = new Map<string, string>();
  let next = 0;
  for (const task of prepared) {
    const own = task.docs.map((doc) => doc.requests.map(() => textResponse(responses[next++])));
    const result = scoreTask(task, own);
    scored.set(task.name, result);
    samples.set(samplesFile(task.name), result.samples.map((row) => `${sampleToJson(row)}\n`).join(''));
  }
  return { results: writeResults(assemble(cell, node, prepared, scored, context)), samples };
}

function textResponse(response: SessionResponse | undefined): TextResponse {
  if (response === undefined || response.kind === 'window')
    throw new Error('a text request was not answered');
  return response;
}

function assemble(
  cell: Cell,
  node: TaskNode,
  prepared: readonly PreparedTask[],
  scored: ReadonlyMap<string, ScoredTask>,
  context: CellContext,
): CellResults {
  const tasks = prepared.map((task) => [task, scoredOf(scored, task.name)] as const);
  const scores: [string, TaskScores][] = tasks.map(([task, result]) => [
    task.name,
    { alias: result.alias, metrics: result.metrics, samples: task.docs.length },
  ]);
  const groups = groupRows(node, scored);
  const groupScores = groups.map((group): [string, TaskScores] => [
    group.name,
    { alias: group.alias, metrics: group.metrics, samples: group.samples },
  ]);
  return {
    format: 1,
    key: cell.key ?? '',
    pipeline: '',
    checkpoint: { model: '', checkpoint: '', step: null, digest: cell.checkpoint.lock?.digest ?? '' },
    task: cell.name,
    configs: Object.fromEntries(tasks.map(([task]) => [task.name, dialectConfig(task.config)])),
    results: Object.fromEntries([...groupScores, ...scores]),
    groupSubtasks: Object.fromEntries(groups.map((group) => [group.name, group.children])),
    numFewshot: {
      ...Object.fromEntries(tasks.map(([task]) => [task.name, task.numFewshot])),
      ...groupShots(groups, prepared),
    },
    limit: cell.limit,
    versions: Object.fromEntries([
      ...tasks.map(([task, result]) => [task.name, result.version] as const),
      ...groups.map((group) => [group.name, group.version] as const),
    ]),
    higherIsBetter: Object.fromEntries(tasks.map(([task, result]) => [task.name, result.higherIsBetter])),
    chance: {
      ...Object.fromEntries(tasks.map(([task, result]) => [task.name, result.chance])),
      ...Object.fromEntries(groups.map((group) => [group.name, group.chance])),
    },
    sampleCounts: Object.fromEntries(
      tasks.map(([task]) => [task.name, { original: task.originalCount, effective: task.docs.length }]),
    ),
    engine: context.engine.identity,
  };
}

function groupRows(node: TaskNode, scored: ReadonlyMap<string, ScoredTask>): readonly GroupRow[] {
  if (node.kind === 'group') return aggregateGroup(node, scored);
  return node.kind === 'tag' ? [tagRow(node, scored)] : [];
}

/** A tag is a list with a name: it has children and no scores of its own. */
function tagRow(tag: ResolvedTag, scored: ReadonlyMap<string, ScoredTask>): GroupRow {
  const children = tag.children.map((task) => task.name);
  return {
    name: tag.name,
    alias: tag.name,
    version: 'N/A',
    metrics: {},
    chance: {},
    samples: children.reduce((sum, name) => sum + scoredOf(scored, name).sampleCount.effective, 0),
    children,
  };
}

/** A group has a number of shots where all tasks below it share one. */
function groupShots(
  groups: readonly GroupRow[],
  prepared: readonly PreparedTask[],
): Readonly<Record<string, number>> {
  const children = new Map(groups.map((group) => [group.name, group.children]));
  const shots = new Map(prepared.map((task) => [task.name, task.numFewshot]));
  const below = (name: string): readonly number[] =>
    children.get(name)?.flatMap(below) ?? [shots.get(name) ?? 0];
  return Object.fromEntries(
    groups.flatMap(({ name }) => {
      const numbers = new Set(below(name));
      return numbers.size === 1 ? [[name, [...numbers][0] ?? 0] as const] : [];
    }),
  );
}

function scoredOf(scored: ReadonlyMap<string, ScoredTask>, name: string): ScoredTask {
  const result = scored.get(name);
  if (result === undefined) throw new Error(`task ${name} was not scored`);
  return result;
}
