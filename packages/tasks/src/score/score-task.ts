/** Prepared documents and the model's responses -> samples rows and the task's numbers, as lm-eval 0.4.13's. */
import {
  byName,
  type JsonValue,
  type MetricValues,
  metricKey,
  PyFloat,
  type PyValue,
  parsePythonJson,
  type SampleRow,
  stderrKey,
  UserError,
} from '@evalgraph/formats';
import { aggregate, BOOTSTRAP_ITERATIONS, chanceOf, metricFacts, standardError } from '@evalgraph/metrics';
import { isList, PyTuple, PythonError, toStr, type Value } from '@evalgraph/templates';
import { dialectConfig } from '../config/dialect.ts';
import { applyPipeline } from '../filters/table.ts';
import { portOf } from '../functions/registry.ts';
import { messages } from '../messages.ts';
import { type PreparedDoc, type PreparedTask, toPyValue } from '../prepare.ts';
import type { TextResponse } from '../requests.ts';
import type { MetricConfig, TaskConfig } from '../task.ts';
import { docMetrics } from './doc-metrics.ts';

/** Raise it whenever a score can change for the same responses: results are keyed by it. */
export const SCORERS_VERSION = 1;

export interface ScoredTask {
  readonly name: string;
  /** The task's configuration in the dialect's own keys, for the record. */
  readonly config: JsonValue;
  readonly alias: string;
  readonly version: number | string;
  readonly numFewshot: number;
  /** One row a document and filter, filter by filter. */
  readonly samples: readonly SampleRow[];
  readonly metrics: MetricValues;
  /** Documents scored, and rows of the split before the limit. */
  readonly sampleCount: { readonly original: number; readonly effective: number };
  /** Expected score of guessing, by metric; empty where none is defined. */
  readonly chance: Readonly<Record<string, number>>;
  readonly higherIsBetter: Readonly<Record<string, boolean>>;
}

/**
 * @param responses One list a document, one response a request, in the order of `prepared`.
 * @param bootstrapIterations Resamples behind a standard error that has no formula; only lm-eval's number is in keys.
 * @throws UserError: responses that do not fit the requests, non-finite numbers, documents that cannot be scored.
 */
export function scoreTask(
  prepared: PreparedTask,
  responses: readonly (readonly TextResponse[])[],
  bootstrapIterations: number = BOOTSTRAP_ITERATIONS,
): ScoredTask {
  const { config } = prepared;
  checkResponses(prepared, responses);
  const samples: SampleRow[] = [];
  const metrics = byName<number | 'N/A'>([]);
  for (const pipeline of config.filters) {
    const values = new Map<string, Value[]>();
    for (const [index, doc] of prepared.docs.entries()) {
      const given = responses[index] ?? [];
      const raw = repeated(config, given);
      const { filtered, scores } = onDoc(prepared.name, doc.docId, () => {
        const left = raw.map((list) => applyPipeline(pipeline, list, doc.doc));
        return { filtered: left, scores: docMetrics(prepared, doc, left, given) };
      });
      for (const [metric, value] of scores) {
        const known = values.get(metric);
        if (known === undefined) values.set(metric, [value]);
        else known.push(value);
      }
      samples.push(sampleRow(prepared, doc, pipeline.name, raw, filtered, scores));
    }
    for (const [metric, items] of values) {
      const found = onDoc(prepared.name, null, () =>
        aggregated(prepared, metric, items, bootstrapIterations),
      );
      if (found === null) continue;
      metrics[metricKey({ metric, filter: pipeline.name })] = finite(prepared.name, metric, found.value);
      metrics[stderrKey({ metric, filter: pipeline.name })] =
        found.standardError === 'N/A'
          ? 'N/A'
          : finite(prepared.name, `${metric}_stderr`, found.standardError);
    }
  }
  return {
    name: prepared.name,
    config: dialectConfig(config),
    alias: config.alias,
    version: config.version,
    numFewshot: prepared.numFewshot,
    samples,
    metrics,
    sampleCount: { original: prepared.originalCount, effective: prepared.docs.length },
    chance: chances(prepared),
    higherIsBetter: higherIsBetter(prepared),
  };
}

function aggregated(
  prepared: PreparedTask,
  metric: string,
  items: readonly Value[],
  iterations: number,
): { value: number; standardError: number | 'N/A' } | null {
  const { config } = prepared;
  if (config.class !== null) {
    const value = portOf(config.class, 'class').task.aggregate(metric, items);
    // No question of that kind among the documents: lm-eval writes 0 there, we write nothing.
    return value === null ? null : { value, standardError: 'N/A' };
  }
  const aggregation = config.metrics.find((known) => known.metric === metric)?.aggregation ?? 'mean';
  return {
    value: aggregate(aggregation, items),
    standardError: standardError(aggregation, items, iterations),
  };
}

