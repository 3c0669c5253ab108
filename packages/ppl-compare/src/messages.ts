/** Every problem that this package reports. Texts stand here only; tests compare with these functions. */
import type { Problem } from '@evalgraph/formats';

/** How many offending documents a message names before it counts the rest. */
const NAMED_DOCUMENTS = 5;

export function badSeqlen(seqlen: number, tokens: number): Problem {
  return {
    code: 'bad-seqlen',
    message: `seqlen is ${seqlen}, and the text has ${tokens} tokens.`,
    remedy:
      tokens < 2
        ? 'Take a text of at least 2 tokens: the first one of a window is never scored.'
        : `Take a whole number from 2 to ${tokens}: at least one full window must fit.`,
  };
}

export function wrongWindowCount(expected: number, found: number): Problem {
  return {
    code: 'wrong-window-count',
    message: `${found} log-probabilities were given for ${expected} windows.`,
    remedy: 'Score every window once, in order.',
  };
}

export function badWindowLogProb(window: number, value: number): Problem {
  return {
    code: 'bad-log-probability',
    message: `The log-probability of window ${window} is ${value}; it must be finite and at most 0.`,
    remedy: 'Look for a broken weight file, or for an overflow in float16: try dtype fp32.',
  };
}

export function infinitePerplexity(meanNllNats: number, unit: 'token' | 'word' | 'byte' = 'token'): Problem {
  return {
    code: 'infinite-perplexity',
    message: `The mean negative log-likelihood is ${meanNllNats} nats a ${unit}: its exponential is no number.`,
    remedy:
      unit === 'word'
        ? 'The text has few white spaces to count words by, or a weight file is broken: take a protocol by tokens, or bits_per_byte of a task.'
        : 'Look for a broken weight file.',
  };
}

export function nothingToDivideBy(unit: 'word' | 'byte'): Problem {
  return {
    code: 'nothing-to-divide-by',
    message: `The text has no ${unit}: a perplexity a ${unit} is not defined.`,
    remedy: 'Check the corpus: its file, its column and its split.',
  };
}

export function badWindow(seqlen: number): Problem {
  return {
    code: 'bad-window',
    message: `The window's length is ${seqlen} tokens.`,
    remedy: "Take a whole number from 2 to the model's maximum length.",
  };
}

export function badStride(stride: number, seqlen: number): Problem {
  return {
    code: 'bad-stride',
    message: `The stride is ${stride}, with windows of ${seqlen} tokens.`,
    remedy: `Take a whole number from 1 to ${seqlen}: a longer one would leave tokens out.`,
  };
}

export function badNsamples(nsamples: number): Problem {
  return {
    code: 'bad-nsamples',
    message: `nsamples is ${nsamples}.`,
    remedy: 'Take a whole number from 1, or leave it out for the whole text.',
  };
}

export function emptyCorpus(form: string): Problem {
  return {
    code: 'empty-corpus',
    message: `The corpus has no text in the form '${form}'.`,
    remedy: 'Check the file and the name of its column of text.',
  };
}

export function documentsNotApart(form: string): Problem {
  return {
    code: 'documents-not-apart',
    message: `The text '${form}' is one text; it cannot be scored document by document.`,
    remedy: "Take the text 'pages'.",
  };
}

export function textTooShort(tokens: number, seqlen: number): Problem {
  return {
    code: 'text-too-short',
    message: `The text has ${tokens} tokens: no window of ${seqlen} tokens has a target in it.`,
    remedy: 'Take a smaller seqlen or a longer text.',
  };
}

export function divisorNeedsAllTokens(divisor: string, unscored: number): Problem {
  return {
    code: 'divisor-needs-all-tokens',
    message: `A perplexity by ${divisor} is asked for, but ${unscored} tokens of the text are not scored.`,
    remedy: "Take the protocol lm-eval, which scores every token, or the divisor 'tokens'.",
  };
}

export function wrongTargetCount(window: number, expected: number, found: number): Problem {
  return {
    code: 'wrong-target-count',
    message: `${found} log-probabilities were given for the ${expected} targets of window ${window}.`,
    remedy: 'Answer every request with one log-probability for each token of its continuation.',
  };
}

