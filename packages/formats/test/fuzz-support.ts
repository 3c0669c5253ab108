/**
 * What the fuzz tests of all packages share: how often, from which seed, how valid texts and bytes are damaged, and
 * what an input may end in. EVALGRAPH_FUZZ_RUNS says how many inputs each property gets.
 */
import fc from 'fast-check';
import { UserError } from '../src/index.ts';

const SEED = 20260107;
/** By the wall's clock and by the processor's: a busy machine must not fail a test, nor must a helping thread. */
const MAX_HANG_MS = 1000;
/**
 * For work that ends after 800 ms of its own and is tried again, twice as long, where a busy machine gave its thread
 * less than that: only where the thread did not have the processor for itself. What has no end is far beyond it.
 */
export const RETRIED_MAX_HANG_MS = 6000;
const UNDISTURBED = 0.95;

/** @param byDefault inputs where EVALGRAPH_FUZZ_RUNS says nothing: what takes some seconds. */
export function fuzz(byDefault: number): {
  seed: number;
  numRuns: number;
  endOnFailure: boolean;
} {
  const asked = Number(process.env['EVALGRAPH_FUZZ_RUNS'] ?? byDefault);
  if (!Number.isSafeInteger(asked) || asked < 1) throw new RangeError('EVALGRAPH_FUZZ_RUNS is no count');
  return { seed: SEED, numRuns: asked, endOnFailure: process.env['EVALGRAPH_FUZZ_SHRINK'] === undefined };
}

/** Room for 10,000 inputs on a slow machine. */
export const FUZZ_TIMEOUT_MS: number = 30 * 60_000;

/**
 * Runs the work: it may succeed or end in a UserError with a text for every problem; anything else is a defect, and so
 * is more than a second of computing.
 * @param starvedMs that second, where other programs kept the processor from this thread
 * @returns what it gave, or the error
 */
export async function survives<T>(
  work: () => T | Promise<T>,
  starvedMs: number = MAX_HANG_MS,
): Promise<T | UserError> {
  const started = performance.now();
  const before = process.cpuUsage();
  const ownBefore = threadUsage();
  const result = await settled(work);
  const wallMs = performance.now() - started;
  const tookMs = Math.min(milliseconds(process.cpuUsage(before)), wallMs);
  const isStarved = milliseconds(threadUsage(ownBefore)) < UNDISTURBED * wallMs;
  const limitMs = isStarved ? starvedMs : MAX_HANG_MS;
  if (tookMs > limitMs) throw new Error(`took ${tookMs} ms, more than ${limitMs}`);
  return result;
}

/** Of this thread, where Node knows it. */
function threadUsage(before?: NodeJS.CpuUsage): NodeJS.CpuUsage {
  return process.threadCpuUsage?.(before) ?? process.cpuUsage(before);
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

async function settled<T>(work: () => T | Promise<T>): Promise<T | UserError> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error.problems.length === 0) throw new Error('a UserError without a problem');
    for (const { code, message } of error.problems) {
      if (!/^[a-z0-9-]+$/.test(code) || message.trim() === '') throw new Error(`bad problem: ${message}`);
      if (/\n\s+at \S+ \(|node:internal/.test(message)) throw new Error(`a stack trace: ${message}`);
    }
    return error;
  }
}

type Edit =
  | {
      readonly kind: 'delete' | 'repeat';
      readonly at: number;
      readonly length: number;
      readonly times: number;
    }
  | { readonly kind: 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number };

function edits(words: readonly string[]): fc.Arbitrary<readonly Edit[]> {
  const at = fc.double({ min: 0, max: 1, noNaN: true });
  const text = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...words) },
    { weight: 1, arbitrary: fc.string({ maxLength: 12, unit: 'binary' }) },
  );
  const length = fc.integer({ min: 1, max: 40 });
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({ kind: fc.constant('delete' as const), at, length, times: fc.constant(1) }),
    fc.record({ kind: fc.constant('repeat' as const), at, length, times: fc.integer({ min: 1, max: 60 }) }),
    fc.record({ kind: fc.constant('insert' as const), at, text }),
    fc.record({ kind: fc.constant('flip' as const), at, bit: fc.integer({ min: 0, max: 7 }) }),
  );
  return fc.array(edit, { minLength: 1, maxLength: 6 });
}

/** Valid texts, damaged: pieces cut, repeated, inserted, single bits turned. @param words what this language has. */
export function damagedText(valid: readonly string[], words: readonly string[]): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...valid), edits(words)).map(([text, list]) => list.reduce(editText, text));
}

function editText(text: string, edit: Edit): string {
  const at = Math.floor(edit.at * (text.length + 1));
  switch (edit.kind) {
    case 'delete':
      return text.slice(0, at) + text.slice(at + edit.length);
    case 'repeat':
      return text.slice(0, at) + text.slice(at, at + edit.length).repeat(edit.times) + text.slice(at);
    case 'insert':
      return text.slice(0, at) + edit.text + text.slice(at);
    case 'flip': {
      const code = text.charCodeAt(at);
      if (Number.isNaN(code)) return text;
      return text.slice(0, at) + String.fromCharCode(code ^ (1 << edit.bit)) + text.slice(at + 1);
    }
  }
}

/** The same for bytes. */
export function damagedBytes(
  valid: readonly Uint8Array[],
  words: readonly string[] = ['\0', '\u00ff', '\u00ff\u00ff\u00ff\u007f'],
): fc.Arbitrary<Uint8Array> {
  // latin1 is one character a byte.
  return damagedText(
    valid.map((bytes) => Buffer.from(bytes).toString('latin1')),
    words,
  ).map((text) => Buffer.from(text, 'latin1'));
}
