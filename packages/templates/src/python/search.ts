/**
 * Finds one text in another. V8's own search takes time in the product of both lengths where texts are built for that, and
 * nothing can end it inside one call. So long texts are searched by Knuth, Morris and Pratt, in time of the sum.
 */
import { spend } from './spending.ts';

/** Up to here V8's own search is used: some milliseconds at worst. */
const MAX_PRODUCT = 4_000_000;
/** Characters that cost as much as one step. */
const NATIVE_PER_STEP = 64;
const OWN_PER_STEP = 16;

export interface Search {
  /** The first place at or after `from`, in UTF-16 units, or -1. */
  readonly next: (from: number) => number;
}

/** @param wanted not empty */
export function searchIn(text: string, wanted: string): Search {
  if (text.length * wanted.length <= MAX_PRODUCT) {
    return { next: (from) => text.indexOf(wanted, from) };
  }
  const table = borders(wanted, (at) => wanted.charCodeAt(at));
  return {
    next: (from) =>
      scan(
        text.length,
        from,
        wanted.length,
        table,
        (at, matched) => text.charCodeAt(at) === wanted.charCodeAt(matched),
      ),
  };
}

/** String.indexOf, weighed. */
export function firstIndex(text: string, wanted: string): number {
  weighSearch(text, wanted);
  return wanted === '' ? 0 : searchIn(text, wanted).next(0);
}

/** String.lastIndexOf, weighed. */
export function lastIndex(text: string, wanted: string): number {
  weighSearch(text, wanted);
  if (text.length * wanted.length <= MAX_PRODUCT) return text.lastIndexOf(wanted);
  const last = wanted.length - 1;
  const end = text.length - 1;
  const table = borders(wanted, (at) => wanted.charCodeAt(last - at));
  const at = scan(
    text.length,
    0,
    wanted.length,
    table,
    (place, matched) => text.charCodeAt(end - place) === wanted.charCodeAt(last - matched),
  );
  return at === -1 ? -1 : text.length - at - wanted.length;
}

/** Must be called before a text is searched once from its beginning to its end. */
export function weighSearch(text: string, wanted: string): void {
  const isOwn = text.length * wanted.length > MAX_PRODUCT;
  spend(1 + (text.length + wanted.length) / (isOwn ? OWN_PER_STEP : NATIVE_PER_STEP));
}

/** The length, for each beginning of a text, of the longest shorter beginning that it ends with. */
function borders(wanted: string, unit: (at: number) => number): Int32Array {
  const table = new Int32Array(wanted.length);
  let matched = 0;
  for (let at = 1; at < wanted.length; at += 1) {
    while (matched > 0 && unit(at) !== unit(matched)) matched = table[matched - 1] ?? 0;
    if (unit(at) === unit(matched)) matched += 1;
    table[at] = matched;
  }
  return table;
}

function scan(
  size: number,
  from: number,
  length: number,
  table: Int32Array,
  equal: (at: number, matched: number) => boolean,
): number {
  let matched = 0;
  for (let at = from; at < size; at += 1) {
    while (matched > 0 && !equal(at, matched)) matched = table[matched - 1] ?? 0;
    if (equal(at, matched)) matched += 1;
    if (matched === length) return at - length + 1;
  }
  return -1;
}
