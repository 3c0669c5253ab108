/**
 * lm-eval's results files -> one strict value, whichever version wrote them: 0.3 (`acc` without a filter, no
 * configs), early 0.4 (`acc,none`, groups named by the tasks' configs), current (group_subtasks, n-samples, hashes).
 * Knows no checkpoint and no pipeline; samples files are only told by their names here.
 */
import { byName } from './by-name.ts';
import type { JsonValue } from './canonical-json.ts';
import { type Problem, UserError } from './errors.ts';
import { messages } from './messages.ts';
import { parsePythonJson } from './python-json.ts';
import { PyFloat, type PyValue } from './python-value.ts';
import type { MetricValues } from './records.ts';

/** Characters. The whole of MMLU with its configurations is 0.3 million, a leaderboard of everything 10 million. */
export const MAX_LM_EVAL_RESULTS = 64_000_000;

export interface LmEvalTask {
  readonly alias: string;
  /** Keys are "metric,filter" for every version; a standard error that is no number is "N/A". */
  readonly metrics: MetricValues;
  readonly numFewshot: number | null;
  readonly version: number | string | null;
  /** What the file says; empty for versions that did not say which way a metric goes. */
  readonly higherIsBetter: Readonly<Record<string, boolean>>;
  /** Documents; null where the file does not say. */
  readonly samples: { readonly original: number; readonly effective: number } | null;
  /** Digest of the task's prompts; null where the file has none. */
  readonly taskHash: string | null;
  /** What the file says of the task's configuration; null where nothing. */
  readonly config: Readonly<Record<string, JsonValue>> | null;
}

export interface LmEvalResults {
  readonly layout: '0.3' | 'early 0.4' | '0.4';
  /** Tasks and groups with at least one metric, in the file's order, and groups that only have children. */
  readonly tasks: ReadonlyMap<string, LmEvalTask>;
  /** Groups -> direct children, all of them in `tasks`. */
  readonly groupSubtasks: ReadonlyMap<string, readonly string[]>;
  /** lm-eval's model type: hf, vllm, hf-causal. */
  readonly model: string | null;
  /** As given: `pretrained=…,revision=…`; a mapping (0.4.9 on) in the same form. */
  readonly modelArgs: string;
  /** `float16` for `torch.float16`; null where the file does not say. */
  readonly dtype: string | null;
  /** First documents of each task; a number below 1 is a share of them; null: all. */
  readonly limit: number | null;
  readonly lmEvalVersion: string | null;
  readonly gitHash: string | null;
  /** When the evaluation began, in seconds since 1970; null where the file does not say. */
  readonly dateSeconds: number | null;
  readonly versions: Readonly<Record<string, string>>;
}

/** @param path for messages. @throws UserError where the text is no such file, or a metric is not finite. */
export function parseLmEvalResults(text: string, path: string): LmEvalResults {
  if (text.length > MAX_LM_EVAL_RESULTS) {
    throw new UserError(messages.lmEvalFileTooLarge(path, text.length, MAX_LM_EVAL_RESULTS));
  }
  const file = parseFile(text, path);
  const rows = objectOf(file['results']);
  const config = objectOf(file['config']);
  if (rows === null || config === null) {
    throw new UserError(messages.notLmEvalResults(path, "it has no 'results' or no 'config'"));
  }
  const groupSubtasks = readGroups(file, rows);
  const problems: Problem[] = [];
  const tasks = new Map<string, LmEvalTask>();
  for (const [name, row] of Object.entries(rows)) {
    const task = readTask(name, objectOf(row) ?? {}, file, config, path, problems);
    if (Object.keys(task.metrics).length > 0 || groupSubtasks.has(name)) tasks.set(name, task);
  }
  if (problems.length > 0) throw new UserError(problems);
  if (tasks.size === 0) throw new UserError(messages.notLmEvalResults(path, 'no task in it has a metric'));
  return {
    layout: layoutOf(file, rows),
    tasks,
    groupSubtasks,
    model: textOf(config['model']),
    modelArgs: argumentsText(config['model_args']),
    dtype: textOf(config['model_dtype'])?.replace(/^torch\./, '') ?? null,
    limit: numberOf(config['limit']),
    lmEvalVersion: textOf(file['lm_eval_version']),
    gitHash: textOf(file['git_hash']),
    dateSeconds: numberOf(file['date']),
    versions: versionsOf(file),
  };
}

/** The task of a samples file (`samples_<task>_<time>.jsonl`, early ones without a time); null for other names. */
export function lmEvalSamplesTask(fileName: string): string | null {
  return /^samples_(.+?)(?:_\d{4}-\d{2}-\d{2}T[\d.-]+)?\.jsonl$/.exec(fileName)?.[1] ?? null;
}

