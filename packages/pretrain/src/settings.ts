/**
 * The settings of every stage, without the stages: for whoever reads a declaration and starts nothing. Loads no language
 * model, no parquet and no tokenizer.
 */

export type { CorpusConfig, DeclaredSource, SourceConfig } from './corpus/config.ts';
export {
  corpusFields,
  outputFields,
  parseCorpusConfig,
  repeatedSources,
  settingProblem,
  sourceFields,
  sourceProblems,
  wholeCorpus,
} from './corpus/config.ts';
export type { CleaningStep, DeclaredStep } from './corpus/step-config.ts';
export { cleaningStep, stepProblems } from './corpus/step-config.ts';
export type { Depth } from './init/layers.ts';
export type { Residual } from './init/settings.ts';
export { initFields } from './init/settings.ts';
export type { InitDtype } from './init/values.ts';
export { lossWeightMistakes } from './pack/loss-weights.ts';
export type { LossWeight } from './pack/settings.ts';
export { lossWeight, packFields } from './pack/settings.ts';
export type { Calibration, PruneImportance, PrunePattern, PruneSettings } from './prune/settings.ts';
export { patternMistakes, pruneFields } from './prune/settings.ts';
export type { Drawing, PromptedSample, SampleSettings } from './sample/plan.ts';
export { planPrompts, SAMPLE_VERSION, sampleProblems } from './sample/plan.ts';
export { sampleFields } from './sample/settings.ts';
export type { TrainInput, Training, TrainSettings } from './train/settings.ts';
export {
  checkpointName,
  savedSteps,
  TRAIN_VERSION,
  trainingFields,
  trainingMistakes,
  trainSettings,
} from './train/settings.ts';
