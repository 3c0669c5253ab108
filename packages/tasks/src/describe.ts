/**
 * A resolved task, group or tag as the JSON that keys are made of, in two parts: what the model is asked, and how
 * its answers are scored. A change of the second needs no token again. Data digests, shots and limits are the
 * caller's to add.
 */
import type { JsonValue } from '@evalgraph/formats';
import { keyJson, toJson } from './config/dialect.ts';
import type { TaskConfig, TaskNode } from './config/types.ts';
import { leafTasks } from './config/types.ts';
import { BOOTSTRAPPED } from './metrics/aggregate.ts';
import { BOOTSTRAP_ITERATIONS } from './metrics/bootstrap.ts';
import { SCORERS_VERSION } from './score/score-task.ts';

export interface TaskDescription {
  /** By task name; changes whenever a prompt or a request could. */
  readonly requests: JsonValue;
  /** Changes whenever a score could, for the same responses. */
  readonly scoring: JsonValue;
}

/** Raise it whenever the same YAML and rows could give another prompt: rendering, few-shot, request building. */
export const PROMPTS_VERSION = 2;

export function describeTask(node: TaskNode): TaskDescription {
  const tasks = leafTasks(node);
  return {
    requests: {
      promptsVersion: PROMPTS_VERSION,
      tasks: Object.fromEntries(tasks.map((task) => [task.name, requestsOf(task.config)])),
    },
    scoring: {
      scorersVersion: SCORERS_VERSION,
      tree: treeOf(node),
      tasks: Object.fromEntries(tasks.map((task) => [task.name, scoringOf(task.config)])),
    },
  };
}

function requestsOf(config: TaskConfig): JsonValue {
  const { filters: _, metrics, processResults: __, alias: ___, version: ____, ...asked } = config;
  const mutualInfo = metrics.some((metric) => metric.metric === 'acc_mutual_info');
  // Rules about tokens stand in kwargsJson already.
  const { rules: _____, ...generation } = asked.generation ?? { rules: {} };
  return {
    ...keyJson({ ...asked, generation: asked.generation === null ? null : generation }),
    mutualInfo,
  };
}

function scoringOf(config: TaskConfig): JsonValue {
  const { filters, metrics, processResults, alias, version } = config;
  // Only where errors are drawn: the others' results stay valid whatever the bootstrap becomes.
  const drawn = metrics.some(({ aggregation }) => BOOTSTRAPPED.includes(aggregation));
  const bootstrap = drawn ? { bootstrapIterations: BOOTSTRAP_ITERATIONS } : {};
  return keyJson({ filters, metrics, processResults, class: config.class, alias, version, ...bootstrap });
}

function treeOf(node: TaskNode): JsonValue {
  if (node.kind === 'task') return node.name;
  const children = node.children.map(treeOf);
  if (node.kind === 'tag') return { tag: node.name, children };
  return {
    group: node.name,
    alias: node.alias,
    version: node.version,
    aggregateMetrics: toJson(node.aggregateMetrics),
    children,
  };
}
