export { openDataLocks } from './data-lock.ts';
export { readDatasetLock } from './dataset-lock.ts';
export { openDigestMemo } from './digest-memo.ts';
export { chosenBecause } from './engine-lock.ts';
export { openLockedCatalog } from './locked-catalog.ts';
