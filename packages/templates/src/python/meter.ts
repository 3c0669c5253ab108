/**
 * What one run of a template may cost. Every operation names the size of what it goes through or makes before it
 * does so; whoever runs a template opens a meter, which ends the run when too much is asked for. Without a meter only
 * the limits of single values hold.
 */
import { spend } from './spending.ts';
import { PythonError } from './value.ts';

/** Steps a template may take: a prompt is never near them. One step is some tens of nanoseconds to a microsecond. */
export const MAX_STEPS = 2_000_000;
/** Characters of one text. */
export const MAX_TEXT = 20_000_000;
/** Items of one list. */
export const MAX_ITEMS = 1_000_000;
/** Characters that cost as much as one step to copy, or to go through natively. */
const CHARACTERS_PER_STEP = 64;
/** Characters that cost as much as one step where each is looked at by itself. */
const SLOW_CHARACTERS_PER_STEP = 8;
const ITEMS_PER_STEP = 4;

/** Must be called before a text of so many characters is made. @throws PythonError MemoryError */
export function weighText(characters: number): void {
  if (!(characters <= MAX_TEXT)) {
    throw new PythonError('MemoryError', `a text of more than ${MAX_TEXT} characters`);
  }
  spend(1 + characters / CHARACTERS_PER_STEP);
}

/** Must be called before the characters of a text are looked at one by one. */
export function weighCharacters(text: string): void {
  spend(1 + text.length / SLOW_CHARACTERS_PER_STEP);
}

/** Must be called before a list of so many items is made, or a list is gone through. @throws PythonError MemoryError */
export function weighItems(items: number): void {
  if (!(items <= MAX_ITEMS)) throw new PythonError('MemoryError', `a list of more than ${MAX_ITEMS} items`);
  spend(1 + items / ITEMS_PER_STEP);
}

/** Must be called before a dict of so many entries is made, or its pairs. @throws PythonError MemoryError */
export function weighEntries(entries: number): void {
  if (!(entries <= MAX_ITEMS)) {
    throw new PythonError('MemoryError', `a dict of more than ${MAX_ITEMS} entries`);
  }
  spend(1 + entries);
}

/** text.repeat(times), weighed; no times where the number is negative. */
export function repeated(text: string, times: number): string {
  const count = Math.max(0, times);
  weighText(text.length * count);
  return text.repeat(count);
}
