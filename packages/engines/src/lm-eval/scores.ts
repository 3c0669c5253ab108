/** lm-eval's output as the record of a cell: the same keys and the same chance levels as when we score ourselves. */
import { type JsonValue, type LmEvalTask, splitMetricKey, type TaskScores } from '@evalgraph/formats';
import { directionsOf, metricFacts } from '@evalgraph/metrics';
import { type AggregateMetric, dialectConfig, leafTasks, type TaskNode } from '@evalgraph/tasks';
import type { TaskEngineResult, TaskEngineScores } from '../engine.ts';
import type { LmEvalOutput } from './read-output.ts';

type Chance = Readonly<Record<string, number>>;

/** Reads the scores of tasks that we handed over. */
export function scoresOfOurs(node: TaskNode, output: LmEvalOutput): Omit<TaskEngineResult, 'notes'> {
  const tasks = leafTasks(node);
  const configs = Object.fromEntries(tasks.map(({ name, config }) => [name, dialectConfig(config)]));
  const chance = new Map<string, Chance>(
    tasks.map(({ name, config }) => {
      const guessed = config.outputType === 'multiple_choice' && config.processResults === null;
      const names = config.metrics.map(({ metric }) => metric);
      return [name, guessed ? chanceOf(output, name, names) : {}];
    }),
  );
  const groups = groupsOf(node);
  const whole = assemble(output, [...groups.keys(), ...tasks.map(({ name }) => name)], groups, configs);
  const groupChances = groupNodes(node).map(
    (group) => [group.name, groupChance(group.leaves, group.metrics, chance, output)] as const,
  );
  return {
    ...whole,
    scores: {
      ...whole.scores,
      // lm-eval writes those of groups as texts.
      versions: Object.fromEntries([
        ...tasks.map(({ name, config }) => [name, config.version] as const),
        ...groupNodes(node).map(({ name, version }) => [name, version] as const),
      ]),
      chance: Object.fromEntries([...groupChances, ...chance]),
    },
  };
}

/** @param task what was asked for. @param name the cell's. */
export function scoresOfTheirs(
  task: string,
  name: string,
  output: LmEvalOutput,
): Omit<TaskEngineResult, 'notes'> {
  const { results } = output;
  const rename = (one: string): string => (one === task ? name : one);
  const children = [...results.tasks.keys()].filter((one) => one !== task && !results.groupSubtasks.has(one));
  // A tag is a list with a name: lm-eval runs its tasks and does not name it again.
  const groups = results.tasks.has(task) ? results.groupSubtasks : new Map([[task, children]]);
  const configs = Object.fromEntries(
    [...results.tasks].flatMap(([one, { config }]) =>
      config === null ? [] : [[one, withoutPaths(config)] as const],
    ),
  );
  const chance = [...results.tasks].map(([one, { config, metrics }]) => {
    const guessed =
      config?.['output_type'] === 'multiple_choice' && (config['process_results'] ?? null) === null;
    const names = Object.keys(metrics).map((key) => splitMetricKey(key).metric);
    return [one, guessed ? chanceOf(output, one, names) : {}] as const;
  });
  const names = results.tasks.has(task) ? [...results.tasks.keys()] : [task, ...results.tasks.keys()];
  const { scores, samples } = assemble(output, names, groups, configs);
  return {
    scores: renamed({ ...scores, chance: Object.fromEntries(chance) }, rename),
    samples: new Map([...samples].map(([one, lines]) => [rename(one), lines])),
  };
}

/** The model's path stands in every configuration's metadata; the record is the same on every machine. */
function withoutPaths(config: Readonly<Record<string, JsonValue>>): JsonValue {
  const { metadata, ...rest } = config;
  const version =
    typeof metadata === 'object' && metadata !== null && 'version' in metadata ? metadata['version'] : null;
  return { ...rest, ...(version === null || version === undefined ? {} : { metadata: { version } }) };
}

