/**
 * The settings of every stage, without the stages: for whoever reads a declaration and starts nothing. Loads no language
 * model, no parquet and no tokenizer.
 */
export type { CorpusConfig, SourceConfig } from './corpus/config.ts';
export { parseCorpusConfig } from './corpus/config.ts';
export type { CleaningStep } from './corpus/step-config.ts';
export type { Residual } from './init/architecture.ts';
export type { Depth } from './init/layers.ts';
export type { InitDtype } from './init/values.ts';
export type { LossWeight } from './pack/loss-weights.ts';
export { lossWeightMistakes, MAX_LOSS_WEIGHTS } from './pack/loss-weights.ts';
export type { PruneImportance, PrunePattern, PruneSettings } from './prune/prune.ts';
export { pruneProblems } from './prune/prune.ts';
export type { Drawing, PromptedSample, SampleSettings } from './sample/plan.ts';
export { planPrompts, SAMPLE_VERSION, sampleProblems } from './sample/plan.ts';
export type { SettingMistake, TrainInput, TrainSettings } from './train/settings.ts';
export {
  checkpointName,
  savedSteps,
  settingMistakes,
  snakeCase,
  TRAIN_VERSION,
  trainSettings,
} from './train/settings.ts';
