/**
 * Two models over the same windows of tokens, row beside row: both engines yield chunks of equal length, so at most two
 * chunks of distributions are held. What is kept of a position is what `accumulateDivergence` keeps.
 */
import { type Engine, openEngine, readModelConfig } from '@evalgraph/engine';
import {
  accumulateDivergence,
  checkVocabulary,
  type DivergencePositions,
  type Vocabulary,
} from '@evalgraph/ppl-compare';
import type { DivergenceWindow, WindowDivergence, WorkerSetup } from './protocol.ts';

/** @throws UserError vocabulary-differs, before any weight is read. */
export async function checkModels(
  dense: { readonly folder: string; readonly tokenizerDigest: string },
  pruned: { readonly folder: string; readonly tokenizerDigest: string },
): Promise<void> {
  const vocabularyOf = async (model: typeof dense): Promise<Vocabulary> => ({
    size: (await readModelConfig(model.folder)).vocabSize,
    tokenizerDigest: model.tokenizerDigest,
  });
  checkVocabulary(await vocabularyOf(dense), await vocabularyOf(pruned));
}

/** Runs in the worker. @param onWindow called after each window, in order */
export async function divergeWindows(
  pruned: Engine,
  dense: WorkerSetup,
  windows: readonly DivergenceWindow[],
  onWindow: (window: WindowDivergence) => void,
): Promise<void> {
  const base = await openEngine(dense.folder, { threads: dense.threads });
  try {
    for (const window of windows) {
      onWindow({ index: window.index, positions: await divergeWindow(base, pruned, window) });
    }
  } finally {
    await base.close();
  }
}

async function divergeWindow(
  dense: Engine,
  pruned: Engine,
  { index, tokens }: DivergenceWindow,
): Promise<DivergencePositions> {
  const { vocabSize } = dense.config;
  const accumulator = accumulateDivergence(vocabSize);
  // The last token is a target only: nothing follows it.
  const seen = tokens.slice(0, -1);
  const others = pruned.distributions(seen);
  for await (const { from, rows, logProbs } of dense.distributions(seen)) {
    const { value: other } = await others.next();
    if (other === undefined || other.from !== from || other.rows !== rows) {
      throw new Error('two models of one vocabulary came in chunks of different lengths');
    }
    for (let row = 0; row < rows; row += 1) {
      const at = row * vocabSize;
      accumulator.add(
        logProbs.subarray(at, at + vocabSize),
        other.logProbs.subarray(at, at + vocabSize),
        tokens[from + row + 1] ?? -1,
        index,
      );
    }
  }
  return accumulator.positions();
}
