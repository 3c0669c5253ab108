export { MAX_STORED_BYTES, parseCheckedLines } from './checked-lines.ts';
export { damageOf, entryFolder, hasStored, readStored } from './results.ts';
