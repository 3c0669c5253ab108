/** The problems that this package reports. */
import { defineMessages, firstOf } from '@evalgraph/formats';

/** How many offending documents a message names before it counts the rest. */
const NAMED_DOCUMENTS = 5;

const listed = (documents: readonly number[]): string =>
  documents.length === 0
    ? 'none'
    : `${documents.length === 1 ? 'document' : 'documents'} ${firstOf(documents, NAMED_DOCUMENTS)}`;

export const messages = defineMessages({
  wrongWindowCount: (expected: number, found: number) => ({
    message: `${found} log-probabilities were given for ${expected} windows.`,
    remedy: 'Score every window once, in order.',
  }),
  badLogProbability: (window: number, value: number) => ({
    message: `The log-probability of window ${window} is ${value}; it must be finite and at most 0.`,
    remedy: 'Look for a broken weight file, or for an overflow in float16: try dtype fp32.',
  }),
  infinitePerplexity: (meanNllNats: number, unit: 'token' | 'word' | 'byte' = 'token') => ({
    message: `The mean negative log-likelihood is ${meanNllNats} nats a ${unit}: its exponential is no number.`,
    remedy:
      unit === 'word'
        ? 'The text has few white spaces to count words by, or a weight file is broken: take a protocol by tokens, or bits_per_byte of a task.'
        : 'Look for a broken weight file.',
  }),
  nothingToDivideBy: (unit: 'word' | 'byte') => ({
    message: `The text has no ${unit}: a perplexity a ${unit} is not defined.`,
    remedy: 'Check the corpus: its file, its column and its split.',
  }),
  badWindow: (seqlen: number) => ({
    message: `The window's length is ${seqlen} tokens.`,
    remedy: "Take a whole number from 2 to the model's maximum length.",
  }),
  badStride: (stride: number, seqlen: number) => ({
    message: `The stride is ${stride}, with windows of ${seqlen} tokens.`,
    remedy: `Take a whole number from 1 to ${seqlen}: a longer one would leave tokens out.`,
  }),
  badNsamples: (nsamples: number) => ({
    message: `nsamples is ${nsamples}.`,
    remedy: 'Take a whole number from 1, or leave it out for the whole text.',
  }),
  emptyCorpus: (form: string) => ({
    message: `The corpus has no text in the form '${form}'.`,
    remedy: 'Check the file and the name of its column of text.',
  }),
  documentsNotApart: (form: string) => ({
    message: `The text '${form}' is one text; it cannot be scored document by document.`,
    remedy: "Take the text 'pages'.",
  }),
  textTooShort: (tokens: number, seqlen: number) => ({
    message: `The text has ${tokens} tokens: no window of ${seqlen} tokens has a target in it.`,
    remedy: 'Take a smaller seqlen or a longer text.',
  }),
  divisorNeedsAllTokens: (divisor: string, unscored: number) => ({
    message: `A perplexity by ${divisor} is asked for, but ${unscored} tokens of the text are not scored.`,
    remedy: "Take the protocol lm-eval, which scores every token, or the divisor 'tokens'.",
  }),
  wrongTargetCount: (window: number, expected: number, found: number) => ({
    message: `${found} log-probabilities were given for the ${expected} targets of window ${window}.`,
    remedy: 'Answer every request with one log-probability for each token of its continuation.',
  }),
  reconciliationIncomplete: (model: string, expected: number, found: number) => ({
    message: `${model}: ${found} of ${expected} perplexities are there, or one of them is no positive number.`,
    remedy: 'Measure every step of the path for every model.',
  }),
  nonFiniteLogit: (position: number, token: number, value: number) => ({
    message: `Position ${position}: the logit of token ${token} is ${value}.`,
    remedy: 'Look for a broken weight file, or for an overflow in float16: try dtype fp32.',
  }),
  rowLength: (position: number, expected: number, found: number) => ({
    message: `Position ${position}: a row of ${found} values, where the vocabulary has ${expected} tokens.`,
    remedy: 'Compare two models of the same vocabulary: over another one a divergence is not defined.',
  }),
  vocabularyDiffers: (what: string, dense: string, pruned: string) => ({
    message: `The ${what} is ${dense} for the dense model and ${pruned} for the pruned one.`,
    remedy: 'Compare two models of the same tokenizer and vocabulary: a divergence is a sum over its tokens.',
  }),
  badTarget: (position: number, target: number, vocabulary: number) => ({
    message: `Position ${position}: the next token is ${target}, where the vocabulary has ${vocabulary} tokens.`,
    remedy: "Check that the text was tokenised with the models' own tokenizer.",
  }),
  tooManyPositions: (limit: number) => ({
    message: `The text has more than ${limit} positions.`,
    remedy: 'Take fewer windows (nsamples).',
  }),
  noPositions: () => ({
    message: 'There is no position to compare; the mean of nothing is no number.',
    remedy: 'Take a text that fills at least one window.',
  }),
  matrixLength: (name: string, expected: number, found: number) => ({
    message: `${name} should hold ${expected} elements by its shape; ${found} were read.`,
    remedy: 'The weight file is damaged: fetch it again, then lock again.',
  }),
  nonFiniteWeight: (name: string) => ({
    message: `${name} holds a value that is not finite.`,
    remedy: 'The weight file is damaged, or the pruning went wrong: its sparsity would mean nothing.',
  }),
  noLinearMatrices: (matrices: number) => ({
    message: `None of the ${matrices} tensors is a matrix of a linear layer.`,
    remedy: 'Check that the folder holds a language model in safetensors files.',
  }),
  unpairedDocuments: (
    task: string,
    filter: string,
    onlyDense: readonly number[],
    onlyPruned: readonly number[],
  ) => ({
    message:
      `${task} (${filter}): the two models did not answer the same documents: ` +
      `${listed(onlyDense)} only by the dense one, ${listed(onlyPruned)} only by the pruned one.`,
    remedy: 'Evaluate both with the same limit and the same data, then compare again.',
  }),
  documentsDiffer: (task: string, filter: string, what: string, documents: readonly number[]) => ({
    message: `${task} (${filter}): the ${what} of ${listed(documents)} differs between the two models.`,
    remedy: 'Evaluate both with the same data, prompts and shots, then compare again.',
  }),
  duplicateDocument: (task: string, filter: string, side: string, document: number) => ({
    message: `${task} (${filter}): document ${document} stands twice in the ${side} model's samples.`,
    remedy: 'Evaluate that cell again.',
  }),
  scoreMissing: (task: string, metric: string, documents: readonly number[]) => ({
    message: `${task}: ${metric} is missing or no number for ${listed(documents)}, but not for all.`,
    remedy: 'Evaluate that cell again.',
  }),
  samplesMissing: (task: string, side: string) => ({
    message: `The ${side} model has no samples of ${task}.`,
    remedy: 'Evaluate that cell again: a comparison needs the samples of every task.',
  }),
  scoresContradict: (task: string, metric: string, side: string, result: number, mean: number) => ({
    message: `${task}: the ${side} model's ${metric} is ${result} in results.json, but its samples give ${mean}.`,
    remedy: 'The two files are not of one run: evaluate that cell again.',
  }),
  cellMissing: (task: string, side: string) => ({
    message: `The ${side} model has no result of ${task}.`,
    remedy: 'Evaluate it first; a comparison never leaves a task out.',
  }),
  wrongCheckpoint: (task: string, side: string, expected: string, found: string) => ({
    message: `The ${side} model's result of ${task} is of checkpoint ${found}, not ${expected}.`,
    remedy: 'Evaluate that cell again.',
  }),
  settingsDiffer: (task: string, what: string, dense: string, pruned: string) => ({
    message: `${task}: ${what} is ${dense} for the dense model and ${pruned} for the pruned one.`,
    remedy: 'Evaluate both in the same way: a difference would not be the pruning alone.',
  }),
  metricMissing: (task: string, metric: string, side: string) => ({
    message: `The ${side} model's result of ${task} has no finite ${metric}.`,
    remedy: 'Evaluate that cell again.',
  }),
  noMetricToCompare: (task: string, found: readonly string[]) => ({
    message: `${task} has no metric that can be compared; its results hold ${found.join(', ') || 'nothing'}.`,
    remedy: 'Give the task a metric, or leave it out of the comparison.',
  }),
  perplexityMissing: (label: string, side: string) => ({
    message: `Perplexity by ${label} was measured for one model only; the ${side} one has none.`,
    remedy: 'Measure it for both.',
  }),
  perplexityDiffers: (label: string, what: string, dense: string, pruned: string) => {
    const reason =
      what === 'tokenizer'
        ? 'a token is not the same piece of text in both, so perplexities a token cannot be compared'
        : 'perplexity depends on it, so the difference would not be the pruning alone';
    return {
      message: `Perplexity by ${label}: ${what} is ${dense} for the dense model and ${pruned} for the pruned one; ${reason}.`,
      remedy: 'Measure both with the same protocol, text, seqlen and tokenizer.',
    };
  },
  stepMissing: (side: string, checkpoint: string) => ({
    message: `The ${side} model's checkpoint ${checkpoint} has no training step.`,
    remedy: 'Compare series by step: give every checkpoint one in the pipeline.',
  }),
  duplicateStep: (side: string, step: number) => ({
    message: `The ${side} series has two checkpoints at step ${step}.`,
    remedy: 'Name one checkpoint for each step.',
  }),
  noCommonStep: (dense: readonly number[], pruned: readonly number[]) => ({
    message: `The series have no step in common: ${dense.join(', ') || 'none'} against ${pruned.join(', ') || 'none'}.`,
    remedy: 'Evaluate both at the same steps.',
  }),
  nothingMeasured: (what: string) => ({
    message: `${what}: there is no document to compare; the mean of nothing is no number.`,
    remedy: 'Evaluate at least one document.',
  }),
});
