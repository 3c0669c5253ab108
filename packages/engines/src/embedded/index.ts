export { canDiverge, type DivergenceSession } from './adapter.ts';
export { checkModels } from './divergence.ts';
export { WORKER_ENDED } from './messages.ts';
export type { DivergenceWindow, WindowDivergence } from './protocol.ts';
