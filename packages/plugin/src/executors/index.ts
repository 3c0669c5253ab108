/**
 * What executors.json names. Nx requires this file, which can wait for nothing and should load little: each executor is
 * imported when it runs.
 */
type Executor<A extends unknown[], R> = (...args: A) => Promise<R>;
type BatchExecutor<A extends unknown[], R> = (...args: A) => AsyncGenerator<R>;

function lazily<A extends unknown[], R>(load: () => Promise<Executor<A, R>>): Executor<A, R> {
  return async (...args) => (await load())(...args);
}

function lazyBatch<A extends unknown[], R>(load: () => Promise<BatchExecutor<A, R>>): BatchExecutor<A, R> {
  return async function* (...args) {
    yield* (await load())(...args);
  };
}

export const brokenBatch = lazyBatch(async () => (await import('./broken.ts')).brokenBatch);
export const brokenExecutor = lazily(async () => (await import('./broken.ts')).brokenExecutor);
export const compareExecutor = lazily(async () => (await import('./compare.ts')).compareExecutor);
export const evalBatch = lazyBatch(async () => (await import('./eval.ts')).evalBatch);
export const evalExecutor = lazily(async () => (await import('./eval.ts')).evalExecutor);
export const figuresExecutor = lazily(async () => (await import('./figures.ts')).figuresExecutor);
export const lockExecutor = lazily(async () => (await import('./lock.ts')).lockExecutor);
export const makeBatch = lazyBatch(async () => (await import('./make.ts')).makeBatch);
export const makeExecutor = lazily(async () => (await import('./make.ts')).makeExecutor);
export const reportExecutor = lazily(async () => (await import('./report.ts')).reportExecutor);
export const verifyExecutor = lazily(async () => (await import('./verify.ts')).verifyExecutor);
