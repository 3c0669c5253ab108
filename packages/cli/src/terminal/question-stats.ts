/** Counts over a task's questions and a series' checkpoints: who knows what since when. Counting, no statistics. */
import {
  type AnsweredQuestion,
  chosenOption,
  marginOf,
  type Place,
  type QuestionTask,
  readQuestions,
} from './question-set.ts';

/** A document over the steps. */
export interface History {
  readonly task: string;
  readonly docId: number;
  readonly label: string;
  /** A checkpoint each. */
  readonly verdicts: readonly boolean[];
  /** The option or the text that was given, for comparing with the neighbour's. */
  readonly answers: readonly string[];
  /** The margin at the last checkpoint; null where there are no options. */
  readonly margin: number | null;
}

/** always, never: at every checkpoint. learned, forgotten: between the first and the last. wavering: the rest. */
export const FATES = ['always', 'learned', 'wavering', 'forgotten', 'never'] as const;
export type Fate = (typeof FATES)[number];

export interface Step {
  readonly place: Place;
  readonly right: number;
  /** Against the checkpoint before; null at the first. */
  readonly change: {
    readonly learned: number;
    readonly forgotten: number;
    readonly sameAnswer: number;
  } | null;
}

export interface QuestionStats {
  readonly documents: number;
  readonly steps: readonly Step[];
  readonly fates: ReadonlyMap<Fate, readonly History[]>;
  /** Right at the fewest checkpoints first; of equals the one that is furthest from right at the last. */
  readonly hardest: readonly History[];
  /** What each task of a group gets right at the first and the last checkpoint. */
  readonly byTask: readonly {
    readonly task: string;
    readonly documents: number;
    readonly first: number;
    readonly last: number;
  }[];
}

/** @returns documents that are right or wrong at every place; others are left out */
export async function readHistories(
  root: string,
  task: QuestionTask,
  places: readonly Place[],
): Promise<readonly History[]> {
  const histories: History[] = [];
  for (const leaf of task.leaves) {
    const columns: ReadonlyMap<number, Kept>[] = [];
    for (const [index, place] of places.entries()) {
      const questions = await readQuestions(root, place, leaf);
      const isLast = index === places.length - 1;
      columns.push(new Map([...questions].map(([id, one]) => [id, keep(one, leaf, isLast)] as const)));
    }
    const [first] = columns;
    for (const docId of first?.keys() ?? []) {
      const kept = columns.flatMap((column) => column.get(docId) ?? []);
      const verdicts = kept.flatMap(({ verdict }) => (verdict === null ? [] : [verdict]));
      if (verdicts.length !== places.length) continue;
      const answers = kept.map(({ answer }) => answer);
      const last = kept.at(-1);
      histories.push({
        task: leaf.task,
        docId,
        label: last?.label ?? '',
        verdicts,
        answers,
        margin: last?.margin ?? null,
      });
    }
  }
  return histories;
}

/** What of an answer is kept: with 27 checkpoints and 14,000 documents, not the prompts. */
interface Kept {
  readonly label: string;
  readonly verdict: boolean | null;
  readonly answer: string;
  readonly margin: number | null;
}

function keep(
  { question, answer }: AnsweredQuestion,
  { metric }: QuestionTask['leaves'][number],
  isLast: boolean,
): Kept {
  const chosen = chosenOption(answer.nats, question.options, metric);
  return {
    label: isLast ? question.label : '',
    verdict: answer.verdict,
    answer: answer.text ?? String(chosen),
    margin: isLast ? marginOf(answer, question.gold) : null,
  };
}

export function fateOf(verdicts: readonly boolean[]): Fate {
  const [first, last] = [verdicts[0], verdicts.at(-1)];
  if (verdicts.every(Boolean)) return 'always';
  if (!verdicts.some(Boolean)) return 'never';
  if (first === last) return 'wavering';
  return last === true ? 'learned' : 'forgotten';
}

/** @throws RangeError for no documents: a share of nothing is no number */
export function questionStats(histories: readonly History[], places: readonly Place[]): QuestionStats {
  if (histories.length === 0 || places.length === 0) throw new RangeError('statistics of no documents');
  const count = (keeps: (history: History) => boolean): number => histories.filter(keeps).length;
  const grouped = Map.groupBy(histories, ({ verdicts }) => fateOf(verdicts));
  return {
    documents: histories.length,
    steps: places.map((place, at) => ({
      place,
      right: count(({ verdicts }) => verdicts[at] === true),
      change:
        at === 0
          ? null
          : {
              learned: count(({ verdicts }) => verdicts[at - 1] === false && verdicts[at] === true),
              forgotten: count(({ verdicts }) => verdicts[at - 1] === true && verdicts[at] === false),
              sameAnswer: count(({ answers }) => answers[at - 1] === answers[at]),
            },
    })),
    fates: new Map(FATES.map((fate) => [fate, grouped.get(fate) ?? []])),
    hardest: [...histories].sort(
      (a, b) => rightOf(a) - rightOf(b) || (a.margin ?? 0) - (b.margin ?? 0) || a.docId - b.docId,
    ),
    byTask: [...Map.groupBy(histories, ({ task }) => task)].map(([task, own]) => ({
      task,
      documents: own.length,
      first: own.filter(({ verdicts }) => verdicts[0]).length,
      last: own.filter(({ verdicts }) => verdicts.at(-1)).length,
    })),
  };
}

export function rightOf({ verdicts }: History): number {
  return verdicts.filter(Boolean).length;
}
