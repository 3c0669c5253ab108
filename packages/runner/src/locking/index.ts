export { addedFiles, lockCommand, lockProblems, openLockCheck, requireAsLocked } from './as-locked.ts';
export { fetchTaskData } from './fetch-data.ts';
export { type LockOutcome, lockPipeline } from './lock-pipeline.ts';
export { lockSeries, openSeries } from './lock-series.ts';
