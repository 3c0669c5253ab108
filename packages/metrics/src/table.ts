/**
 * The metrics, each in one place. To add one, add an entry here: what is known of it, and how it is computed. The order is
 * the one of lm-eval's keys in a samples row.
 */
import { PyFloat } from '@evalgraph/formats';
import { PyTuple } from '@evalgraph/templates';
import { argmax, type ChoiceMeasures, isRight, softmax } from './choices.ts';
import { countBytes, countCharacters, countWords } from './counts.ts';
import { exactMatch } from './exact-match.ts';
import type { Metric } from './metric.ts';

const SCORE: Metric = {
  label: '',
  unit: 'fraction',
  higherIsBetter: true,
  isGuessable: false,
  isDocumentMean: false,
  comparedRank: null,
  headlineRank: null,
  computed: {},
  aggregation: 'mean',
  isDefaultOf: [],
};
const ACCURACY: Metric = { ...SCORE, isGuessable: true, isDocumentMean: true };
const PERPLEXITY: Metric = { ...SCORE, unit: 'perplexity', higherIsBetter: false };
/** Neither a fraction nor a perplexity. */
const OTHER: Metric = { ...SCORE, unit: 'other' };

/** The preferred choice by the log-likelihood per unit of size. */
const preferredPer = (doc: ChoiceMeasures, sizes: readonly number[]): PyFloat =>
  isRight(
    doc,
    doc.likelihoods.map((value, index) => value / (sizes[index] ?? Number.NaN)),
  );
const labels = ({ gold, likelihoods }: ChoiceMeasures): PyTuple => new PyTuple([gold, argmax(likelihoods)]);

const ENTRIES = {
  perplexity: {
    ...PERPLEXITY,
    computed: { loglikelihood: ({ logLikelihood }) => new PyFloat(logLikelihood) },
    aggregation: 'perplexity',
    isDefaultOf: ['loglikelihood'],
  },
  acc: {
    ...ACCURACY,
    comparedRank: 1,
    headlineRank: 3,
    computed: {
      multiple_choice: (doc) => isRight(doc, doc.likelihoods),
      loglikelihood: ({ isGreedy }) => (isGreedy ? 1 : 0),
    },
    isDefaultOf: ['multiple_choice', 'loglikelihood'],
  },
  f1: {
    ...SCORE,
    label: 'F1',
    comparedRank: 5,
    headlineRank: 5,
    computed: { multiple_choice: labels },
    aggregation: 'f1',
  },
  mcc: { ...OTHER, computed: { multiple_choice: labels }, aggregation: 'matthews_corrcoef' },
  acc_norm: {
    ...ACCURACY,
    comparedRank: 2,
    headlineRank: 2,
    computed: { multiple_choice: (doc) => preferredPer(doc, doc.choices.map(countCharacters)) },
    isDefaultOf: ['multiple_choice'],
  },
  acc_bytes: {
    ...ACCURACY,
    computed: { multiple_choice: (doc) => preferredPer(doc, doc.choices.map(countBytes)) },
  },
  // lm-eval has no such metric; published texts mean it by "length-normalised per token".
  acc_per_token: {
    ...ACCURACY,
    computed: {
      multiple_choice: (doc) =>
        preferredPer(
          doc,
          doc.given.map(({ tokens }) => tokens),
        ),
    },
  },
  exact_match: {
    ...SCORE,
    label: 'EM',
    isDocumentMean: true,
    comparedRank: 3,
    headlineRank: 4,
    computed: {
      multiple_choice: ({ golds, given }) =>
        golds.some((index) => given.at(index)?.isGreedy === true) ? 1 : 0,
      generate_until: (options, predicted, golds) =>
        golds.some((gold) => exactMatch(options, predicted, gold)),
    },
    isDefaultOf: ['generate_until'],
  },
  brier_score: {
    ...OTHER,
    higherIsBetter: false,
    computed: {
      multiple_choice: ({ gold, likelihoods }) =>
        new PyTuple([gold, softmax(likelihoods).map((probability) => new PyFloat(probability))]),
    },
    aggregation: 'brier_score',
  },
  acc_mutual_info: {
    ...SCORE,
    isDocumentMean: true,
    computed: {
      multiple_choice: (doc) =>
        isRight(
          doc,
          doc.likelihoods.map((value, index) => value - (doc.bare[index]?.logLikelihood ?? Number.NaN)),
        ),
    },
  },
  word_perplexity: {
    ...PERPLEXITY,
    label: 'word perplexity',
    comparedRank: 8,
    headlineRank: 1,
    computed: {
      loglikelihood_rolling: (logLikelihood, text) => new PyTuple([logLikelihood, countWords(text)]),
    },
    aggregation: 'weighted_perplexity',
    isDefaultOf: ['loglikelihood_rolling'],
  },
  byte_perplexity: {
    ...PERPLEXITY,
    computed: {
      loglikelihood_rolling: (logLikelihood, text) => new PyTuple([logLikelihood, countBytes(text)]),
    },
    aggregation: 'weighted_perplexity',
    isDefaultOf: ['loglikelihood_rolling'],
  },
  bits_per_byte: {
    ...OTHER,
    higherIsBetter: false,
    computed: {
      loglikelihood_rolling: (logLikelihood, text) => new PyTuple([logLikelihood, countBytes(text)]),
    },
    aggregation: 'bits_per_byte',
    isDefaultOf: ['loglikelihood_rolling'],
  },
  // Functions of tasks compute the following.
  exact: { ...SCORE, label: 'EM', isDocumentMean: true, comparedRank: 4 },
  HasAns_exact: { ...SCORE, label: 'EM, answerable only', isDocumentMean: true, comparedRank: 6 },
  HasAns_f1: { ...SCORE, label: 'F1, answerable only', comparedRank: 7 },
  NoAns_exact: SCORE,
  NoAns_f1: SCORE,
  best_exact: SCORE,
  best_f1: SCORE,
  mc1: SCORE,
  mc2: SCORE,
} satisfies Readonly<Record<string, Metric>>;

export const METRICS: ReadonlyMap<string, Metric> = new Map<string, Metric>(
  Object.entries<Metric>(ENTRIES).map(([name, metric]) => [
    name,
    { ...metric, label: metric.label === '' ? name : metric.label },
  ]),
);

/** Metrics of lm-eval that are not computed here. */
export const ONLY_IN_LM_EVAL: readonly string[] = [
  'bleu',
  'chrf',
  'chrf++',
  'ter',
  'acc_all',
  'bypass',
  'likelihood',
];
