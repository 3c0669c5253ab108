/**
 * A resolved task and its data -> documents with their requests and hashes: everything up to the model. The same
 * prompts as lm-eval's, which the hashes prove.
 */
import {
  dumpsPython,
  encodeUtf8,
  type PyDict,
  type PyValue,
  parsePythonJson,
  pythonRandom,
  sha256Hex,
  UserError,
} from '@evalgraph/formats';
import {
  type ChatTemplate,
  type Dict,
  isIntLike,
  isList,
  PyTuple,
  PythonError,
  toStr,
  type Value,
} from '@evalgraph/templates';
import { type Behaviour, behaviourOf } from './behaviour.ts';
import type { DataCatalog } from './data/catalog.ts';
import { openSplits, type Splits } from './data/rows.ts';
import { portOf } from './functions/registry.ts';
import { messages } from './messages.ts';
import { buildRequests, type PromptForm, preamble } from './prompt/build-requests.ts';
import { type Sampler, samplerOf } from './prompt/sampler.ts';
import type { TextRequest } from './requests.ts';
import type { FunctionRef, ResolvedTask, TaskConfig } from './task.ts';

export interface PrepareOptions {
  /** The workspace's root: data_files are relative to it. */
  readonly root: string;
  /** Where data sets are that a task names as the hub does; left out: only files that a task names itself. */
  readonly catalog?: DataCatalog;
  /** null: the task's own number. A task that says 0 keeps its 0. */
  readonly numFewshot: number | null;
  /** First documents only: a whole number, or a share below 1 (rounded up). null: all. */
  readonly limit: number | null;
  /**
   * These documents alone, by their rows from 0, ascending, in the place of a limit; left out or null: as `limit`
   * says.
   */
  readonly samples?: readonly number[] | null;
  readonly seed: number;
  /** Stands before the task's description; left out or null: none. */
  readonly systemInstruction?: string | null;
  /** Left out or null: plain text. A base model has no chat template. */
  readonly applyChatTemplate?: ChatTemplate | null;
  /** False puts shots and question into one user message of a chat template. lm-eval's default is true. */
  readonly fewshotAsMultiturn?: boolean;
}

export interface PreparedDoc {
  /** Row in the evaluated split, from 0. */
  readonly docId: number;
  readonly doc: PyDict;
  readonly target: Value;
  /** null where the task has no choices. */
  readonly choices: readonly string[] | null;
  /** What counts as right in multiple choice: the target, or the index that doc_to_text gave. */
  readonly gold: Value;
  readonly requests: readonly TextRequest[];
  /** sha256 as in lm-eval's samples files. */
  readonly docHash: string;
  readonly promptHash: string;
  readonly targetHash: string;
}

export interface PreparedTask {
  readonly name: string;
  readonly config: TaskConfig;
  readonly numFewshot: number;
  readonly docs: readonly PreparedDoc[];
  /** Rows of the evaluated split before the limit. */
  readonly originalCount: number;
  /** generation_kwargs as a samples file has them; null where nothing is generated. */
  readonly generationJson: string | null;
  /** The first document's target was a list: any of its items counts. */
  readonly multipleTarget: boolean;
}

/** @throws UserError: data that cannot be read, a template or function that fails on a document, too few shots. */
export async function prepareTask(task: ResolvedTask, options: PrepareOptions): Promise<PreparedTask> {
  const { config } = task;
  const splits = openSplits(task, options.root, options.catalog);
  const evaluated = config.testSplit ?? config.validationSplit;
  if (evaluated === null) throw new UserError(messages.noEvaluatedSplit(task.name));
  const numFewshot = shotCount(config, options.numFewshot);
  const chosen = options.samples ?? null;
  const { all, originalCount } = await evaluatedDocs(
    task,
    splits,
    evaluated,
    numFewshot,
    chosen === null ? options.limit : Math.max(...chosen) + 1,
  );
  const first = all[0];
  if (first === undefined) throw new UserError(messages.noDocs(task.name));
  const behaviour = behaviourOf(config, new Set([...first.keys()].map(String)));
  const multipleInput = onDoc(
    task.name,
    0,
    'doc_to_text',
    () => config.docToChoice !== null && config.docToText !== null && isIntLike(behaviour.text(first)),
  );
  const firstTarget = onDoc(task.name, 0, 'doc_to_target', () => behaviour.target(first));
  const pool = numFewshot === 0 ? [] : await shotPool(task.name, config, splits, all);
  const sampler = samplerOf(config.fewshot.sampler, task.name, pool, pythonRandom(options.seed));
  const form: PromptForm = {
    chatTemplate: options.applyChatTemplate ?? null,
    multiTurn: options.fewshotAsMultiturn ?? true,
    systemInstruction: options.systemInstruction ?? '',
  };
  const rows = chosen ?? [...all.keys()].slice(0, limitOf(options.limit, originalCount));
  // In the order of rows: each document draws its shots when its turn comes, as lm-eval's --samples has it too.
  const docs = rows.map((docId) => {
    const doc = all[docId];
    if (doc === undefined) throw new UserError(messages.noSuchDocument(task.name, docId, originalCount));
    return prepareDoc(
      { config, behaviour, multipleInput, form, numFewshot, sampler, seed: options.seed },
      doc,
      docId,
    );
  });
  return {
    name: task.name,
    config,
    numFewshot,
    docs,
    originalCount,
    generationJson:
      config.class === null
        ? (config.generation?.kwargsJson ?? null)
        : portOf(config.class, 'class').task.generationJson,
    multipleTarget: isList(firstTarget),
  };
}

