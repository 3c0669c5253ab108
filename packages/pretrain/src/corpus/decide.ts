/**
 * What needs a look at all documents at once: samples, duplicates, the mix. It reads the tables of the parts, never their
 * texts; memory is some tens of bytes for each document. A decision is the documents that go, in the order of documents.
 */

import { UserError } from '@evalgraph/formats';
import { bandHash, estimateSimilarity } from '../text/minhash.ts';
import { Buckets } from './buckets.ts';
import type { Amount, CorpusConfig } from './config.ts';
import { messages } from './messages.ts';
import { type PartTable, ROW, readTable } from './part-file.ts';
import type { NearStep } from './step-config.ts';

/** Numbers of all documents, in order: part by part. */
export interface Documents {
  readonly count: number;
  /** Global index of each part's first document; one more entry, the count. */
  readonly firsts: readonly number[];
  readonly bytes: Uint32Array;
  readonly characters: Uint32Array;
  readonly source: Uint32Array;
  /** 53 bits: the order that samples and shuffling follow. */
  readonly order: Float64Array;
  /** Byte of its part where its id begins, and the id's bytes; the text follows. */
  readonly offset: Float64Array;
  readonly idBytes: Uint32Array;
}

export interface Decision {
  /** 1: goes. */
  readonly drops: Uint8Array;
  /** The document that stays in place of a duplicate; -1 for one that is none. */
  readonly duplicateOf: Int32Array | null;
}

export async function readDocuments(parts: readonly string[], counts: readonly number[]): Promise<Documents> {
  const firsts = [0];
  for (const count of counts) firsts.push((firsts.at(-1) ?? 0) + count);
  const count = firsts.at(-1) ?? 0;
  const documents = {
    count,
    firsts,
    bytes: new Uint32Array(count),
    characters: new Uint32Array(count),
    source: new Uint32Array(count),
    order: new Float64Array(count),
    offset: new Float64Array(count),
    idBytes: new Uint32Array(count),
  };
  let offset = 0;
  for await (const [at, row, words, table] of rows(parts, firsts)) {
    if (row === 0) offset = table.textsAt;
    documents.offset[at] = offset;
    documents.idBytes[at] = words[row + ROW.idBytes] ?? 0;
    offset += (words[row + ROW.idBytes] ?? 0) + (words[row + ROW.textBytes] ?? 0);
    documents.bytes[at] = words[row + ROW.textBytes] ?? 0;
    documents.characters[at] = words[row + ROW.characters] ?? 0;
    documents.source[at] = words[row + ROW.source] ?? 0;
    documents.order[at] = (words[row + ROW.orderHigh] ?? 0) * 2 ** 32 + (words[row + ROW.orderLow] ?? 0);
  }
  return documents;
}

/** Global index of each document, the start of its row, and its part's words. */
async function* rows(
  parts: readonly string[],
  firsts: readonly number[],
): AsyncGenerator<readonly [at: number, row: number, words: Uint32Array, table: PartTable]> {
  for (const [no, part] of parts.entries()) {
    const table = await readTable(part);
    const first = firsts[no] ?? 0;
    for (let at = 0; at < table.documents; at += 1) yield [first + at, at * table.stride, table.words, table];
  }
}

/** @throws UserError where a source has less than its sample. */
export function decideSamples(config: CorpusConfig, documents: Documents): Decision {
  const drops = new Uint8Array(documents.count);
  for (const [no, { name, sample }] of config.sources.entries()) {
    if (sample === null) continue;
    const drawn = inOrder(documents, no);
    const there = total(documents, drawn, sample.unit);
    if (there < sample.amount)
      throw new UserError(messages.corpusTooLittle(name, sample.unit, sample.amount, there));
    take(documents, drawn, sample, drops, 'reach');
  }
  return { drops, duplicateOf: null };
}

/** So much of each source as its weight asks for. @throws UserError where a source has less than that. */
export function decideMix(config: CorpusConfig, documents: Documents): Decision {
  const drops = new Uint8Array(documents.count);
  const { mix } = config;
  if (mix === null) return { drops, duplicateOf: null };
  const weights = config.sources.reduce((sum, { weight }) => sum + weight, 0);
  const drawn = config.sources.map((_, no) => inOrder(documents, no));
  const there = drawn.map((list) => total(documents, list, mix.unit));
  const possible = config.sources.map(({ weight }, no) =>
    weight === 0 ? Number.POSITIVE_INFINITY : ((there[no] ?? 0) * weights) / weight,
  );
  const whole = mix.total ?? Math.min(...possible);
  for (const [no, { name, weight }] of config.sources.entries()) {
    const amount = weight === 0 ? 0 : Math.floor((whole / weights) * weight + 1e-6);
    const available = there[no] ?? 0;
    if (amount > available) throw new UserError(messages.corpusTooLittle(name, mix.unit, amount, available));
    take(documents, drawn[no] ?? new Uint32Array(), { unit: mix.unit, amount }, drops, 'stay below');
  }
  return { drops, duplicateOf: null };
}

/** A source's documents in the seeded order. */
function inOrder({ count, source, order }: Documents, which: number): Uint32Array {
  let size = 0;
  for (let at = 0; at < count; at += 1) if (source[at] === which) size += 1;
  const list = new Uint32Array(size);
  let next = 0;
  for (let at = 0; at < count; at += 1) if (source[at] === which) list[next++] = at;
  return list.sort((a, b) => (order[a] ?? 0) - (order[b] ?? 0) || a - b);
}

function total({ bytes }: Documents, list: Uint32Array, unit: Amount['unit']): number {
  return unit === 'documents' ? list.length : list.reduce((sum, at) => sum + (bytes[at] ?? 0), 0);
}

