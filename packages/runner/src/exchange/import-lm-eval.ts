/** Result files of lm-eval -> models with their checkpoints' records. Pure: files in, a plan of what to write out. */

import {
  byName,
  type FileDigest,
  type LmEvalResults,
  lmEvalSamplesTask,
  type Problem,
  UserError,
} from '@evalgraph/formats';
import { directionsOf } from '@evalgraph/metrics';
import { brokenTaskNameRule } from '@evalgraph/spec';
import { type FilePlace, placeOf, type StepRule } from './checkpoint-of-file.ts';
import type { ImportedCheckpoint, ImportedOrigin, ImportedTask } from './imported-checkpoint.ts';
import { messages } from './messages.ts';

export interface ResultsFile {
  /** Relative to the imported folder, forward slashes. */
  readonly path: string;
  readonly sha256: string;
  readonly results: LmEvalResults;
  /** Samples files in the same folder: name -> sha256. */
  readonly samples: Readonly<Record<string, string>>;
}

export interface ImportedModel {
  readonly name: string;
  /** What was evaluated: `EleutherAI/pythia-160m`. */
  readonly of: string;
  readonly checkpoints: readonly {
    /** null: the model has one checkpoint and no step. */
    readonly step: number | null;
    readonly location: FilePlace['location'];
    readonly record: ImportedCheckpoint;
  }[];
  /** Tasks and groups that are no group's children, in the order of the files. */
  readonly tasks: readonly string[];
}

export interface ImportRule extends StepRule {
  /** null: named after what was evaluated. */
  readonly model: string | null;
  /** Top-level tasks to take; null: all. */
  readonly only: readonly string[] | null;
}

/** @throws UserError with everything that is not clear. */
export function importLmEval(files: readonly ResultsFile[], rule: ImportRule): readonly ImportedModel[] {
  const problems: Problem[] = [];
  const series = new Map<string, { file: ResultsFile; place: FilePlace }[]>();
  for (const file of files) {
    const place = placeOf(file.path, file.results.modelArgs, rule);
    if ('code' in place) problems.push(place);
    else if (place.model === '' && rule.model === null) problems.push(messages.importNoModel(file.path));
    else series.set(place.series, [...(series.get(place.series) ?? []), { file, place }]);
  }
  if (problems.length > 0) throw new UserError(problems);
  if (rule.model !== null && series.size > 1) {
    throw new UserError(messages.importSeveralModels([...series.keys()]));
  }
  const models = [...series].map(([of, list]) => importModel(of, list, rule, problems));
  if (problems.length > 0) throw new UserError(problems);
  return models;
}

type Placed = readonly { readonly file: ResultsFile; readonly place: FilePlace }[];

function importModel(of: string, list: Placed, rule: ImportRule, problems: Problem[]): ImportedModel {
  const name = rule.model ?? list[0]?.place.model ?? '';
  const unclear = list.filter(({ place }) => place.step === null);
  if (unclear.length > 0 && unclear.length < list.length) {
    problems.push(
      messages.importNoStep(
        name,
        unclear.map(({ file }) => file.path),
      ),
    );
  }
  const steps = [...new Set(list.map(({ place }) => place.step))].sort((a, b) => (a ?? 0) - (b ?? 0));
  const clashes: Clash[] = [];
  const checkpoints = steps.flatMap((step) => {
    const own = list.filter(({ place }) => place.step === step);
    const [first] = own;
    if (first === undefined) return [];
    const record = mergeFiles(
      own.map(({ file }) => file),
      rule,
      clashes,
    );
    return [{ step, location: first.place.location, record }];
  });
  // Two folders of one series clash in every task of every checkpoint: that is one slip, told once.
  const [clash] = clashes;
  if (clash !== undefined) problems.push(messages.importTwice(name, clash.task, clash.files, clashes.length));
  const tasks = topLevel(checkpoints.map(({ record }) => record));
  for (const problem of namesThatFail(list, tasks, checkpoints[0]?.record)) problems.push(problem);
  return { name, of, checkpoints, tasks };
}

/** Names that pipeline.yaml cannot hold are told where they stand: the user did not write that file. */
function namesThatFail(
  list: Placed,
  tasks: readonly string[],
  record: ImportedCheckpoint | undefined,
): readonly Problem[] {
  const fileOf = (name: string): string =>
    list.find(({ file }) => file.results.tasks.has(name))?.file.path ?? '';
  const groups = Object.keys(record?.groupSubtasks ?? {});
  const [first] = groups;
  if (tasks.length === 0 && first !== undefined) return [messages.importGroupCycle(fileOf(first), groups)];
  return tasks.flatMap((name) => {
    const broken = brokenTaskNameRule(name);
    return broken === null ? [] : [messages.importTaskName(fileOf(name), name, broken)];
  });
}

/** A task that two files have, with values that differ. */
interface Clash {
  readonly task: string;
  readonly files: readonly [string, string];
}

