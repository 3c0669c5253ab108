export type { ComparisonInput, ComparisonSide } from './compare.ts';
export { sharedContexts } from './contexts.ts';
export type { DetailedComparison, DetailInput } from './detail.ts';
export { compareAll } from './detail.ts';
export type { DivergenceAccumulator, DivergencePositions, Vocabulary } from './divergence/accumulate.ts';
export { accumulateDivergence, checkVocabulary, MAX_POSITIONS } from './divergence/accumulate.ts';
export type { DivergentPosition } from './divergence/summary.ts';
export { divergentAt, mostDivergent, summariseDivergence } from './divergence/summary.ts';
export type { DocumentRow } from './documents.ts';
export type { ModelPaths, ModelResults } from './outputs.ts';
export { comparisonFiles, modelResults } from './outputs.ts';
export type { Corpus, CorpusText, Page } from './protocols/corpus.ts';
export { corpusTexts, countBytes, countWords } from './protocols/corpus.ts';
export type { PerplexityDifference, ProtocolFigure } from './protocols/figure.ts';
export { perplexityDifference, perplexityFigure } from './protocols/figure.ts';
export type { Protocol, ProtocolName, ProtocolOptions } from './protocols/named.ts';
export {
  gptqRecipe,
  hfStridedRecipe,
  llamaCppRecipe,
  lmEvalRecipe,
  PROTOCOLS,
  PROTOCOLS_VERSION,
  protocol,
  wandaRecipe,
} from './protocols/named.ts';
export type { PerplexityRatio } from './protocols/ratio.ts';
export { perplexityRatio, ratioInterval } from './protocols/ratio.ts';
export type {
  Averaging,
  BosRule,
  Divisor,
  Documents,
  Recipe,
  Scored,
  Tail,
  TextPreparation,
  Windowing,
} from './protocols/recipe.ts';
export { windowingText } from './protocols/recipe.ts';
export type {
  Factor,
  ModelAlongPath,
  ReconciliationStep,
} from './protocols/reconcile.ts';
export { reconcile, reconciliationPath } from './protocols/reconcile.ts';
export type { SharedRequests, WindowPlace } from './protocols/requests.ts';
export { shareWindows, windowSums } from './protocols/requests.ts';
export type { ScoredWindow, TokenStream, WindowOptions, WindowPlan } from './protocols/windows.ts';
export { planWindows, windowTokens } from './protocols/windows.ts';
export { kendall, spearman } from './series/rank.ts';
export type { RankedStep, RankingConsistency } from './series/ranking.ts';
export { rankingConsistency } from './series/ranking.ts';
export type { ScorePoint, SeriesOptions, SeriesStatistics } from './series/statistics.ts';
export { SERIES_DEFAULTS, seriesStatistics, signalToNoise } from './series/statistics.ts';
export type { SeriesComparisonInput, StepsBesides } from './series-comparison.ts';
export { compareSeries } from './series-comparison.ts';
export type { BlockPattern, HeatMap, Tier } from './sparsity/blocks.ts';
export type { LinePattern } from './sparsity/lines.ts';
export type { NOfM } from './sparsity/n-of-m.ts';
export type {
  MatrixSparsity,
  ProfileOptions,
  SharedPattern,
  SparsityProfile,
  WeightTensor,
} from './sparsity/profile.ts';
export { profileSparsity, summaryOf } from './sparsity/profile.ts';
export { ANALYSIS_DEFAULTS, analysePaired } from './statistics/analyse.ts';
export type { FlipDocument } from './statistics/flips.ts';
export { flipsOf } from './statistics/flips.ts';
export { holm } from './statistics/holm.ts';
export { mcnemarExactP } from './statistics/mcnemar.ts';
export type { PairedStratum } from './statistics/moments.ts';
export type { PairedDifference, Stratum } from './statistics/paired-difference.ts';
export { pairedDifference } from './statistics/paired-difference.ts';
export type { VerdictRules } from './statistics/verdict.ts';
