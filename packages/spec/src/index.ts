export type { SeriesQuestion, StepsOf } from './context.ts';
export { ALL_TASKS, TASK_DOCUMENTS } from './corpora.ts';
export { DEFAULT_SEED } from './declared/pipeline.ts';
export { readYaml, type SpecDocument } from './document.ts';
export {
  batchFolder,
  cellFolder,
  chartFolder,
  checkpointId,
  checkpointLockFile,
  claimFolder,
  comparisonFolder,
  countsFile,
  datasetLockFile,
  earlierFolder,
  engineLockFile,
  figuresFile,
  findRoot,
  importedFile,
  isDatasetLockFile,
  leaseFolder,
  madeLockFile,
  madeLockFolder,
  PIPELINE_GLOB,
  pipelineFile,
  pipelineFolder,
  pipelineNames,
  reportFolder,
  resultsFolder,
  seriesLockFile,
  stageFolder,
  storeFolder,
  summaryFile,
  taskFolder,
  type Variant,
  verifiedFile,
} from './layout.ts';
export { loadPipeline, parsePipeline } from './load.ts';
export { messages as specMessages } from './messages.ts';
export { MAX_CHECKPOINTS, reservedNames } from './models.ts';
export { type NamedInText, namedIn } from './named.ts';
export { stepFinder, stepsAmong } from './pattern.ts';
export type {
  ChatUse,
  Checkpoint,
  CheckpointLocation,
  ComparedReferences,
  ComparisonUse,
  CorpusUse,
  DivergenceUse,
  EmbeddedUse,
  EngineUse,
  GpusUse,
  LauncherUse,
  LmEvalUse,
  Model,
  ModelSource,
  OpenAiUse,
  PerplexityUse,
  Pipeline,
  Quick,
  Reference,
  Selection,
  SlurmUse,
  TaskUse,
} from './pipeline.ts';
export type { Finding, Path } from './problems.ts';
export { readText } from './read-text.ts';
export { SAMPLES_NAME } from './samples.ts';
export { brokenTaskNameRule } from './schema.ts';
export { findCheckpoint, selectCheckpoints } from './selection.ts';
export { lastStage, modelsUsed, stageId, stagesBefore } from './stage-list.ts';
export type {
  CheckpointReference,
  CorpusStage,
  InitStage,
  PackStage,
  PruneStage,
  SamplesUse,
  Stage,
  TrainStage,
  WeightsReference,
} from './stages.ts';
export { taskPosition } from './tasks.ts';
