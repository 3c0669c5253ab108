/**
 * The n-grams of tasks' documents in one table that all workers share, and which of them a document has. A gram that
 * several documents have counts for the first of them. Two grams are taken for one with probability 2^-64.
 */
import { readJsonl, UserError } from '@evalgraph/formats';
import { gramHashes } from '../text/grams.ts';
import { messages } from './messages.ts';
import type { DecontaminateStep } from './step-config.ts';

export interface GramIndex {
  /** Slots: high, low, task document + 1 (0: free). A power of two of them. */
  readonly slots: Int32Array;
  /** Lengths of grams that occur. */
  readonly lengths: readonly number[];
  readonly tasks: readonly string[];
  /** Task document -> task. */
  readonly taskOf: readonly number[];
  /** Task -> how many of its documents have a gram, and how many are too short for one. */
  readonly documents: readonly number[];
  readonly tooShort: readonly number[];
}

/** @throws UserError where a line is no {task, text}. */
export async function buildGramIndex(step: DecontaminateStep, files: readonly string[]): Promise<GramIndex> {
  const found = growingInts();
  const lengths = new Set<number>();
  const names = new Map<string, number>();
  const taskOf: number[] = [];
  const documents: number[] = [];
  const tooShort: number[] = [];
  for (const file of files) {
    for await (const { line, value } of readJsonl(file)) {
      const task = value instanceof Map ? value.get('task') : undefined;
      const text = value instanceof Map ? value.get('text') : undefined;
      if (typeof task !== 'string' || typeof text !== 'string')
        throw new UserError(
          messages.corpusDamaged(`${file}:${line}`, 'the line is no {"task": …, "text": …}'),
        );
      const no = names.get(task) ?? names.size;
      names.set(task, no);
      documents[no] ??= 0;
      tooShort[no] ??= 0;
      const { words, high, low } = gramHashes(text);
      const n = Math.min(step.n, words);
      if (n < step.minWords) {
        tooShort[no] = (tooShort[no] ?? 0) + 1;
        continue;
      }
      documents[no] = (documents[no] ?? 0) + 1;
      lengths.add(n);
      for (let at = 0; at + n <= words; at += 1) found.push(high(at, n), low(at, n), taskOf.length);
      taskOf.push(no);
    }
  }
  const grams = found.values();
  const capacity = 2 ** Math.ceil(Math.log2((grams.length / 3) * 2 + 2));
  const slots = new Int32Array(new SharedArrayBuffer(capacity * 12));
  for (let at = 0; at < grams.length; at += 3) {
    const slot = slotOf(slots, grams[at] ?? 0, grams[at + 1] ?? 0);
    if (slots[slot + 2] !== 0) continue;
    slots[slot] = grams[at] ?? 0;
    slots[slot + 1] = grams[at + 1] ?? 0;
    slots[slot + 2] = (grams[at + 2] ?? 0) + 1;
  }
  return {
    slots,
    lengths: [...lengths].sort((a, b) => a - b),
    tasks: [...names.keys()],
    taskOf,
    documents,
    tooShort,
  };
}

interface GrowingInts {
  push(a: number, b: number, c: number): void;
  values(): Int32Array;
}

/** Every task of a library has millions of grams: a quarter of the memory that a list of numbers takes. */
function growingInts(): GrowingInts {
  let values = new Int32Array(3 << 12);
  let length = 0;
  return {
    push(a, b, c) {
      if (length === values.length) {
        const larger = new Int32Array(values.length * 2);
        larger.set(values);
        values = larger;
      }
      values[length] = a;
      values[length + 1] = b;
      values[length + 2] = c;
      length += 3;
    },
    values: () => values.subarray(0, length),
  };
}

/** Where the pair stands, or the free slot where it would. */
function slotOf(slots: Int32Array, high: number, low: number): number {
  const mask = slots.length / 3 - 1;
  for (let at = high & mask; ; at = (at + 1) & mask) {
    const slot = at * 3;
    if (slots[slot + 2] === 0 || (slots[slot] === high && slots[slot + 1] === low)) return slot;
  }
}

/** Task documents that share grams with the text -> how many positions of the text do. */
export function sharedGrams(index: GramIndex, text: string): ReadonlyMap<number, number> {
  const { words, high, low } = gramHashes(text);
  const shared = new Map<number, number>();
  for (const n of index.lengths) {
    for (let at = 0; at + n <= words; at += 1) {
      const owner = index.slots[slotOf(index.slots, high(at, n), low(at, n)) + 2] ?? 0;
      if (owner !== 0) shared.set(owner - 1, (shared.get(owner - 1) ?? 0) + 1);
    }
  }
  return shared;
}
