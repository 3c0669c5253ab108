/**
 * squadv2/task.py: a task class with two requests a document (the answer, and the log-likelihood of
 * " unanswerable"), scored by the official SQuAD 2.0 script's eight numbers, in percent.
 */
import { PyFloat } from '@evalgraph/formats';
import {
  compileRegex,
  type Dict,
  isDict,
  PyTuple,
  PythonError,
  split,
  type Value,
} from '@evalgraph/templates';
import { DEFAULT_MAX_GEN_TOKS } from '../requests.ts';
import { dict, text, texts } from './doc.ts';
import type { Port, TaskClass } from './port.ts';

const METRICS = [
  'exact',
  'f1',
  'HasAns_exact',
  'HasAns_f1',
  'NoAns_exact',
  'NoAns_f1',
  'best_exact',
  'best_f1',
];
const PUNCTUATION = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g;

/** Lower case, no ASCII punctuation, no articles, single spaces. */
function normalize(answer: string): string {
  const bare = answer.toLowerCase().replace(PUNCTUATION, '');
  return split(compileRegex('\\b(a|an|the)\\b').sub(' ', bare), null).join(' ');
}

function tokens(answer: string): readonly string[] {
  return answer === '' ? [] : split(normalize(answer), null);
}

function f1Score(gold: string, predicted: string): number {
  const goldTokens = tokens(gold);
  const predictedTokens = tokens(predicted);
  if (goldTokens.length === 0 || predictedTokens.length === 0) {
    return goldTokens.length === predictedTokens.length ? 1 : 0;
  }
  const counts = new Map<string, number>();
  for (const token of goldTokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  let same = 0;
  for (const token of predictedTokens) {
    const left = counts.get(token) ?? 0;
    if (left > 0) same += 1;
    counts.set(token, left - 1);
  }
  if (same === 0) return 0;
  const precision = same / predictedTokens.length;
  const recall = same / goldTokens.length;
  return (2 * precision * recall) / (precision + recall);
}

interface Scored {
  readonly exact: number;
  readonly f1: number;
  readonly hasAnswer: boolean;
  readonly predicted: string;
  readonly noAnswerProbability: number;
}

function scoreItem(item: Value): readonly [string, Scored] {
  if (!(item instanceof PyTuple)) throw new PythonError('TypeError', 'squad items are pairs');
  const [prediction, reference] = item.items;
  if (!isDict(prediction) || !isDict(reference))
    throw new PythonError('TypeError', 'squad items are pairs of dicts');
  const answers = texts(dict(reference, 'answers'), 'text');
  const predicted = text(prediction, 'prediction_text');
  const probability = prediction.get('no_answer_probability');
  const named = answers.filter((answer) => normalize(answer) !== '');
  const golds = named.length === 0 ? [''] : named;
  return [
    text(prediction, 'id'),
    {
      exact: Math.max(...golds.map((gold) => (normalize(gold) === normalize(predicted) ? 1 : 0))),
      f1: Math.max(...golds.map((gold) => f1Score(gold, predicted))),
      hasAnswer: answers.length > 0,
      predicted,
      // The metric's table holds it as float32, which decides the order of near ties.
      noAnswerProbability: Math.fround(probability instanceof PyFloat ? probability.value : Number.NaN),
    },
  ];
}

function percentage(scores: readonly number[]): number | null {
  return scores.length === 0 ? null : (100 * scores.reduce((sum, score) => sum + score, 0)) / scores.length;
}

/** The best score over every threshold on the no-answer probability. */
function best(rows: readonly Scored[], score: (row: Scored) => number): number {
  let current = rows.filter((row) => !row.hasAnswer).length;
  let highest = current;
  for (const row of rows.toSorted((a, b) => a.noAnswerProbability - b.noAnswerProbability)) {
    if (row.hasAnswer) current += score(row);
    else if (row.predicted !== '') current -= 1;
    highest = Math.max(highest, current);
  }
  return (100 * highest) / rows.length;
}

function aggregate(metric: string, items: readonly Value[]): number | null {
  // A question's id that stands twice counts once, with its last answer, as in the official script.
  const rows = [...new Map(items.map(scoreItem)).values()];
  const score = (row: Scored): number => (metric.endsWith('exact') ? row.exact : row.f1);
  if (metric.startsWith('best_')) return rows.length === 0 ? null : best(rows, score);
  const kept = metric.startsWith('HasAns_')
    ? rows.filter((row) => row.hasAnswer)
    : metric.startsWith('NoAns_')
      ? rows.filter((row) => !row.hasAnswer)
      : rows;
  return percentage(kept.map(score));
}

function processResults(doc: Dict, results: readonly Value[]): ReadonlyMap<string, Value> {
  const [answer, unanswerable] = results;
  const logLikelihood = unanswerable instanceof PyTuple ? unanswerable.items[0] : null;
  if (typeof answer !== 'string' || !(logLikelihood instanceof PyFloat)) {
    throw new PythonError('TypeError', 'squadv2 needs a generated text and a log-likelihood');
  }
  const id = text(doc, 'id');
  const predictions = new Map<string, Value>([
    ['id', id],
    ['prediction_text', answer],
    ['no_answer_probability', new PyFloat(Math.exp(logLikelihood.value))],
  ]);
  const references = new Map<string, Value>([
    ['id', id],
    ['answers', dict(doc, 'answers')],
  ]);
  return new Map(METRICS.map((metric) => [metric, new PyTuple([predictions, references])]));
}

function documentScores(results: ReadonlyMap<string, Value>): Readonly<Record<string, number | null>> {
  const [, { exact, f1, hasAnswer }] = scoreItem(results.get('exact') ?? null);
  return {
    exact,
    f1,
    HasAns_exact: hasAnswer ? exact : null,
    HasAns_f1: hasAnswer ? f1 : null,
    NoAns_exact: hasAnswer ? null : exact,
    NoAns_f1: hasAnswer ? null : f1,
  };
}

const squadV2: TaskClass = {
  version: 3,
  trainingSplit: 'train',
  validationSplit: 'validation',
  text: (doc) =>
    `Title: ${text(doc, 'title')}\n\nBackground: ${text(doc, 'context')}\n\nQuestion: ${text(doc, 'question')}\n\nAnswer:`,
  target: (doc) => ` ${texts(dict(doc, 'answers'), 'text')[0] ?? 'unanswerable'}`,
  requests: (_, context) => [
    { kind: 'generate', context, until: ['\n'], maxGenToks: DEFAULT_MAX_GEN_TOKS },
    { kind: 'loglikelihood', context, continuation: ' unanswerable' },
  ],
  generationJson: '{"until": ["\\n"]}',
  processResults,
  documentScores,
  aggregate,
  higherIsBetter: Object.fromEntries(METRICS.map((metric) => [metric, true])),
};

export const squadv2Ports: readonly Port[] = [
  {
    role: 'class',
    name: 'squadv2/task.SQuAD2',
    version: 1,
    task: squadV2,
  },
];
