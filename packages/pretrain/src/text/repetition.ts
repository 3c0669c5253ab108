/**
 * Repetition within a document, as Gopher measures it (Rae et al. 2021, arXiv:2112.11446, table A1) and RefinedWeb
 * takes it over (Penedo et al. 2023, arXiv:2306.01116, appendix G.2). Words are what white space separates; an
 * n-gram's characters are its words' and one space between each two; shares are of the text's characters. Lines are
 * split at one or more line ends, paragraphs at two or more, of the text without white space at its ends. A line, paragraph or n-gram is a duplicate from its
 * second occurrence on; a duplicate n-gram's words are counted once. An n-gram that occurs once is no repetition.
 * N-grams are compared exactly, not by their hashes.
 */
import { NOT_SPACE } from './character-class.ts';
import { scanWords, type Words } from './words.ts';

export const REPETITION_RULES = [
  'duplicateLines',
  'duplicateParagraphs',
  'duplicateLineCharacters',
  'duplicateParagraphCharacters',
  'top2Gram',
  'top3Gram',
  'top4Gram',
  'duplicate5Grams',
  'duplicate6Grams',
  'duplicate7Grams',
  'duplicate8Grams',
  'duplicate9Grams',
  'duplicate10Grams',
] as const;

export type RepetitionRule = (typeof REPETITION_RULES)[number];
/** A share above its limit removes the document; a limit of 1 or more switches a rule on shares of counts off. */
export type RepetitionLimits = Readonly<Record<RepetitionRule, number>>;

/** Gopher's table A1; RefinedWeb uses the same. */
export const GOPHER_REPETITION: RepetitionLimits = {
  duplicateLines: 0.3,
  duplicateParagraphs: 0.3,
  duplicateLineCharacters: 0.2,
  duplicateParagraphCharacters: 0.2,
  top2Gram: 0.2,
  top3Gram: 0.18,
  top4Gram: 0.16,
  duplicate5Grams: 0.15,
  duplicate6Grams: 0.14,
  duplicate7Grams: 0.13,
  duplicate8Grams: 0.12,
  duplicate9Grams: 0.11,
  duplicate10Grams: 0.1,
};

const TOP: Readonly<Record<number, RepetitionRule>> = { 2: 'top2Gram', 3: 'top3Gram', 4: 'top4Gram' };
const DUPLICATE: Readonly<Record<number, RepetitionRule>> = {
  5: 'duplicate5Grams',
  6: 'duplicate6Grams',
  7: 'duplicate7Grams',
  8: 'duplicate8Grams',
  9: 'duplicate9Grams',
  10: 'duplicate10Grams',
};
const LONGEST = 10;

/** All shares of a text. A text without characters has none: `null`. */
export function repetitionShares(text: string): Readonly<Record<RepetitionRule, number>> | null {
  if (text.length === 0) return null;
  const shares = Object.fromEntries(REPETITION_RULES.map((rule) => [rule, 0]));
  visitShares(text, (rule, share) => {
    shares[rule] = share;
    return false;
  });
  return shares as Record<RepetitionRule, number>;
}

/** The first rule, in the order of REPETITION_RULES, whose limit the text exceeds. */
export function exceededRepetition(text: string, limits: RepetitionLimits): RepetitionRule | null {
  let exceeded: RepetitionRule | null = null;
  if (text.length > 0)
    visitShares(text, (rule, share) => {
      if (share > limits[rule]) exceeded = rule;
      return exceeded !== null;
    });
  return exceeded;
}

type Visit = (rule: RepetitionRule, share: number) => boolean;

/** Calls with the shares in order until a call says that it is enough; shares that are 0 may be left out. */
function visitShares(text: string, visit: Visit): void {
  const lines = duplicates(text.trim().split(/\n+/));
  if (visit('duplicateLines', lines.share)) return;
  const paragraphs = duplicates(text.trim().split(/\n{2,}/));
  if (visit('duplicateParagraphs', paragraphs.share)) return;
  if (visit('duplicateLineCharacters', lines.characters / text.length)) return;
  if (visit('duplicateParagraphCharacters', paragraphs.characters / text.length)) return;
  visitGrams(text, scanWords(text, NOT_SPACE), visit);
}

function duplicates(parts: readonly string[]): { readonly share: number; readonly characters: number } {
  const seen = new Set<string>();
  let characters = 0;
  for (const part of parts) {
    if (seen.has(part)) characters += part.length;
    else seen.add(part);
  }
  return { share: (parts.length - seen.size) / parts.length, characters };
}

let ids = new Int32Array(0);
let grams = new Int32Array(0);
let counts = new Int32Array(0);
let lengths = new Int32Array(0);
let left = new Int32Array(0);
let right = new Int32Array(0);
let slots = new Int32Array(0);

