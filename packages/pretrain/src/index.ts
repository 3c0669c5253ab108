/** The stages before evaluation: corpus, pack, init, train, prune, sample. */
export type { CorpusCard, SourceRecord, StepRecord } from './corpus/card.ts';
export type { Amount, CorpusConfig, MixConfig, SourceConfig } from './corpus/config.ts';
export { parseCorpusConfig } from './corpus/config.ts';
export type { CorpusKeyParts, InputDigest } from './corpus/key.ts';
export { CORPUS_VERSION, corpusKeyParts, textFilesParts } from './corpus/key.ts';
export { messages as corpusMessages } from './corpus/messages.ts';
export type { CorpusCardRecord, CorpusIndex, TaskOverlap } from './corpus/records.ts';
export { cardRecord } from './corpus/records.ts';
export type { CorpusOptions, CorpusProgress } from './corpus/run.ts';
export { digestInputs, runCorpus } from './corpus/run.ts';
export type { InputFile } from './corpus/sources.ts';
export { listInputs } from './corpus/sources.ts';
export type { CleaningStep } from './corpus/step-config.ts';
export type { InitSettings, InitSummary } from './init/init.ts';
export { INIT_VERSION, initModel, MAX_WEIGHT_FILE_BYTES } from './init/init.ts';
export type { Depth } from './init/layers.ts';
export { sourceLayers } from './init/layers.ts';
export { messages as initMessages } from './init/messages.ts';
export type { Residual } from './init/settings.ts';
export type { InitDtype } from './init/values.ts';
export { messages as packMessages } from './pack/messages.ts';
export type {
  Encode,
  Encoding,
  PackConfig,
  PackKeyParts,
  PackOptions,
} from './pack/pack.ts';
export { PACK_VERSION, packCorpus, packKeyParts } from './pack/pack.ts';
export { readCorpusIndex, readPackIndex } from './pack/read-corpus.ts';
export type { PackIndex, PackShard, TokenCounts } from './pack/records.ts';
export { packRecord } from './pack/records.ts';
export type { LossWeight } from './pack/settings.ts';
export type { PackTokenizer } from './pack/tokenizer.ts';
export { openPackTokenizer } from './pack/tokenizer.ts';
export type { PruneSummary } from './prune/prune.ts';
export { PRUNE_VERSION, pruneModel } from './prune/prune.ts';
export type { PruneImportance, PrunePattern, PruneSettings } from './prune/settings.ts';
export { messages as sampleMessages } from './sample/messages.ts';
export type {
  Drawing,
  PlannedSample,
  PromptedSample,
  SampleRequest,
  SampleSettings,
} from './sample/plan.ts';
export { planPrompts, planSamples, SAMPLE_VERSION } from './sample/plan.ts';
export type {
  SampleAnswer,
  SampleRecord,
  SampleRow,
  SamplesSideBySide,
  SampleText,
} from './sample/record.ts';
export {
  parseSampleRecord,
  sampleRecord,
  samplesSideBySide,
  textRecord,
  writeSampleRecord,
} from './sample/record.ts';
export type { ErrorEvent, PruneEvent, StepEvent, TrainEvent } from './train/events.ts';
export { parsePruneEvent, parseTrainEvent } from './train/events.ts';
export { parseTrainLog, readTrainLog } from './train/log.ts';
export { messages as trainMessages } from './train/messages.ts';
export type { Python } from './train/python.ts';
export { findPython, PYTHON_FOLDER } from './train/python.ts';
export type { TrainInput, TrainSettings } from './train/settings.ts';
export { checkpointName, savedSteps, TRAIN_VERSION, trainSettings } from './train/settings.ts';
export type { TrainedCheckpoint, TrainOptions, TrainSummary } from './train/train.ts';
export { trainedCheckpoints, trainModel } from './train/train.ts';
