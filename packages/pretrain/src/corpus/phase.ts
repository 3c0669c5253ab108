/** A worker's part of a phase: one unit through the steps that look at one document, into parts with signatures. */
import { join } from 'node:path';
import { sealed, shape, writeFileAtomic } from '@evalgraph/formats';
import { textDigest } from '../text/hash.ts';
import type { LanguageDetector } from '../text/language.ts';
import { createMinhash } from '../text/minhash.ts';
import type { CorpusConfig } from './config.ts';
import type { GramIndex } from './contamination.ts';
import { emptySignature } from './decide.ts';
import { addCounts, type Document, noCounts, type StepCounts } from './document.ts';
import { readPart, writePart } from './part-file.ts';
import type { Ending, Phase } from './plan.ts';
import { type Batch, readUnit } from './read-unit.ts';
import type { ReadUnit } from './sources.ts';
import { applyStep } from './steps.ts';
import { recordIfSound, stepCounts } from './work-folder.ts';

export type PhaseInput =
  | { readonly kind: 'read'; readonly unit: ReadUnit }
  /** A part of the phase before, without the documents whose entry is 1. */
  | { readonly kind: 'part'; readonly path: string; readonly drops: Uint8Array };

export interface PhaseJob {
  readonly kind: 'phase';
  /** Digest of all that the result depends on: a finished unit with it is not done again. */
  readonly key: string;
  readonly phase: Phase;
  readonly input: PhaseInput;
  /** Folder and beginning of the parts' names. */
  readonly folder: string;
  readonly name: string;
}

export interface UnitResult {
  readonly key: string;
  readonly parts: readonly { readonly file: string; readonly documents: number }[];
  /** Only of a unit that reads. */
  readonly read: StepCounts | null;
  /** One for each local step of the phase. */
  readonly steps: readonly StepCounts[];
  /** CPU time of the thread: `read`, each step by its place, `signature`, `write`. */
  readonly timesMs: Readonly<Record<string, number>>;
}

export interface PhaseContext {
  readonly config: CorpusConfig;
  /** Step -> its index. */
  readonly indexes: ReadonlyMap<number, GramIndex>;
  readonly detect: LanguageDetector | null;
  /** Hears how much of the unit is done, 0 to 1, where it is read in pieces. */
  readonly onShare: (share: number) => void;
}

/** The unit's result; what an earlier run left with the same key is taken as it is. */
export async function runUnit(
  job: PhaseJob,
  { config, indexes, detect, onShare }: PhaseContext,
): Promise<UnitResult> {
  const record = join(job.folder, `${job.name}.json`);
  const finished = await finishedUnit(record, job.key);
  if (finished !== null) return finished;
  const timesMs: Record<string, number> = {};
  const timed = <T>(name: string, work: () => T): T => {
    const start = threadMs();
    const result = work();
    timesMs[name] = (timesMs[name] ?? 0) + threadMs() - start;
    return result;
  };
  const { local, ending } = job.phase;
  const steps = local.map(() => noCounts());
  const read = job.input.kind === 'read' ? noCounts() : null;
  const parts: { file: string; documents: number }[] = [];
  const sign = signer(ending);
  const pause = stopwatch(timesMs, 'read');
  for await (const { documents: all, counts, share } of batches(config, job.input)) {
    pause.stop();
    if (read !== null) addCounts(read, counts, 0);
    let documents = all;
    for (const [no, { at, step }] of local.entries()) {
      const { sources, examples } = config;
      const context = { sources, examples, index: indexes.get(at) ?? null, detect };
      const outcome = timed(String(at), () => applyStep(step, documents, context));
      documents = outcome.documents;
      const sum = steps[no];
      if (sum !== undefined) addCounts(sum, outcome.counts, config.examples);
    }
    if (documents.length > 0) {
      const signatures = timed('signature', () => sign.all(documents));
      const file = `${job.name}-${parts.length}.docs`;
      const write = stopwatch(timesMs, 'write');
      await writePart(join(job.folder, file), documents, signatures, sign.words);
      write.stop();
      parts.push({ file, documents: documents.length });
    }
    onShare(share);
    pause.start();
  }
  pause.stop();
  const result = { key: job.key, parts, read, steps, timesMs };
  await writeFileAtomic(record, JSON.stringify(sealed(result)));
  return result;
}

const unitResult = shape.record({
  key: shape.text,
  parts: shape.list(shape.record({ file: shape.text, documents: shape.count })),
  read: shape.nullable(stepCounts),
  steps: shape.list(stepCounts),
  timesMs: shape.dictionary(shape.amount),
});

async function finishedUnit(path: string, key: string): Promise<UnitResult | null> {
  const result = await recordIfSound(path, unitResult);
  return result?.key === key ? (result as UnitResult) : null;
}

async function* batches(config: CorpusConfig, input: PhaseInput): AsyncGenerator<Batch> {
  if (input.kind === 'read') {
    yield* readUnit(config, input.unit);
    return;
  }
  const documents = await readPart(input.path, (at) => input.drops[at] === 0);
  yield { documents, counts: noCounts(), share: 1 };
}

/** What this thread has computed: on a busy machine the clock says little. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function stopwatch(timesMs: Record<string, number>, name: string): { start: () => void; stop: () => void } {
  let since = threadMs();
  return {
    start: () => {
      since = threadMs();
    },
    stop: () => {
      timesMs[name] = (timesMs[name] ?? 0) + threadMs() - since;
    },
  };
}

/** Signatures for what is decided after the phase; none for samples and the mix. */
function signer(ending: Ending): {
  readonly words: number;
  readonly all: (documents: readonly Document[]) => Uint32Array;
} {
  if (ending.kind !== 'duplicates') return { words: 0, all: () => new Uint32Array() };
  const { step } = ending;
  if (step.step === 'exact-duplicates') {
    const form = step.by === 'text' ? (text: string) => text : normalised;
    return { words: 4, all: (documents) => gather(documents, 4, ({ text }) => textDigest(form(text))) };
  }
  const words = step.bands * step.rows;
  const minhash = createMinhash(step);
  const none = emptySignature(words);
  return { words, all: (documents) => gather(documents, words, ({ text }) => minhash(text) ?? none) };
}

function normalised(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}

function gather(
  documents: readonly Document[],
  words: number,
  sign: (document: Document) => Uint32Array | Int32Array,
): Uint32Array {
  const all = new Uint32Array(documents.length * words);
  for (const [at, document] of documents.entries()) all.set(sign(document), at * words);
  return all;
}
