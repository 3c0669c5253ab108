/** Which questions are shown: the first, one by its doc_id, or those that a filter keeps at one or two checkpoints. */
import { UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';
import {
  type AnsweredQuestion,
  type Place,
  placeOf,
  type QuestionTask,
  readQuestions,
  seriesOf,
} from './question-set.ts';
import type { ShownQuestion } from './question-view.ts';

export const FILTERS = ['wrong', 'right', 'flipped', 'learned', 'forgotten'] as const;
export type Filter = (typeof FILTERS)[number];

export interface Choice {
  readonly count: number;
  readonly doc: number | null;
  readonly filter: Filter | null;
  /** A step, a name or an id; null: the first model's last. */
  readonly checkpoint: string | null;
  /** Likewise; null: the model's first where learned or forgotten is asked for, else none. */
  readonly against: string | null;
  /** Prompts with what all of them begin with. */
  readonly isWhole: boolean;
}

export interface Chosen {
  readonly at: Place;
  readonly against: Place | null;
  readonly shown: readonly ShownQuestion[];
  /** How many the filter keeps in all; null where reading ended before all were seen. */
  readonly matching: number | null;
}

/** @throws UserError where a checkpoint, a document or a verdict is not there. */
export async function chooseQuestions(root: string, task: QuestionTask, choice: Choice): Promise<Chosen> {
  const at = choice.checkpoint === null ? lastPlace(task) : placeOf(task, choice.checkpoint);
  const against = againstOf(task, at, choice);
  const chosen: { readonly leaf: QuestionTask['leaves'][number]; readonly one: Pair }[] = [];
  const shared = new Map<string, string>();
  let matching = 0;
  let documents = 0;
  let hasVerdict = false;
  // One document, or the first few, need not every subject of a group read.
  const isEnough = (): boolean => choice.filter === null && chosen.length >= choice.count;
  let wasCut = false;
  for (const leaf of task.leaves) {
    if (isEnough()) {
      wasCut = true;
      break;
    }
    const own = await readQuestions(root, at, leaf);
    const other = against === null ? null : await readQuestions(root, against, leaf);
    shared.set(leaf.task, choice.isWhole ? '' : sharedStart([...own.values()]));
    for (const [docId, found] of own) {
      documents += 1;
      const before = other?.get(docId) ?? null;
      hasVerdict ||= found.answer.verdict !== null;
      const isWanted = choice.doc === null ? keeps(choice.filter, found, before) : docId === choice.doc;
      if (!isWanted) continue;
      matching += 1;
      if (chosen.length < choice.count) chosen.push({ leaf, one: { found, before } });
    }
  }
  if (choice.doc !== null && chosen.length === 0) {
    throw new UserError(messages.unknownDocument(String(choice.doc), task.name, documents));
  }
  if (choice.filter !== null && !hasVerdict) {
    throw new UserError(messages.noVerdicts(task.name, task.leaves[0]?.metric.metric ?? ''));
  }
  const places = seriesOf(task, at);
  const histories = await readSteps(root, places, [...new Set(chosen.map(({ leaf }) => leaf))]);
  return {
    at,
    against,
    matching: wasCut ? null : matching,
    shown: chosen.map(({ leaf, one: { found, before } }, index) => ({
      place: `${index + 1} of ${chosen.length}`,
      metric: leaf.metric,
      at,
      ...found,
      question: {
        ...found.question,
        // Where the target does not say it, any checkpoint that answered rightly does.
        gold:
          found.question.gold ??
          histories
            .get(leaf.task)
            ?.flatMap((column) => column.get(found.question.docId)?.question.gold ?? [])[0] ??
          null,
      },
      against: against === null || before === null ? null : { at: against, answer: before.answer },
      history: places.map((place, step) => ({
        at: place,
        found: histories.get(leaf.task)?.[step]?.get(found.question.docId) ?? null,
      })),
      shared: shared.get(leaf.task) ?? '',
    })),
  };
}

interface Pair {
  readonly found: AnsweredQuestion;
  readonly before: AnsweredQuestion | null;
}

/** The last checkpoint of the first model. */
function lastPlace(task: QuestionTask): Place {
  const [first] = task.places;
  const last = first === undefined ? undefined : seriesOf(task, first).at(-1);
  if (last === undefined) throw new Error(`${task.name} has no samples`);
  return last;
}

function againstOf(task: QuestionTask, at: Place, { against, filter }: Choice): Place | null {
  if (against !== null) return placeOf(task, against);
  if (filter !== 'learned' && filter !== 'forgotten') return null;
  const [first] = seriesOf(task, at);
  if (first === undefined || first === at) {
    throw new UserError(messages.oneCheckpoint(task.name, at.checkpoint.model.name));
  }
  return first;
}

function keeps(filter: Filter | null, found: AnsweredQuestion, before: AnsweredQuestion | null): boolean {
  const now = found.answer.verdict;
  const then = before?.answer.verdict ?? null;
  switch (filter) {
    case null:
      return true;
    case 'right':
      return now === true;
    case 'wrong':
      return now === false;
    case 'flipped':
      return now !== null && then !== null && now !== then;
    case 'learned':
      return now === true && then === false;
    case 'forgotten':
      return now === false && then === true;
  }
}

/** Reads the questions of each task at each place. */
async function readSteps(
  root: string,
  places: readonly Place[],
  leaves: readonly QuestionTask['leaves'][number][],
): Promise<ReadonlyMap<string, readonly ReadonlyMap<number, AnsweredQuestion>[]>> {
  const steps = new Map<string, readonly ReadonlyMap<number, AnsweredQuestion>[]>();
  if (places.length < 2) return steps;
  for (const leaf of leaves) {
    const columns: ReadonlyMap<number, AnsweredQuestion>[] = [];
    for (const place of places) columns.push(await readQuestions(root, place, leaf));
    steps.set(leaf.task, columns);
  }
  return steps;
}

/** Shorter ones are not worth folding away. */
const LEAST_SHARED = 80;

/** What the prompts of a task all begin with, up to a blank line. */
function sharedStart(questions: readonly AnsweredQuestion[]): string {
  const [first, ...rest] = questions.map(({ question }) => question.prompt);
  if (first === undefined || rest.length === 0) return '';
  let length = first.length;
  for (const prompt of rest) {
    let at = 0;
    while (at < length && first.charCodeAt(at) === prompt.charCodeAt(at)) at++;
    length = at;
  }
  const end = first.slice(0, length).lastIndexOf('\n\n');
  return end < LEAST_SHARED ? '' : first.slice(0, end + 2);
}
