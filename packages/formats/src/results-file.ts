/**
 * results.json <-> CellResults. The file has lm-eval 0.4's top-level keys (results, groups, group_subtasks,
 * configs, versions, n-shot, higher_is_better, n-samples, config), so that its users' notebooks read it, and one
 * key of ours, `evalgraph`, with what identifies the cell. Byte-reproducible: no times, hosts or paths.
 */
import { prettyJson } from './canonical-json.ts';
import { UserError } from './errors.ts';
import type { CellResults, MetricValues, TaskScores } from './records.ts';

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

/** @throws UserError where the text is not a results file of this format. */
export function parseResults(text: string, path: string): CellResults {
  const file = parseObject(text, path);
  const own = objectAt(file, 'evalgraph', path);
  if (own['format'] !== 1) {
    throw bad(path, `its format is ${JSON.stringify(own['format'])}, this program reads 1`);
  }
  const results = Object.entries(objectAt(file, 'results', path)).map(([name, row]) => [
    name,
    rowToScores(row as Record<string, unknown>),
  ]);
  return {
    format: 1,
    key: own['key'],
    pipeline: own['pipeline'],
    checkpoint: own['checkpoint'],
    task: own['task'],
    engine: own['engine'],
    chance: own['chance'],
    ...(own['perplexity'] === undefined ? {} : { perplexity: own['perplexity'] }),
    results: Object.fromEntries(results),
    groupSubtasks: objectAt(file, 'group_subtasks', path),
    configs: objectAt(file, 'configs', path),
    versions: objectAt(file, 'versions', path),
    numFewshot: objectAt(file, 'n-shot', path),
    higherIsBetter: objectAt(file, 'higher_is_better', path),
    sampleCounts: objectAt(file, 'n-samples', path),
    limit: objectAt(file, 'config', path)['limit'] ?? null,
  } as CellResults;
}

function rowToScores(row: Record<string, unknown>): TaskScores {
  const metrics = Object.entries(row).filter(([name]) => !ROW_FACTS.has(name));
  return {
    alias: String(row['alias']),
    samples: row['sample_len'] === null ? null : Number(row['sample_len']),
    metrics: Object.fromEntries(metrics) as MetricValues,
  };
}

function parseObject(text: string, path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(path, error instanceof Error ? error.message : String(error));
  }
  if (typeof value !== 'object' || value === null) throw bad(path, 'it holds no JSON object');
  return value as Record<string, unknown>;
}

function objectAt(value: Record<string, unknown>, key: string, path: string): Record<string, unknown> {
  const found = value[key];
  if (typeof found !== 'object' || found === null) throw bad(path, `its key '${key}' is missing`);
  return found as Record<string, unknown>;
}

function bad(path: string, detail: string): UserError {
  return new UserError({
    code: 'bad-results-file',
    message: `${path} is not a results file of evalgraph: ${detail}.`,
    remedy: 'Delete it and run the cell again; the store restores it.',
  });
}