interface Preparation {
  readonly config: TaskConfig;
  readonly behaviour: Behaviour;
  readonly multipleInput: boolean;
  readonly form: PromptForm;
  readonly numFewshot: number;
  readonly sampler: Sampler;
  readonly seed: number;
}

function prepareDoc(preparation: Preparation, doc: Dict, docId: number): PreparedDoc {
  const { config, behaviour, multipleInput, form, numFewshot, sampler } = preparation;
  // lm-eval compares the two splits as they are written, so "both unset" counts as the same.
  const exclude = config.fewshot.split === config.testSplit ? doc : null;
  const shots = sampler.sample(numFewshot, exclude);
  const run = <T>(field: string, work: () => T): T => onDoc(config.task, docId, field, work);
  const before =
    config.outputType === 'loglikelihood_rolling'
      ? []
      : run('the few-shot context', () => preamble(config, behaviour, multipleInput, form, doc, shots));
  const asked = run('the prompt', () => buildRequests(config, behaviour, multipleInput, form, doc, before));
  const target = run('doc_to_target', () => behaviour.target(doc));
  const plain = toPyValue(doc);
  const head = asked[0];
  if (head === undefined || !(plain instanceof Map))
    throw new TypeError(`${config.task}: document ${docId} has no request`);
  const docHash = run('its hash', () => hashText(dumpsPython(plain, { indent: 2, ensureAscii: false })));
  return run('its hash', () => ({
    docId,
    doc: plain,
    target,
    choices: run('doc_to_choice', () => behaviour.choices?.(doc) ?? null),
    gold: multipleInput ? behaviour.text(doc) : target,
    requests: sampledRequests(config, asked, `${preparation.seed} ${docHash}`),
    docHash,
    promptHash: hashText(head.kind === 'rolling' ? head.text : head.context),
    targetHash: hashText(toStr(target)),
  }));
}

/**
 * A sampled generation is asked once for each repeat, each with a seed of its own: made of the run's seed and the
 * document, not of its row, so that a limit changes no text.
 */
function sampledRequests(
  { generation, repeats }: TaskConfig,
  asked: readonly TextRequest[],
  seed: string,
): readonly TextRequest[] {
  const sampling = generation?.sampling ?? null;
  if (sampling === null) return asked;
  return asked.flatMap((request, index): readonly TextRequest[] => {
    if (request.kind !== 'generate') return [request];
    return Array.from({ length: repeats }, (_, repeat) => {
      const own = Number.parseInt(hashText(`${seed} ${index} ${repeat}`).slice(0, 8), 16);
      return { ...request, sampling: { ...sampling, seed: own } };
    });
  });
}

/**
 * With a limit only the first rows are read, unless all are needed: shots are drawn from the same split, or
 * process_docs, which may drop rows, decides how many documents there are.
 */
async function evaluatedDocs(
  { name, config }: ResolvedTask,
  splits: Splits,
  evaluated: string,
  numFewshot: number,
  limit: number | null,
): Promise<{ readonly all: readonly Dict[]; readonly originalCount: number }> {
  const { fewshot } = config;
  const apart =
    fewshot.split !== null ||
    fewshot.samplesFunction !== null ||
    fewshot.samplesJson !== null ||
    config.trainingSplit !== null;
  if (limit === null || config.processDocs !== null || (numFewshot > 0 && !apart)) {
    const all = processed(name, config.processDocs, await splits.rows(evaluated));
    return { all, originalCount: all.length };
  }
  const originalCount = await splits.count(evaluated);
  return { all: await splits.rows(evaluated, limitOf(limit, originalCount)), originalCount };
}

/** lm-eval's order: fewshot split, samples, train, validation, test. */
async function shotPool(
  task: string,
  config: TaskConfig,
  splits: Splits,
  evaluated: readonly Dict[],
): Promise<readonly Dict[]> {
  const { fewshot } = config;
  if (fewshot.split !== null) return processed(task, fewshot.processDocs, await splits.rows(fewshot.split));
  if (fewshot.samplesFunction !== null) return portOf(fewshot.samplesFunction, 'samples').run();
  if (fewshot.samplesJson !== null) return parsePythonJson(fewshot.samplesJson) as readonly PyDict[];
  const split = config.trainingSplit ?? config.validationSplit;
  return split === null ? evaluated : processed(task, config.processDocs, await splits.rows(split));
}

function processed(task: string, reference: FunctionRef | null, rows: readonly Dict[]): readonly Dict[] {
  if (reference === null) return rows;
  return onDoc(task, null, 'process_docs', () => portOf(reference, 'process_docs').run(rows));
}

function shotCount(config: TaskConfig, asked: number | null): number {
  if (asked !== null && !(Number.isInteger(asked) && asked >= 0)) {
    throw new UserError(messages.badNumber('num_fewshot', asked));
  }
  return config.numFewshot === 0 ? 0 : (asked ?? config.numFewshot ?? 0);
}

function limitOf(limit: number | null, count: number): number {
  if (limit === null) return count;
  if (!(limit > 0) || (limit >= 1 && !Number.isInteger(limit)))
    throw new UserError(messages.badNumber('limit', limit));
  return limit < 1 ? Math.ceil(count * limit) : limit;
}

/** Runs a step on a document; what Python would raise there becomes the user's error. */
function onDoc<T>(task: string, docId: number | null, field: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    throw new UserError(messages.docFailed(task, docId, field, error.message));
  }
}

function hashText(text: string): string {
  return sha256Hex(encodeUtf8(text));
}

/** Tuples become lists, as in Python's JSON. */
export function toPyValue(value: Value): PyValue {
  if (value instanceof PyTuple) return value.items.map(toPyValue);
  if (isList(value)) return value.map(toPyValue);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [String(key), toPyValue(item)]));
  return value as PyValue;
}