/** A model's name as lm-eval makes a folder's name of it. */
export function lmEvalSanitised(name: string): string {
  return name.replace(/["<>:/|\\?*[\]]+/g, '__');
}

/** Characters. Real ones have some hundreds, and brackets that never close take time that grows with their square. */
const MAX_ARGUMENTS = 10_000;

/** Model arguments by name, from `pretrained=a,revision=b`; commas inside brackets or quotes do not part them. */
export function lmEvalArguments(text: string): ReadonlyMap<string, string> {
  if (text.length > MAX_ARGUMENTS) return new Map();
  const parts = text.match(/(?:[^,[({"']|\[[^\]]*\]|\([^)]*\)|\{[^}]*\}|"[^"]*"|'[^']*')+/g) ?? [];
  return new Map(
    parts.flatMap((part) => {
      const at = part.indexOf('=');
      return at < 1 ? [] : [[part.slice(0, at).trim(), part.slice(at + 1).trim()] as const];
    }),
  );
}

type Fields = Readonly<Record<string, Plain>>;
type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

function parseFile(text: string, path: string): Fields {
  let value: PyValue;
  try {
    value = parsePythonJson(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      messages.notLmEvalResults(path, error.problems[0]?.message.replace(/\.$/, '') ?? 'no JSON'),
    );
  }
  const file = objectOf(plain(value));
  if (file === null) throw new UserError(messages.notLmEvalResults(path, 'it holds no JSON object'));
  return file;
}

function readTask(
  name: string,
  row: Fields,
  file: Fields,
  config: Fields,
  path: string,
  problems: Problem[],
): LmEvalTask {
  const own = objectOf(at(file, 'configs', name));
  const counts = objectOf(at(file, 'n-samples', name));
  const [original, effective] = [numberOf(counts?.['original']), numberOf(counts?.['effective'])];
  const version = at(file, 'versions', name);
  const metrics = readMetrics(name, row, path, problems);
  return {
    alias: (textOf(row['alias']) ?? name).replace(/^[\s-]+/, ''),
    metrics,
    numFewshot:
      numberOf(at(file, 'n-shot', name)) ?? numberOf(own?.['num_fewshot']) ?? numberOf(config['num_fewshot']),
    version: typeof version === 'number' || typeof version === 'string' ? version : null,
    higherIsBetter: flagsOf(at(file, 'higher_is_better', name)),
    samples: original === null || effective === null ? null : { original, effective },
    taskHash: textOf(at(file, 'task_hashes', name)),
    config: own as Readonly<Record<string, JsonValue>> | null,
  };
}

/** Facts that stand beside the metrics. */
const ROW_FACTS = new Set(['alias', 'name', 'sample_len', 'sample_count', 'samples', ' ']);

function readMetrics(task: string, row: Fields, path: string, problems: Problem[]): MetricValues {
  const entries = Object.entries(row).filter(([key]) => !ROW_FACTS.has(key));
  const filtered = entries.some(([key]) => key.includes(','));
  return byName(
    entries.flatMap(([key, value]): readonly [string, number | 'N/A'][] => {
      if (filtered && !key.includes(',')) return [];
      const name = filtered ? key : `${key},none`;
      if (typeof value === 'number' && Number.isFinite(value)) return [[name, value]];
      if (typeof value === 'number' && !/_stderr,/.test(name)) {
        problems.push(messages.lmEvalNotFinite(path, task, key, String(value)));
      }
      return typeof value === 'object' && value !== null ? [] : [[name, 'N/A']];
    }),
  );
}

/** `group_subtasks` where the file has it, else the groups that the tasks' configurations name. */
function readGroups(file: Fields, rows: Fields): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>();
  const listed = objectOf(file['group_subtasks']);
  for (const [group, children] of Object.entries(listed ?? {})) {
    const names = namesOf(children).filter((child) => child !== group && Object.hasOwn(rows, child));
    if (names.length > 0 && Object.hasOwn(rows, group)) groups.set(group, names);
  }
  if (listed !== null) return groups;
  for (const [task, config] of Object.entries(objectOf(file['configs']) ?? {})) {
    for (const group of namesOf(objectOf(config)?.['group'] ?? null)) {
      if (group === task || !Object.hasOwn(objectOf(file['groups']) ?? {}, group)) continue;
      if (Object.hasOwn(rows, group) && Object.hasOwn(rows, task)) {
        groups.set(group, [...(groups.get(group) ?? []), task]);
      }
    }
  }
  return groups;
}

function layoutOf(file: Fields, rows: Fields): LmEvalResults['layout'] {
  const filtered = Object.values(rows).some((row) =>
    Object.keys(objectOf(row) ?? {}).some((key) => key.includes(',')),
  );
  if (!filtered) return '0.3';
  return file['group_subtasks'] === undefined ? 'early 0.4' : '0.4';
}

function versionsOf(file: Fields): Readonly<Record<string, string>> {
  const found = { lm_eval: file['lm_eval_version'], transformers: file['transformers_version'] };
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

function argumentsText(value: Plain | undefined): string {
  if (typeof value === 'string') return value;
  return Object.entries(objectOf(value) ?? {})
    .map(([key, item]) => `${key}=${typeof item === 'string' ? item : JSON.stringify(item)}`)
    .join(',');
}

function at(file: Fields, table: string, name: string): Plain | undefined {
  const found = objectOf(file[table]);
  return found !== null && Object.hasOwn(found, name) ? found[name] : undefined;
}

function objectOf(value: Plain | undefined): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function textOf(value: Plain | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function numberOf(value: Plain | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function namesOf(value: Plain): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function flagsOf(value: Plain | undefined): Readonly<Record<string, boolean>> {
  const flags = Object.entries(objectOf(value) ?? {}).filter(([, flag]) => typeof flag === 'boolean');
  return byName(flags) as Readonly<Record<string, boolean>>;
}

/** Python's values as JavaScript's: here 1 and 1.0 mean the same. Objects have no prototype: `__proto__` is a key. */
function plain(value: PyValue): Plain {
  if (value instanceof PyFloat) return value.value;
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object') return value;
  if (!(value instanceof Map)) return (value as readonly PyValue[]).map(plain);
  const copy: Record<string, Plain> = Object.create(null);
  for (const [key, item] of value as ReadonlyMap<string, PyValue>) copy[key] = plain(item);
  return copy;
}
