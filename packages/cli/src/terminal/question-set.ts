/** Questions of a task as checkpoints answered them: which files hold them, and what is read of each. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CellResults, suggest, UserError } from '@evalgraph/formats';
import { FULL, headlineMetric, type Metric, readSample, type Sample } from '@evalgraph/report/data';
import { runnerMessages } from '@evalgraph/runner';
import { type Cell, type CheckpointUse, isTaskCell, type Plan } from '@evalgraph/runner/plan';
import { readRows } from '@evalgraph/runner/reporting';
import { cellPlace, checkPlaced, findCells, samplesFile } from '@evalgraph/runner/results';
import { messages } from './messages.ts';

/** A checkpoint with samples of the task. */
export interface Place {
  readonly pipeline: string;
  readonly cell: Cell;
  readonly checkpoint: CheckpointUse;
}

export interface QuestionTask {
  readonly plan: Plan;
  /** The task or group that was asked for. */
  readonly name: string;
  /** Tasks below it, itself where it is no group; each with its headline. */
  readonly leaves: readonly { readonly task: string; readonly metric: Metric }[];
  /** The places stand in the plan's order: models as the pipeline names them, checkpoints by step. */
  readonly places: readonly Place[];
}

export interface Question {
  readonly task: string;
  readonly docId: number;
  readonly label: string;
  readonly prompt: string;
  readonly options: readonly string[];
  readonly gold: number | null;
  readonly target: string;
}

export interface Answer {
  /** The log-likelihood of each option in nats; null stands for minus infinity. */
  readonly nats: readonly (number | null)[];
  /** What was generated; null where nothing is. */
  readonly text: string | null;
  /** null: neither right nor wrong. */
  readonly verdict: boolean | null;
  readonly filters: readonly {
    readonly filter: string;
    /** null where the filter only hands on. */
    readonly output: string | null;
    readonly scores: readonly (readonly [metric: string, value: number])[];
  }[];
}

export interface AnsweredQuestion {
  readonly question: Question;
  readonly answer: Answer;
}

/** What the pipeline evaluates: tasks, groups and what is in them, as far as results tell. */
export async function findTask(root: string, plan: Plan, name: string): Promise<QuestionTask | null> {
  for (const [, cells] of cellsByName(plan)) {
    const known = await firstResults(root, plan, cells);
    if (known === null || !Object.hasOwn(known.results, name)) continue;
    const leaves = leavesBelow(known, name).flatMap((task) => {
      const metric = headlineMetric(known.results[task]?.metrics ?? {}, known.higherIsBetter[task]);
      return metric === null ? [] : [{ task, metric }];
    });
    const { results } = await findCells(root, plan, cells);
    const places = cells
      .filter((cell) => results.has(cell.id))
      .filter((cell) => leaves.every(({ task }) => existsSync(join(root, cell.output, samplesFile(task)))))
      .map((cell) => ({ pipeline: plan.pipeline.name, cell, checkpoint: cell.checkpoint }));
    return { plan, name, leaves, places };
  }
  return null;
}

/** Names that `findTask` knows. */
export async function taskNames(root: string, plan: Plan): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [, cells] of cellsByName(plan)) {
    const known = await firstResults(root, plan, cells);
    names.push(...Object.keys(known?.results ?? {}));
  }
  return [...new Set(names)];
}

function cellsByName(plan: Plan): ReadonlyMap<string, readonly Cell[]> {
  return Map.groupBy(plan.cells.filter(isTaskCell), ({ name }) => name);
}

async function firstResults(root: string, plan: Plan, cells: readonly Cell[]): Promise<CellResults | null> {
  for (const cell of cells) {
    const { results } = await findCells(root, plan, [cell]);
    const [found] = results.values();
    if (found !== undefined) return found;
  }
  return null;
}

function leavesBelow(results: CellResults, name: string, inside: readonly string[] = []): readonly string[] {
  const children = results.groupSubtasks[name];
  if (children === undefined || inside.includes(name)) return [name];
  return [...new Set(children.flatMap((child) => leavesBelow(results, child, [...inside, name])))];
}