function assemble(
  { results, samples }: LmEvalOutput,
  names: readonly string[],
  groups: ReadonlyMap<string, readonly string[]>,
  configs: Readonly<Record<string, JsonValue>>,
): Omit<TaskEngineResult, 'notes'> {
  const rows = names.map((name) => [name, results.tasks.get(name)] as const);
  const pick = <T>(value: (task: LmEvalTask, name: string) => T | null): Record<string, T> =>
    Object.fromEntries(
      rows.flatMap(([name, task]) => {
        const found = task === undefined ? null : value(task, name);
        return found === null ? [] : [[name, found] as const];
      }),
    );
  const countOf = (name: string): number =>
    groups.get(name)?.reduce((sum, child) => sum + countOf(child), 0) ?? samples.get(name)?.documents ?? 0;
  const scores: TaskEngineScores = {
    configs,
    results: Object.fromEntries(
      rows.map(([name, task]): [string, TaskScores] => [
        name,
        { alias: task?.alias ?? name, metrics: task?.metrics ?? {}, samples: countOf(name) },
      ]),
    ),
    groupSubtasks: Object.fromEntries(groups),
    numFewshot: pick((task) => task.numFewshot),
    versions: pick((task) => task.version),
    higherIsBetter: pick((task, name) =>
      groups.has(name) ? null : directionsOf(task.metrics, task.higherIsBetter),
    ),
    chance: {},
    sampleCounts: pick((task, name) => (groups.has(name) ? null : task.samples)),
  };
  return { scores, samples: new Map([...samples].map(([name, { lines }]) => [name, lines])) };
}

function chanceOf({ samples }: LmEvalOutput, task: string, metrics: readonly string[]): Chance {
  const choices = samples.get(task)?.choices ?? null;
  if (choices === null || choices.length === 0 || metrics.includes('acc_mutual_info')) return {};
  const chance = choices.reduce((sum, count) => sum + 1 / count, 0) / choices.length;
  const names = [...new Set(metrics)].filter((name) => metricFacts(name).isGuessable);
  return Object.fromEntries(names.map((name) => [name, chance]));
}

function groupChance(
  leaves: readonly string[],
  metrics: readonly AggregateMetric[],
  chance: ReadonlyMap<string, Chance>,
  { samples }: LmEvalOutput,
): Chance {
  return Object.fromEntries(
    metrics.flatMap(({ metric, weightBySize }) => {
      const parts = leaves.map((name) => ({
        chance: chance.get(name)?.[metric],
        weight: weightBySize ? (samples.get(name)?.documents ?? 0) : 1,
      }));
      const total = parts.reduce((sum, { weight }) => sum + weight, 0);
      if (total === 0 || !parts.every((part) => part.chance !== undefined)) return [];
      return [
        [metric, parts.reduce((sum, part) => sum + (part.chance ?? 0) * part.weight, 0) / total] as const,
      ];
    }),
  );
}

function groupsOf(node: TaskNode): ReadonlyMap<string, readonly string[]> {
  if (node.kind === 'task') return new Map();
  const own = [node.name, node.children.map(({ name }) => name)] as const;
  return new Map([own, ...node.children.flatMap((child) => [...groupsOf(child)])]);
}

function groupNodes(node: TaskNode): readonly {
  readonly name: string;
  readonly version: number | string;
  readonly leaves: readonly string[];
  readonly metrics: readonly AggregateMetric[];
}[] {
  if (node.kind === 'task') return [];
  const metrics = node.kind === 'group' ? node.aggregateMetrics : [];
  const version = node.kind === 'group' ? node.version : 'N/A';
  const own = { name: node.name, version, leaves: leafTasks(node).map(({ name }) => name), metrics };
  return [own, ...node.children.flatMap(groupNodes)];
}

function renamed(scores: TaskEngineScores, rename: (name: string) => string): TaskEngineScores {
  const keys = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [rename(name), value]));
  return {
    configs: keys(scores.configs),
    results: keys(scores.results),
    groupSubtasks: keys(scores.groupSubtasks),
    numFewshot: keys(scores.numFewshot),
    versions: keys(scores.versions),
    higherIsBetter: keys(scores.higherIsBetter),
    chance: keys(scores.chance),
    sampleCounts: keys(scores.sampleCounts),
  };
}