export function reconciliationIncomplete(model: string, expected: number, found: number): Problem {
  return {
    code: 'reconciliation-incomplete',
    message: `${model}: ${found} of ${expected} perplexities are there, or one of them is no positive number.`,
    remedy: 'Measure every step of the path for every model.',
  };
}

export function notFiniteLogit(position: number, token: number, value: number): Problem {
  return {
    code: 'non-finite-logit',
    message: `Position ${position}: the logit of token ${token} is ${value}.`,
    remedy: 'Look for a broken weight file, or for an overflow in float16: try dtype fp32.',
  };
}

export function rowLength(position: number, expected: number, found: number): Problem {
  return {
    code: 'row-length',
    message: `Position ${position}: a row of ${found} values, where the vocabulary has ${expected} tokens.`,
    remedy: 'Compare two models of the same vocabulary: over another one a divergence is not defined.',
  };
}

export function vocabularyDiffers(what: string, dense: string, pruned: string): Problem {
  return {
    code: 'vocabulary-differs',
    message: `The ${what} is ${dense} for the dense model and ${pruned} for the pruned one.`,
    remedy: 'Compare two models of the same tokenizer and vocabulary: a divergence is a sum over its tokens.',
  };
}

export function badTarget(position: number, target: number, vocabulary: number): Problem {
  return {
    code: 'bad-target',
    message: `Position ${position}: the next token is ${target}, where the vocabulary has ${vocabulary} tokens.`,
    remedy: "Check that the text was tokenised with the models' own tokenizer.",
  };
}

export function tooManyPositions(limit: number): Problem {
  return {
    code: 'too-many-positions',
    message: `The text has more than ${limit} positions.`,
    remedy: 'Take fewer windows (nsamples).',
  };
}

export function noPositions(): Problem {
  return {
    code: 'no-positions',
    message: 'There is no position to compare; the mean of nothing is no number.',
    remedy: 'Take a text that fills at least one window.',
  };
}

export function badBase(name: string, why: string): Problem {
  return {
    code: 'bad-base',
    message: `${name} cannot be read as stored rows of a model: ${why}.`,
    remedy: 'Delete it; the next run writes it again.',
  };
}

export function matrixShort(name: string, expected: number, found: number): Problem {
  return {
    code: 'matrix-length',
    message: `${name} should hold ${expected} elements by its shape; ${found} were read.`,
    remedy: 'The weight file is damaged: fetch it again, then lock again.',
  };
}

export function notFiniteWeight(name: string): Problem {
  return {
    code: 'non-finite-weight',
    message: `${name} holds a value that is not finite.`,
    remedy: 'The weight file is damaged, or the pruning went wrong: its sparsity would mean nothing.',
  };
}

export function noLinearMatrices(matrices: number): Problem {
  return {
    code: 'no-linear-matrices',
    message: `None of the ${matrices} tensors is a matrix of a linear layer.`,
    remedy: 'Check that the folder holds a language model in safetensors files.',
  };
}

export function unpairedDocuments(
  task: string,
  filter: string,
  onlyDense: readonly number[],
  onlyPruned: readonly number[],
): Problem {
  return {
    code: 'unpaired-documents',
    message:
      `${task} (${filter}): the two models did not answer the same documents: ` +
      `${listed(onlyDense)} only by the dense one, ${listed(onlyPruned)} only by the pruned one.`,
    remedy: 'Evaluate both with the same limit and the same data, then compare again.',
  };
}

export function documentsDiffer(
  task: string,
  filter: string,
  what: string,
  documents: readonly number[],
): Problem {
  return {
    code: 'documents-differ',
    message: `${task} (${filter}): the ${what} of ${listed(documents)} differs between the two models.`,
    remedy: 'Evaluate both with the same data, prompts and shots, then compare again.',
  };
}

export function duplicateDocument(task: string, filter: string, side: string, document: number): Problem {
  return {
    code: 'duplicate-document',
    message: `${task} (${filter}): document ${document} stands twice in the ${side} model's samples.`,
    remedy: 'Evaluate that cell again.',
  };
}

export function scorePartlyMissing(task: string, metric: string, documents: readonly number[]): Problem {
  return {
    code: 'score-missing',
    message: `${task}: ${metric} is missing or no number for ${listed(documents)}, but not for all.`,
    remedy: 'Evaluate that cell again.',
  };
}