/** Files of one checkpoint: of a task that several have, the newest. */
function mergeFiles(files: readonly ResultsFile[], rule: ImportRule, clashes: Clash[]): ImportedCheckpoint {
  const sorted = files
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .toSorted((a, b) => (timeOf(a) ?? 0) - (timeOf(b) ?? 0));
  const tasks = new Map<string, ImportedTask>();
  const groups = new Map<string, readonly string[]>();
  for (const [index, file] of sorted.entries()) {
    for (const name of wanted(file.results, rule.only)) {
      const task = importTask(file, name, index);
      const earlier = tasks.get(name);
      const other = earlier === undefined ? undefined : sorted[earlier.origin];
      if (earlier !== undefined && other !== undefined) {
        const unclear = !isNewer(file, other) && !sameScores(earlier, task);
        if (unclear || earlier.numFewshot !== task.numFewshot) {
          clashes.push({ task: name, files: [other.path, file.path] });
        }
      }
      tasks.set(name, task);
    }
    for (const [group, children] of file.results.groupSubtasks)
      if (tasks.has(group)) groups.set(group, children);
  }
  return {
    format: 1,
    origins: sorted.map(originOfFile),
    groupSubtasks: byName(groups),
    tasks: byName(tasks),
  };
}

/** The tasks that are asked for, with everything below them. */
function wanted({ tasks, groupSubtasks }: LmEvalResults, only: readonly string[] | null): readonly string[] {
  if (only === null) return [...tasks.keys()];
  const names = new Set<string>();
  const add = (name: string): void => {
    if (names.has(name) || !tasks.has(name)) return;
    names.add(name);
    for (const child of groupSubtasks.get(name) ?? []) add(child);
  };
  for (const name of only) add(name);
  return [...names];
}

const CONFIG_KEYS = ['dataset_path', 'dataset_name', 'test_split', 'validation_split', 'output_type'];

function importTask({ results }: ResultsFile, name: string, origin: number): ImportedTask {
  const task = results.tasks.get(name);
  if (task === undefined) throw new Error(`the file has no task '${name}'`);
  const { alias, metrics, numFewshot, version, higherIsBetter, samples, taskHash, config } = task;
  const kept = Object.entries(config ?? {}).filter(
    ([key, value]) => CONFIG_KEYS.includes(key) && value !== null,
  );
  return {
    alias,
    metrics,
    numFewshot,
    limit: limitOf(results, samples),
    version,
    higherIsBetter: directionsOf(metrics, higherIsBetter),
    samples,
    taskHash,
    config: Object.fromEntries(kept),
    origin,
  };
}

/** A limit below 1 is a share of the documents: what it came to, where the file says. */
function limitOf({ limit }: LmEvalResults, samples: ImportedTask['samples']): number | null {
  if (limit === null || Number.isInteger(limit)) return limit;
  return samples?.effective ?? limit;
}

function originOfFile({ path, sha256, results, samples }: ResultsFile): ImportedOrigin {
  const { layout, lmEvalVersion, gitHash, dateSeconds, model, modelArgs, dtype } = results;
  return {
    file: path,
    sha256,
    lmEval: lmEvalVersion ?? layout,
    gitHash,
    date: dateSeconds === null ? null : new Date(1000 * dateSeconds).toISOString(),
    model,
    modelArgs,
    dtype,
    samples,
  };
}

function timeOf({ results, path }: ResultsFile): number | null {
  const named = /results_(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})/.exec(path);
  const fromName =
    named === null ? null : Date.parse(`${named[1]}T${named[2]}:${named[3]}:${named[4]}Z`) / 1000;
  return results.dateSeconds ?? fromName;
}

function isNewer(file: ResultsFile, other: ResultsFile): boolean {
  const [now, before] = [timeOf(file), timeOf(other)];
  return now !== null && before !== null && now > before;
}

function sameScores(a: ImportedTask, b: ImportedTask): boolean {
  const text = ({ metrics, numFewshot }: ImportedTask): string => JSON.stringify([metrics, numFewshot]);
  return text(a) === text(b);
}

function topLevel(records: readonly ImportedCheckpoint[]): readonly string[] {
  const children = new Set(records.flatMap(({ groupSubtasks }) => Object.values(groupSubtasks).flat()));
  const names = new Set(records.flatMap(({ tasks }) => Object.keys(tasks)));
  return [...names].filter((name) => !children.has(name)).sort();
}

/** Samples files among a folder's names. */
export async function samplesFiles(
  names: readonly string[],
  digest: (name: string) => Promise<FileDigest>,
): Promise<Readonly<Record<string, string>>> {
  const found: [string, string][] = [];
  for (const name of names.filter((one) => lmEvalSamplesTask(one) !== null).sort()) {
    found.push([name, (await digest(name)).sha256]);
  }
  return byName(found);
}
