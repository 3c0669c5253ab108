export { canDiverge, type DivergenceSession } from './adapter.ts';
export { checkModels } from './divergence.ts';
export { messages as embeddedMessages } from './messages.ts';
export type { DivergenceWindow, WindowDivergence } from './protocol.ts';
