/** The stage `pack`: a corpus in a model's tokens. */
import { digestValue } from '@evalgraph/formats';
import type { PackStage } from '@evalgraph/spec';
import { readingRules } from '@evalgraph/tokenizer/reading';
import { count } from '../run/progress.ts';
import { type PreparedStage, type StageContext, stageLabel } from './context.ts';
import { packProgress } from './progress.ts';
import { findMade, findTokenizer } from './weights.ts';

export async function preparePack(stage: PackStage, context: StageContext): Promise<PreparedStage> {
  const { openPackTokenizer, PACK_VERSION, packCorpus, readCorpusIndex, readPackIndex } = await import(
    '@evalgraph/pretrain'
  );
  const corpus = await findMade({ kind: 'corpus', name: stage.corpus }, context);
  const tokenizer = await findTokenizer(stage.tokenizer, context);
  const opened = await openPackTokenizer(tokenizer.folder);
  const reading = await readingRules(tokenizer.folder);
  const { sequenceLength, shardSequences } = stage;
  const config = {
    sequenceLength,
    shardSequences,
    vocabularySize: opened.vocabularySize,
    bos: stage.bos ? opened.bos : null,
    eos: stage.eos ? opened.eos : null,
    lossWeights: stage.lossWeights,
  };
  return {
    keyParts: {
      stage: 'pack',
      version: PACK_VERSION,
      config: { ...config, lossWeights: config.lossWeights.map((rule) => ({ ...rule })) },
      corpus: corpus.digest,
      tokenizer: tokenizer.digest,
      // Packs of ordinary tokenizers keep their keys.
      ...(reading.length === 0 ? {} : { reading }),
    },
    isResumable: false,
    make: async (folder) => {
      const label = stageLabel(stage);
      const { shards } = await readCorpusIndex(corpus.folder);
      const documents = shards.reduce((sum, shard) => sum + shard.documents, 0);
      const { counts, sequences } = await packCorpus(config, {
        corpus: corpus.folder,
        output: folder,
        encode: opened.encode,
        tokenizer: tokenizer.digest,
        onProgress: packProgress(label, documents, context.note),
      });
      context.note(
        `${label}: ${count(counts.packed)} tokens in ${count(sequences)} sequences of ${count(sequenceLength)}`,
      );
      return true;
    },
    digest: async (folder) => {
      const { dtype, shards, lossWeights } = await readPackIndex(folder);
      const tokens = { dtype, sequenceLength, shards: shards.map(({ sha256 }) => sha256) };
      if (lossWeights === undefined) return digestValue(tokens);
      return digestValue({
        ...tokens,
        lossWeights: [...lossWeights],
        weights: shards.map(({ weights }) => weights?.sha256 ?? ''),
      });
    },
  };
}
