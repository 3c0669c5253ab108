export type { Access } from './access.ts';
export { phrases as servePhrases } from './messages.ts';
export { type Serving, serveModel } from './server.ts';
