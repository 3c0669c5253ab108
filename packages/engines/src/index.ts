export type { Engine, HandedTask, TaskEngine } from './engine.ts';
export { engineOf } from './engine-of.ts';
export { engineIdentity } from './identity.ts';
export type {
  Answer,
  RequestEngine,
  Session,
  SessionRequest,
  SessionResponse,
  SessionSettings,
  TokenCounts,
  TokenFacts,
} from './session.ts';