export function samplesMissing(task: string, side: string): Problem {
  return {
    code: 'samples-missing',
    message: `The ${side} model has no samples of ${task}.`,
    remedy: 'Evaluate that cell again: a comparison needs the samples of every task.',
  };
}

export function scoresContradict(
  task: string,
  metric: string,
  side: string,
  result: number,
  mean: number,
): Problem {
  return {
    code: 'scores-contradict',
    message: `${task}: the ${side} model's ${metric} is ${result} in results.json, but its samples give ${mean}.`,
    remedy: 'The two files are not of one run: evaluate that cell again.',
  };
}

export function cellMissing(task: string, side: string): Problem {
  return {
    code: 'cell-missing',
    message: `The ${side} model has no result of ${task}.`,
    remedy: 'Evaluate it first; a comparison never leaves a task out.',
  };
}

export function wrongCheckpoint(task: string, side: string, expected: string, found: string): Problem {
  return {
    code: 'wrong-checkpoint',
    message: `The ${side} model's result of ${task} is of checkpoint ${found}, not ${expected}.`,
    remedy: 'Evaluate that cell again.',
  };
}

export function settingsDiffer(task: string, what: string, dense: string, pruned: string): Problem {
  return {
    code: 'settings-differ',
    message: `${task}: ${what} is ${dense} for the dense model and ${pruned} for the pruned one.`,
    remedy: 'Evaluate both in the same way: a difference would not be the pruning alone.',
  };
}

export function metricMissing(task: string, metric: string, side: string): Problem {
  return {
    code: 'metric-missing',
    message: `The ${side} model's result of ${task} has no finite ${metric}.`,
    remedy: 'Evaluate that cell again.',
  };
}

export function nothingToCompare(task: string, found: readonly string[]): Problem {
  return {
    code: 'no-metric-to-compare',
    message: `${task} has no metric that can be compared; its results hold ${found.join(', ') || 'nothing'}.`,
    remedy: 'Give the task a metric, or leave it out of the comparison.',
  };
}

export function perplexityUnpaired(label: string, side: string): Problem {
  return {
    code: 'perplexity-missing',
    message: `Perplexity by ${label} was measured for one model only; the ${side} one has none.`,
    remedy: 'Measure it for both.',
  };
}

export function perplexityDiffers(label: string, what: string, dense: string, pruned: string): Problem {
  const reason =
    what === 'tokenizer'
      ? 'a token is not the same piece of text in both, so perplexities a token cannot be compared'
      : 'perplexity depends on it, so the difference would not be the pruning alone';
  return {
    code: 'perplexity-differs',
    message: `Perplexity by ${label}: ${what} is ${dense} for the dense model and ${pruned} for the pruned one; ${reason}.`,
    remedy: 'Measure both with the same protocol, text, seqlen and tokenizer.',
  };
}

export function stepMissing(side: string, checkpoint: string): Problem {
  return {
    code: 'step-missing',
    message: `The ${side} model's checkpoint ${checkpoint} has no training step.`,
    remedy: 'Compare series by step: give every checkpoint one in the pipeline.',
  };
}

export function duplicateStep(side: string, step: number): Problem {
  return {
    code: 'duplicate-step',
    message: `The ${side} series has two checkpoints at step ${step}.`,
    remedy: 'Name one checkpoint for each step.',
  };
}

export function noCommonStep(dense: readonly number[], pruned: readonly number[]): Problem {
  return {
    code: 'no-common-step',
    message: `The series have no step in common: ${dense.join(', ') || 'none'} against ${pruned.join(', ') || 'none'}.`,
    remedy: 'Evaluate both at the same steps.',
  };
}

export function nothingMeasured(what: string): Problem {
  return {
    code: 'nothing-measured',
    message: `${what}: there is no document to compare; the mean of nothing is no number.`,
    remedy: 'Evaluate at least one document.',
  };
}

function listed(documents: readonly number[]): string {
  if (documents.length === 0) return 'none';
  const named = documents.slice(0, NAMED_DOCUMENTS).join(', ');
  const rest = documents.length - NAMED_DOCUMENTS;
  return `document${documents.length === 1 ? '' : 's'} ${named}${rest > 0 ? ` and ${rest} more` : ''}`;
}
