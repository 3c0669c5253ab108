export { COMPUTED_ARCHITECTURES, parseModelConfig, readModelConfig } from './config.ts';
export type { Distributions } from './distributions.ts';
export { distributionChunk } from './distributions.ts';
export type { Engine, EngineOptions } from './engine.ts';
export { engineOver, openEngine } from './engine.ts';
export { messages as engineMessages } from './messages.ts';
export { NUMERICS_VERSION } from './numerics.ts';
export type { ContextEnd, DecodeBatch, Pass, PassPlan, Target } from './plan.ts';
export { countTokens, planPasses } from './plan.ts';
export type { Processing, TokenBias } from './processing.ts';
export { NO_PROCESSING } from './processing.ts';
export type {
  BestToken,
  GenerateRequest,
  GenerateResponse,
  Sampling,
  ScoreRequest,
  ScoreResponse,
  TokenRequest,
  TokenResponse,
} from './requests.ts';
export { inputLength } from './requests.ts';
export type { Answer, RunOptions, RunStats } from './run.ts';
export type { DecodeOutput, PassOutput, TokenSession, WantedRows } from './session.ts';
