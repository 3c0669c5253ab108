/** What executors.json names. */
export { brokenBatch, brokenExecutor } from './broken.ts';
export { compareExecutor } from './compare.ts';
export { evalBatch, evalExecutor } from './eval.ts';
export { figuresExecutor } from './figures.ts';
export { lockExecutor } from './lock.ts';
export { makeBatch, makeExecutor } from './make.ts';
export { reportExecutor } from './report.ts';
export { verifyExecutor } from './verify.ts';
