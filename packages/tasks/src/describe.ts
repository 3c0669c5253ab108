/**
 * A resolved task, group or tag as the JSON that keys are made of, in two parts: what the model is asked, and how
 * its answers are scored. A change of the second needs no token again. Data digests, shots and limits are the
 * caller's to add.
 */
import type { JsonValue } from '@evalgraph/formats';
import { BOOTSTRAP_ITERATIONS, BOOTSTRAPPED } from '@evalgraph/metrics';
import { keyJson, toJson } from './config/dialect.ts';
import { SCORERS_VERSION } from './score/score-task.ts';
import type { TaskConfig, TaskNode } from './task.ts';
import { leafTasks } from './task.ts';

export interface TaskDescription {
  /** What the requests are made from, by task name; it changes whenever a prompt or a request could. */
  readonly requests: JsonValue;
  /** Changes whenever a score could, for the same responses. */
  readonly scoring: JsonValue;
}

/** Raise it whenever the same YAML and rows could give another prompt: rendering, few-shot, request building. */
export const PROMPTS_VERSION = 2;

/** Raise it when templates that use more than MENDED names could render another text. */
const TEMPLATES_VERSION = 1;
/**
 * What templates of an earlier evalgraph rendered otherwise than Python in some cases: a task that uses any of it has
 * TEMPLATES_VERSION in its key, and the others keep their results.
 */
const MENDED = new RegExp(
  [
    // Formats and arithmetic of numbers.
    /\\?['"]\s*%\s*[\w([]|\*\*|\/\/|\|\s*(?:format|round|float|sum|abs)\b|\.format\(/,
    // What prints a generator, a range or a view, and what escapes for HTML.
    /\|\s*(?:map|select|reject|selectattr|rejectattr|unique|batch|slice|items|reverse)\b|\brange\(/,
    /\.(?:items|keys|values)\(|\|\s*(?:e|escape|safe|tojson)\b/,
    // Rarer filters and methods of texts and lists.
    /\|\s*(?:title|center|indent|truncate|sort|dictsort|max|min|wordcount|last)\b/,
    /\.(?:title|swapcase|casefold|islower|isupper|isnumeric|count|r?find|rsplit|splitlines)\(/,
    /\.(?:append|extend|insert|pop|reverse|startswith|endswith)\(|\bis\s+(?:not\s+)?(?:sameas|sequence|filter)\b/,
    // Parameters with defaults, and what a macro tells of itself.
    /\bmacro\b[^%]*=|\.(?:arguments|catch_kwargs|catch_varargs|caller|name)\b/,
  ]
    .map((pattern) => pattern.source)
    .join('|'),
);

/** Whether templates among it may render otherwise than by an earlier evalgraph. */
export function usesMended(asked: JsonValue): boolean {
  const tags = JSON.stringify(asked).match(/\{[{%].*?[%}]\}/g) ?? [];
  return tags.some((tag) => MENDED.test(tag));
}

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
  const described = keyJson({ ...asked, generation: asked.generation === null ? null : generation });
  return {
    ...described,
    mutualInfo,
    ...(usesMended(described) ? { templatesVersion: TEMPLATES_VERSION } : {}),
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