/** A list a request, one entry a repeat: drawn ones differ, the others are the same answer again. */
function repeated(config: TaskConfig, given: readonly TextResponse[]): Value[][] {
  const { repeats, generation } = config;
  const values = given.map(responseValue);
  if ((generation?.sampling ?? null) === null) {
    return values.map((value) => Array.from({ length: repeats }, () => value));
  }
  return Array.from({ length: values.length / repeats }, (_, index) =>
    values.slice(index * repeats, (index + 1) * repeats),
  );
}

function responseValue(response: TextResponse): Value {
  if (response.kind === 'generate') return response.text;
  const logLikelihood = new PyFloat(response.logLikelihood);
  return response.kind === 'rolling' ? logLikelihood : new PyTuple([logLikelihood, response.isGreedy]);
}

function sampleRow(
  prepared: PreparedTask,
  doc: PreparedDoc,
  filter: string,
  raw: readonly (readonly Value[])[],
  filtered: readonly Value[],
  scores: ReadonlyMap<string, Value>,
): SampleRow {
  return {
    doc_id: doc.docId,
    doc: doc.doc,
    target: toStr(doc.target),
    arguments: argumentsOf(prepared, doc),
    resps: raw.map(leavesAsText),
    filtered_resps: filtered.map(leavesAsText),
    filter,
    metrics: [...scores.keys()],
    doc_hash: doc.docHash,
    prompt_hash: doc.promptHash,
    target_hash: doc.targetHash,
    scores: Object.fromEntries([...scores].map(([name, value]) => [name, toPyValue(value)])),
    docScores:
      prepared.config.class === null
        ? null
        : portOf(prepared.config.class, 'class').task.documentScores(scores),
  };
}

function argumentsOf(prepared: PreparedTask, doc: PreparedDoc): Record<string, Record<string, PyValue>> {
  const { generation, repeats } = prepared.config;
  const distinct = (generation?.sampling ?? null) === null ? 1 : repeats;
  const asked = doc.requests.filter((_, index) => index % distinct === 0);
  const entries = asked.map((request, index): [string, Record<string, PyValue>] => {
    const name = `gen_args_${index}`;
    if (request.kind === 'rolling') return [name, { arg_0: request.text }];
    if (request.kind === 'loglikelihood')
      return [name, { arg_0: request.context, arg_1: request.continuation }];
    return [name, { arg_0: request.context, arg_1: parsePythonJson(prepared.generationJson ?? '{}') }];
  });
  return Object.fromEntries(entries);
}

type Leaves = string | readonly Leaves[];

function leavesAsText(value: Value): Leaves {
  if (value instanceof PyTuple) return value.items.map(leavesAsText);
  return isList(value) ? value.map(leavesAsText) : toStr(value);
}

function chances(prepared: PreparedTask): Readonly<Record<string, number>> {
  const { config } = prepared;
  if (config.outputType !== 'multiple_choice' || config.processResults !== null || prepared.docs.length === 0)
    return {};
  const perDoc = prepared.docs.map((doc) =>
    onDoc(prepared.name, doc.docId, () =>
      chanceOf({ choices: doc.choices ?? [], gold: doc.gold, multipleTarget: prepared.multipleTarget }),
    ),
  );
  const chance = perDoc.reduce((sum, value) => sum + value, 0) / perDoc.length;
  const names = config.metrics.map((metric) => metric.metric).filter((name) => metricFacts(name).isGuessable);
  return Object.fromEntries(names.map((name) => [name, chance]));
}

function higherIsBetter(prepared: PreparedTask): Readonly<Record<string, boolean>> {
  const { config } = prepared;
  if (config.class !== null) return portOf(config.class, 'class').task.higherIsBetter;
  return Object.fromEntries(
    config.metrics.map((metric: MetricConfig) => [metric.metric, metric.higherIsBetter]),
  );
}

function checkResponses(prepared: PreparedTask, responses: readonly (readonly TextResponse[])[]): void {
  const wrong = (docId: number | null, why: string): never => {
    throw new UserError(messages.wrongResponses(prepared.name, docId, why));
  };
  if (responses.length !== prepared.docs.length) {
    wrong(null, `${prepared.docs.length} documents and ${responses.length} lists of responses`);
  }
  for (const [index, doc] of prepared.docs.entries()) {
    const given = responses[index] ?? [];
    if (given.length !== doc.requests.length)
      wrong(doc.docId, `${doc.requests.length} requests, ${given.length} responses`);
    for (const [at, request] of doc.requests.entries()) {
      const response = given[at];
      if (response?.kind !== request.kind)
        wrong(doc.docId, `request ${at} is ${request.kind}, its response ${response?.kind}`);
      if (
        response !== undefined &&
        response.kind !== 'generate' &&
        !Number.isFinite(response.logLikelihood)
      ) {
        wrong(doc.docId, `the log-likelihood of request ${at} is ${response.logLikelihood}`);
      }
    }
  }
}

function finite(task: string, metric: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new UserError(messages.scoringFailed(task, null, `${metric} is ${value}`));
}

/** What Python would raise on a document (null: over all of them) becomes the user's error. */
function onDoc<T>(task: string, docId: number | null, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    throw new UserError(messages.scoringFailed(task, docId, error.message));
  }
}