/** `reach`: the document with which the amount is reached is the last; `stay below`: the one before it. */
function take(
  { bytes }: Documents,
  list: Uint32Array,
  { unit, amount }: Amount,
  drops: Uint8Array,
  how: 'reach' | 'stay below',
): void {
  let taken = 0;
  let isFull = amount === 0;
  for (const at of list) {
    const more = unit === 'documents' ? 1 : (bytes[at] ?? 0);
    if (!isFull && how === 'stay below' && taken + more > amount) isFull = true;
    if (isFull) drops[at] = 1;
    else taken += more;
    if (taken >= amount) isFull = true;
  }
}

/** Documents with an equal digest of four words: the first stays. */
export async function decideExact(parts: readonly string[], documents: Documents): Promise<Decision> {
  const decision = nothing(documents.count);
  const digests = new Uint32Array(documents.count * 2);
  const seen = new Buckets(documents.count);
  for await (const [at, row, words] of rows(parts, documents.firsts)) {
    const digest = row + ROW.words;
    digests[at * 2] = words[digest + 2] ?? 0;
    digests[at * 2 + 1] = words[digest + 3] ?? 0;
    const first = seen.firstOf((words[digest] ?? 0) | 0, (words[digest + 1] ?? 0) | 0, at);
    // Two words find, the other two confirm.
    const isSame = digests[first * 2] === digests[at * 2] && digests[first * 2 + 1] === digests[at * 2 + 1];
    if (first !== at && isSame) drop(decision, at, first);
  }
  return decision;
}

/** Tables of all bands at once up to this; otherwise the signatures are read again for the next bands. */
const BAND_TABLE_BYTES = 512 * 1024 * 1024;
/** Signatures of first documents that are kept in memory. */
const CACHED_SIGNATURES = 65_536;

/**
 * Near duplicates: a document that meets the first one of a bucket, and is similar enough by its signature, is of one group
 * with it; the first of each group stays. Groups are transitive. Signatures of 0x7fffffff only are no text's.
 */
export async function decideNear(
  step: NearStep,
  parts: readonly string[],
  documents: Documents,
): Promise<Decision> {
  const { bands, rows: height, threshold } = step;
  const permutations = bands * height;
  const group = Int32Array.from({ length: documents.count }, (_, at) => at);
  const rootOf = (at: number): number => {
    let root = at;
    while (group[root] !== root) {
      group[root] = group[group[root] ?? root] ?? root;
      root = group[root] ?? root;
    }
    return root;
  };
  const bandsAtOnce = Math.max(1, Math.floor(BAND_TABLE_BYTES / Buckets.bytesFor(documents.count)));
  const signatureOf = signatureReader(parts, documents.firsts, permutations);
  for (let from = 0; from < bands; from += bandsAtOnce) {
    const tables = Array.from(
      { length: Math.min(bandsAtOnce, bands - from) },
      () => new Buckets(documents.count),
    );
    for await (const [at, row, words] of rows(parts, documents.firsts)) {
      const signature = new Int32Array(words.buffer, (row + ROW.words) * 4, permutations);
      if (isNoText(signature)) continue;
      for (const [no, table] of tables.entries()) {
        const [high, low] = bandHash(signature, (from + no) * height, height);
        const first = table.firstOf(high, low, at);
        if (first === at) continue;
        const one = rootOf(at);
        const other = rootOf(first);
        if (one === other) continue;
        if (threshold > 0 && estimateSimilarity(signature, await signatureOf(first)) < threshold) continue;
        group[Math.max(one, other)] = Math.min(one, other);
      }
    }
  }
  const decision = nothing(documents.count);
  for (let at = 0; at < documents.count; at += 1) if (rootOf(at) !== at) drop(decision, at, rootOf(at));
  return decision;
}

const NO_TEXT = 0x7fffffff;

function isNoText(signature: Int32Array): boolean {
  return signature.every((value) => value === NO_TEXT);
}

/** What the signature of a text without words is written as. */
export function emptySignature(permutations: number): Int32Array {
  return new Int32Array(permutations).fill(NO_TEXT);
}

function signatureReader(
  parts: readonly string[],
  firsts: readonly number[],
  permutations: number,
): (at: number) => Promise<Int32Array> {
  const signatures = new Map<number, Int32Array>();
  const tables = new Map<number, PartTable>();
  return async (at) => {
    const known = signatures.get(at);
    if (known !== undefined) return known;
    const part = partOf(firsts, at);
    const table = tables.get(part) ?? (await readTable(parts[part] ?? ''));
    tables.set(part, table);
    // Neighbours are asked for together: a few tables save most of the reading.
    if (tables.size > 8) tables.delete(tables.keys().next().value ?? -1);
    const row = (at - (firsts[part] ?? 0)) * table.stride + ROW.words;
    const signature = new Int32Array(table.words.slice(row, row + permutations).buffer);
    signatures.set(at, signature);
    if (signatures.size > CACHED_SIGNATURES) signatures.delete(signatures.keys().next().value ?? -1);
    return signature;
  };
}

/** The part that has the document. */
export function partOf(firsts: readonly number[], at: number): number {
  let low = 0;
  let high = firsts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((firsts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

function nothing(count: number): Decision & { readonly duplicateOf: Int32Array } {
  return { drops: new Uint8Array(count), duplicateOf: new Int32Array(count).fill(-1) };
}

function drop({ drops, duplicateOf }: Decision, at: number, first: number): void {
  drops[at] = 1;
  if (duplicateOf !== null) duplicateOf[at] = first;
}
