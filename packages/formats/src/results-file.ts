/**
 * results.json <-> CellResults. The file has lm-eval 0.4's top-level keys (results, groups, group_subtasks,
 * configs, versions, n-shot, higher_is_better, n-samples, config), so that its users' notebooks read it, and one
 * key of ours, `evalgraph`, with what identifies the cell. Byte-reproducible: no times, hosts or paths.
 */
import { byName } from './by-name.ts';
import { prettyJson } from './canonical-json.ts';
import { parseRecord } from './record-file.ts';
import {
  type CellResults,
  checkpointIdentity,
  engineIdentity,
  type MetricValues,
  perplexityFigure,
  type TaskScores,
} from './records.ts';
import {
  amount,
  anything,
  count,
  dictionary,
  either,
  flag,
  json,
  list,
  nullable,
  number,
  oneOf,
  optional,
  record,
  type Shape,
  text,
} from './shape.ts';

export function writeResults(results: CellResults): string {
  const { groupSubtasks } = results;
  const rows = Object.entries(results.results).map(([name, scores]) => [name, scoresToRow(name, scores)]);
  const isGroup = (name: string): boolean => Object.hasOwn(groupSubtasks, name);
  return prettyJson({
    results: Object.fromEntries(rows),
    groups: Object.fromEntries(rows.filter(([name]) => isGroup(String(name)))),
    group_subtasks: groupSubtasks,
    configs: results.configs,
    versions: results.versions,
    'n-shot': results.numFewshot,
    higher_is_better: results.higherIsBetter,
    'n-samples': results.sampleCounts,
    config: {
      model: results.engine.name,
      model_dtype: results.engine.dtype,
      model_source: results.checkpoint.model,
      limit: results.limit,
    },
    evalgraph: {
      format: results.format,
      key: results.key,
      pipeline: results.pipeline,
      checkpoint: results.checkpoint,
      task: results.task,
      engine: results.engine,
      chance: results.chance,
      ...(results.perplexity === undefined ? {} : { perplexity: results.perplexity }),
    },
  });
}

function scoresToRow(name: string, scores: TaskScores): Record<string, unknown> {
  return { name, alias: scores.alias, sample_len: scores.samples, ...scores.metrics };
}

const ROW_FACTS = new Set(['name', 'alias', 'sample_len']);

const rowFacts = record({ alias: text, sample_len: nullable(count) });
const metric = either('a number or "N/A"', number, oneOf('N/A'));

/** A task's facts and metrics stand side by side, as lm-eval writes them. */
const row: Shape<TaskScores> = (value, place) => {
  const { alias, sample_len: samples } = rowFacts(value, place);
  const metrics = Object.entries(value as object).filter(([name]) => !ROW_FACTS.has(name));
  for (const [key, item] of metrics) metric(item, { within: place, key });
  return { alias, samples, metrics: byName(metrics) as MetricValues };
};

const resultsFile = record({
  results: dictionary(anything),
  group_subtasks: dictionary(list(text)),
  configs: dictionary(json),
  versions: dictionary(either('a number or a text', number, text)),
  'n-shot': dictionary(count),
  higher_is_better: dictionary(dictionary(flag)),
  'n-samples': dictionary(record({ original: count, effective: count })),
  config: record({ limit: nullable(amount) }),
  evalgraph: record({
    format: oneOf(1),
    key: text,
    pipeline: text,
    checkpoint: checkpointIdentity,
    task: text,
    engine: engineIdentity,
    chance: dictionary(dictionary(number)),
    perplexity: optional(perplexityFigure),
  }),
});

const cellResults: Shape<CellResults> = (value, place) => {
  const file = resultsFile(value, place);
  const { key, pipeline, checkpoint, task, engine, chance, perplexity } = file.evalgraph;
  const within = { within: place, key: 'results' };
  const results = Object.entries(file.results).map(
    ([name, item]) => [name, row(item, { within, key: name })] as const,
  );
  return {
    format: 1,
    key,
    pipeline,
    checkpoint,
    task,
    engine,
    chance,
    ...(perplexity === undefined ? {} : { perplexity }),
    results: byName(results),
    groupSubtasks: file.group_subtasks,
    configs: file.configs as CellResults['configs'],
    versions: file.versions,
    numFewshot: file['n-shot'],
    higherIsBetter: file.higher_is_better,
    sampleCounts: file['n-samples'],
    limit: file.config.limit,
  };
};

const REMEDY = 'Delete it and run the cell again; the store restores it.';

/** @throws UserError damaged-file where the text is not a results file of this format. */
export function parseResults(
  content: string | Uint8Array,
  file: string,
  remedy: string = REMEDY,
): CellResults {
  return parseRecord(content, { file, remedy }, cellResults);
}