/** @param wanted a step, a checkpoint's name, or its id with the model. @throws UserError where there is none */
export function placeOf(task: QuestionTask, wanted: string): Place {
  const digits = wanted.replaceAll(',', '');
  const found = task.places.find(
    ({ checkpoint: { id, checkpoint } }) =>
      id === wanted || checkpoint.name === wanted || String(checkpoint.step) === digits,
  );
  if (found !== undefined) return found;
  const known = task.places.map(({ checkpoint }) => checkpoint.id);
  throw new UserError(messages.unknownCheckpoint(wanted, known, suggest(wanted, known)));
}

/** Checkpoints of the place's model, by step. */
export function seriesOf(task: QuestionTask, place: Place): readonly Place[] {
  return task.places.filter(({ checkpoint }) => checkpoint.model.name === place.checkpoint.model.name);
}

/** A leaf's questions at a checkpoint, by doc_id, in the file's order. @throws UserError bad-sample */
export async function readQuestions(
  root: string,
  place: Place,
  { task, metric }: QuestionTask['leaves'][number],
): Promise<ReadonlyMap<number, AnsweredQuestion>> {
  const folder = cellPlace(root, place.pipeline, place.cell);
  const path = join(folder.folder, samplesFile(task));
  if (!(await checkPlaced(folder, samplesFile(task)))) {
    throw new UserError(runnerMessages.resultMissing(path, folder.command));
  }
  const rows = new Map<
    number,
    { sample: Sample; text: string | null; filters: Answer['filters'][number][] }
  >();
  for await (const row of readRows(root, path)) {
    const sample = readSample(row, path);
    const own = rows.get(sample.docId) ?? { sample, text: sample.answer, filters: [] };
    own.filters.push({
      filter: sample.filter,
      output: sample.filtered,
      scores: [...sample.scores].map(([name, value]) => [name, value / FULL] as const),
    });
    rows.set(sample.docId, own);
  }
  return new Map(
    [...rows].map(([docId, { sample, text, filters }]) => {
      const score = filters
        .find(({ filter }) => filter === metric.filter)
        ?.scores.find(([name]) => name === metric.metric)?.[1];
      const verdict = score === undefined || metric.kind !== 'fraction' ? null : score >= 1;
      const nats = sample.nats.map((value) => (value === null ? null : value / FULL));
      const { label, prompt, options, target } = sample;
      const whole = options.length === 0 && metric.kind === 'perplexity' ? Number(text) : Number.NaN;
      if (Number.isFinite(whole)) {
        // A rolling task: the one answer is the text's log-likelihood, and the text is its own target.
        const question = { task, docId, label, prompt, options, gold: null, target: '' };
        const answer = { nats: [whole], text: null, verdict: null, filters: [] };
        return [docId, { question, answer }] as const;
      }
      const chosen = verdict === true && options.length > 1 ? chosenOption(nats, options, metric) : null;
      const gold = sample.gold ?? chosen;
      return [
        docId,
        {
          question: { task, docId, label, prompt, options, gold, target },
          answer: { nats, text, verdict, filters },
        },
      ] as const;
    }),
  );
}

/**
 * The option with the highest log-likelihood, or, where the headline is acc_norm, with the highest a character: the
 * length is that of the choice, without the space before it. Of equals the first, as lm-eval's argmax takes it.
 * @returns null where there is no option
 */
export function chosenOption(
  nats: readonly (number | null)[],
  options: readonly string[],
  metric: Pick<Metric, 'metric'>,
): number | null {
  const values = metric.metric === 'acc_norm' ? perCharacter(nats, options) : nats;
  if (values.length === 0) return null;
  const known = values.map((value) => value ?? Number.NEGATIVE_INFINITY);
  return known.indexOf(Math.max(...known));
}

export function perCharacter(
  nats: readonly (number | null)[],
  options: readonly string[],
): readonly (number | null)[] {
  return nats.map((value, index) => {
    const length = [...(options[index] ?? '').replace(/^ /, '')].length;
    return value === null || length === 0 ? null : value / length;
  });
}

/** Log-likelihood of the right option minus the best of the others; null where there is no such thing. */
export function marginOf({ nats }: Answer, gold: number | null): number | null {
  if (gold === null) return null;
  const own = nats[gold];
  const others = nats.flatMap((value, index) => (index === gold || value === null ? [] : [value]));
  return own === undefined || own === null || others.length === 0 ? null : own - Math.max(...others);
}
