export type { Access } from './access.ts';
export { serveMessages } from './messages.ts';
export { type Serving, serveModel } from './server.ts';
