export { loadPipeline, parsePipeline } from './load.ts';
export { MAX_CHECKPOINTS } from './models.ts';
export type {
  ChatUse,
  Checkpoint,
  CheckpointLocation,
  CheckpointReference,
  ComparisonUse,
  EmbeddedUse,
  EngineUse,
  LmEvalUse,
  Model,
  ModelSource,
  OpenAiUse,
  PerplexityUse,
  Pipeline,
  Quick,
  TaskUse,
} from './pipeline.ts';
export type { Selection } from './selection.ts';
export { findCheckpoint, selectCheckpoints } from './selection.ts';