function visitGrams(text: string, words: Words, visit: Visit): void {
  reserve(words.count);
  if (internWords(text, words) === words.count) return;
  for (let at = 0; at < words.count; at += 1) grams[at] = ids[at] ?? 0;
  lengths[0] = 0;
  for (let at = 0; at < words.count; at += 1) {
    lengths[at + 1] = (lengths[at] ?? 0) + (words.ends[at] ?? 0) - (words.starts[at] ?? 0);
  }
  for (let n = 2; n <= Math.min(LONGEST, words.count); n += 1) {
    const total = words.count - n + 1;
    // Where all n-grams differ, all longer ones do.
    if (internGrams(n, total) === total) return;
    const top = TOP[n];
    if (top !== undefined && visit(top, topCharacters(n, total) / text.length)) return;
    const duplicate = DUPLICATE[n];
    if (duplicate !== undefined && visit(duplicate, duplicateCharacters(n, total) / text.length)) return;
  }
}

function reserve(words: number): void {
  if (ids.length > words) return;
  const size = 2 ** Math.ceil(Math.log2(words + 2));
  ids = new Int32Array(size);
  grams = new Int32Array(size);
  counts = new Int32Array(size);
  lengths = new Int32Array(size);
  left = new Int32Array(size);
  right = new Int32Array(size);
  slots = new Int32Array(size * 2);
}

/** Slots in use for so many entries: small texts clear little. */
function clearSlots(entries: number): number {
  const size = 2 ** Math.ceil(Math.log2(entries * 2 + 2));
  slots.fill(0, 0, size);
  return size - 1;
}

/** Gives each word a number by its characters; the numbers count from 0. Returns how many differ. */
function internWords(text: string, { count, hashes, starts, ends }: Words): number {
  const mask = clearSlots(count);
  let distinct = 0;
  for (let at = 0; at < count; at += 1) {
    let slot = (hashes[at] ?? 0) & mask;
    for (;;) {
      const found = slots[slot] ?? 0;
      if (found === 0) {
        left[distinct] = at;
        ids[at] = distinct;
        distinct += 1;
        slots[slot] = distinct;
        break;
      }
      const other = left[found - 1] ?? 0;
      if (
        hashes[other] === hashes[at] &&
        isSame(text, starts[other] ?? 0, ends[other] ?? 0, starts[at] ?? 0, ends[at] ?? 0)
      ) {
        ids[at] = found - 1;
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  return distinct;
}

function isSame(text: string, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let at = start, other = otherStart; at < end; at += 1, other += 1) {
    if (text.charCodeAt(at) !== text.charCodeAt(other)) return false;
  }
  return true;
}

/** Turns the numbers of the (n-1)-grams into those of the n-grams, in place, with their counts. @returns how many differ */
function internGrams(n: number, total: number): number {
  const mask = clearSlots(total);
  let distinct = 0;
  for (let at = 0; at < total; at += 1) {
    const a = grams[at] ?? 0;
    const b = ids[at + n - 1] ?? 0;
    let slot = Math.imul(Math.imul(a, 0x9e3779b1) ^ Math.imul(b + 0x7f4a7c15, 0x85ebca6b), 0xc2b2ae35);
    slot = (slot ^ (slot >>> 15)) & mask;
    for (;;) {
      const found = slots[slot] ?? 0;
      if (found === 0) {
        left[distinct] = a;
        right[distinct] = b;
        counts[distinct] = 1;
        grams[at] = distinct;
        distinct += 1;
        slots[slot] = distinct;
        break;
      }
      if (left[found - 1] === a && right[found - 1] === b) {
        counts[found - 1] = (counts[found - 1] ?? 0) + 1;
        grams[at] = found - 1;
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  return distinct;
}

function gramCharacters(at: number, n: number): number {
  return (lengths[at + n] ?? 0) - (lengths[at] ?? 0) + n - 1;
}

/** Characters of all occurrences of the most frequent n-gram; of several, the one with the most characters. */
function topCharacters(n: number, total: number): number {
  let most = 2;
  let characters = 0;
  for (let at = 0; at < total; at += 1) {
    const count = counts[grams[at] ?? 0] ?? 0;
    if (count < most) continue;
    const covered = count * gramCharacters(at, n);
    if (count > most || covered > characters) characters = covered;
    most = count;
  }
  return characters;
}

function duplicateCharacters(n: number, total: number): number {
  counts.fill(0, 0, total);
  let characters = 0;
  for (let at = 0; at < total; ) {
    const gram = grams[at] ?? 0;
    if (counts[gram] === 0) {
      counts[gram] = 1;
      at += 1;
    } else {
      characters += gramCharacters(at, n);
      at += n;
    }
  }
  return characters;
}
