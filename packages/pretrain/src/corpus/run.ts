/**
 * Makes a corpus: declared sources and steps in, shards, an index and a data card out. It drives the phases; what a step
 * does stands in the steps, what is decided between phases in decide.ts. The result depends on configuration and inputs
 * alone; memory on the number of workers, the length of the longest document and some tens of bytes a document.
 */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { digestFile, digestValue, prettyJson, UserError, writeFileAtomic } from '@evalgraph/formats';
import { buildCard, type CorpusCard, type RanStep, wholeCard } from './card.ts';
import type { CorpusConfig } from './config.ts';
import { buildGramIndex, type GramIndex } from './contamination.ts';
import {
  type Decision,
  type Documents,
  decideExact,
  decideMix,
  decideNear,
  decideSamples,
  readDocuments,
} from './decide.ts';
import { decisionCounts } from './decision-counts.ts';
import { addCounts, noCounts } from './document.ts';
import { CORPUS_VERSION, corpusKeyParts, type InputDigest } from './key.ts';
import { messages } from './messages.ts';
import type { PhaseInput, PhaseJob, UnitResult } from './phase.ts';
import { type Ending, type Phase, planPhases } from './plan.ts';
import { Pool } from './pool.ts';
import { type CorpusIndex, corpusIndex, type ShardEntry } from './records.ts';
import { planShards } from './shard-plan.ts';
import { COLUMNS } from './shards.ts';
import { type InputFile, listInputs, readUnits, unitBytes } from './sources.ts';
import {
  type MadeDecision,
  openWorkFolder,
  publish,
  recordIfSound,
  storeDecision,
  storedDecision,
} from './work-folder.ts';

export interface CorpusProgress {
  /** Phases count from 1; the last one writes the shards. */
  readonly phase: number;
  readonly phases: number;
  /** How much of the phase is done, 0 to 1. */
  readonly share: number;
}

export interface CorpusOptions {
  /** What the configuration's paths are relative to. */
  readonly folder: string;
  /** The folder that is made; beside it, `<output>.partial` while it is not finished. */
  readonly output: string;
  /** Threads, 1 or more. They change the time, not the result. */
  readonly workers: number;
  readonly onProgress?: (progress: CorpusProgress) => void;
  /** Ends the run between two units; the next run goes on from there. */
  readonly signal?: AbortSignal;
}

/**
 * Files of a corpus: `index.json` (CorpusIndex), `card.json` (CorpusCard), the shards, and `run.json` (times; the only file
 * that differs between two runs). A finished corpus of the same key is returned as it is.
 * @throws UserError: inputs that are missing or malformed, a source with too little, a regular expression too slow, nothing left.
 */
export async function runCorpus(config: CorpusConfig, options: CorpusOptions): Promise<CorpusCard> {
  if (!Number.isInteger(options.workers) || options.workers < 1)
    throw new RangeError(`${options.workers} is no number of workers`);
  const startMs = performance.now();
  const inputs = await listInputs(config, options.folder);
  const key = digestValue(corpusKeyParts(config, await digestInputs(config, inputs, options.folder)));
  const finished = await finishedCorpus(options.output, key);
  if (finished !== null) return finished;
  const folder = `${resolve(options.output)}.partial`;
  await openWorkFolder(folder, key);
  const indexes = await gramIndexes(config, options.folder);
  const pool = new Pool(options.workers, { config, indexes: [...indexes] });
  try {
    const context = { config, options, key, folder, pool, indexes };
    const { ran, timesMs, parts, documents, drops } = await runPhases(context, inputs);
    const shards = await runShards(context, parts, documents, drops);
    const card = buildCard({
      version: CORPUS_VERSION,
      config,
      inputs,
      ran,
      shards,
      perSource: perSource(config, documents, drops),
    });
    const index: CorpusIndex = {
      version: CORPUS_VERSION,
      key,
      format: config.output.format,
      columns: COLUMNS,
      shards,
    };
    const out = join(folder, 'out');
    const run = { workers: options.workers, wallMs: performance.now() - startMs, threadTimesMs: timesMs };
    await writeFileAtomic(join(out, 'run.json'), prettyJson(run));
    await writeFileAtomic(join(out, 'card.json'), prettyJson(card));
    await writeFileAtomic(join(out, 'index.json'), prettyJson(index));
    await publish(folder, options.output);
    return card;
  } finally {
    await pool.close();
  }
}

/** The sha256 of every file that is read, for the key. @throws the file system's error. */
export async function digestInputs(
  config: CorpusConfig,
  inputs: readonly InputFile[],
  folder: string,
): Promise<readonly InputDigest[]> {
  const digests: InputDigest[] = [];
  for (const { source, name, path } of inputs)
    digests.push({ of: config.sources[source]?.name ?? '', name, sha256: (await digestFile(path)).sha256 });
  for (const [at, step] of config.steps.entries()) {
    if (step.step !== 'decontaminate') continue;
    for (const name of step.against)
      digests.push({ of: `decontaminate ${at}`, name, sha256: await digestOf(resolve(folder, name)) });
  }
  return digests;
}

async function digestOf(path: string): Promise<string> {
  try {
    return (await digestFile(path)).sha256;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(messages.unreadableFile(path, String(error.code)));
  }
}

async function finishedCorpus(output: string, key: string): Promise<CorpusCard | null> {
  const index = await recordIfSound(join(output, 'index.json'), corpusIndex);
  if (index?.key !== key) return null;
  return recordIfSound(join(output, 'card.json'), wholeCard);
}

async function gramIndexes(config: CorpusConfig, folder: string): Promise<ReadonlyMap<number, GramIndex>> {
  const indexes = new Map<number, GramIndex>();
  for (const [at, step] of config.steps.entries()) {
    if (step.step !== 'decontaminate') continue;
    indexes.set(
      at,
      await buildGramIndex(
        step,
        step.against.map((name) => resolve(folder, name)),
      ),
    );
  }
  return indexes;
}

interface Context {
  readonly config: CorpusConfig;
  readonly options: CorpusOptions;
  readonly key: string;
  readonly folder: string;
  readonly pool: Pool;
  readonly indexes: ReadonlyMap<number, GramIndex>;
}

interface PhasesOutcome {
  readonly ran: readonly RanStep[];
  readonly timesMs: Readonly<Record<string, number>>;
  readonly parts: readonly string[];
  readonly documents: Documents;
  readonly drops: Uint8Array;
}

async function runPhases(context: Context, inputs: readonly InputFile[]): Promise<PhasesOutcome> {
  const { config, folder } = context;
  const phases = planPhases(config);
  const ran: RanStep[] = [];
  const timesMs: Record<string, number> = {};
  let jobs: readonly PhaseInput[] = readUnits(config, inputs).map((unit) => ({ kind: 'read', unit }));
  for (const [no, phase] of phases.entries()) {
    const results = await runPhase(context, phase, no, phases.length, jobs);
    // The parts before these are read for the last time.
    for (const input of jobs) if (input.kind === 'part') await rm(input.path, { force: true });
    ran.push(...localSteps(context, phase, results));
    for (const result of results)
      for (const [name, timeMs] of Object.entries(result.timesMs)) {
        const label = timeLabel(config, phase, name);
        timesMs[label] = (timesMs[label] ?? 0) + timeMs;
      }
    const files = results.flatMap(({ parts }) => parts);
    const parts = files.map(({ file }) => join(folder, file));
    const counts = files.map(({ documents }) => documents);
    const startMs = performance.now();
    const made = await decideOnce(context, no, phase.ending, parts, counts);
    const label = `decide ${no}: ${endingName(phase.ending)}`;
    timesMs[label] = performance.now() - startMs;
    const settings = phase.ending.kind === 'duplicates' ? phase.ending.step : null;
    if (phase.ending.kind !== 'mix' || config.mix !== null)
      ran.push({ name: endingName(phase.ending), settings, counts: made.counts, index: null });
    if (no === phases.length - 1) {
      const documents = await readDocuments(parts, counts);
      return { ran, timesMs, parts, documents, drops: made.drops };
    }
    jobs = nextInputs(parts, counts, made);
  }
  throw new Error('a corpus without phases');
}

async function runPhase(
  { key, folder, pool, options }: Context,
  phase: Phase,
  no: number,
  phases: number,
  inputs: readonly PhaseInput[],
): Promise<readonly UnitResult[]> {
  const jobOf = (at: number): PhaseJob => ({
    kind: 'phase',
    key: `${key}/${no}/${at}`,
    phase,
    input: inputs[at] as PhaseInput,
    folder,
    name: `phase-${no}-unit-${String(at).padStart(6, '0')}`,
  });
  const weights = inputs.map((input) => (input.kind === 'read' ? unitBytes(input.unit) : 1));
  return await pool.runAll(
    inputs.length,
    jobOf,
    (shares) => options.onProgress?.({ phase: no + 1, phases: phases + 1, share: mean(shares, weights) }),
    options.signal ?? null,
  );
}

function localSteps(
  { config, indexes }: Context,
  phase: Phase,
  results: readonly UnitResult[],
): readonly RanStep[] {
  const ran: RanStep[] = [];
  if (results.some(({ read }) => read !== null)) {
    const counts = noCounts();
    for (const { read } of results) if (read !== null) addCounts(counts, read, 0);
    ran.push({ name: 'read', settings: null, counts, index: null });
  }
  for (const [no, { at, step }] of phase.local.entries()) {
    const counts = noCounts();
    for (const { steps } of results) addCounts(counts, steps[no] ?? noCounts(), config.examples);
    ran.push({ name: step.step, settings: step, counts, index: indexes.get(at) ?? null });
  }
  return ran;
}

function timeLabel(config: CorpusConfig, phase: Phase, name: string): string {
  if (name === 'read' || name === 'write') return name;
  return name === 'signature'
    ? `signature of ${endingName(phase.ending)}`
    : (config.steps[Number(name)]?.step ?? name);
}

function endingName(ending: Ending): string {
  return ending.kind === 'duplicates' ? ending.step.step : ending.kind;
}

async function decideOnce(
  { config, folder }: Context,
  no: number,
  ending: Ending,
  parts: readonly string[],
  counts: readonly number[],
): Promise<MadeDecision> {
  const stored = await storedDecision(folder, no);
  if (stored !== null) return stored;
  const documents = await readDocuments(parts, counts);
  const decision = await decide(config, ending, parts, documents);
  const reason = ending.kind === 'duplicates' ? 'duplicate' : `not in the ${ending.kind}`;
  const stepCounts = await decisionCounts(config, reason, parts, documents, decision);
  await storeDecision(folder, no, decision, stepCounts);
  return { drops: decision.drops, counts: stepCounts };
}

async function decide(
  config: CorpusConfig,
  ending: Ending,
  parts: readonly string[],
  documents: Documents,
): Promise<Decision> {
  if (ending.kind === 'sample') return decideSamples(config, documents);
  if (ending.kind === 'mix') return decideMix(config, documents);
  const { step } = ending;
  return step.step === 'exact-duplicates'
    ? await decideExact(parts, documents)
    : await decideNear(step, parts, documents);
}

function nextInputs(
  parts: readonly string[],
  counts: readonly number[],
  { drops }: MadeDecision,
): readonly PhaseInput[] {
  let first = 0;
  return parts.map((path, no) => {
    const count = counts[no] ?? 0;
    const input: PhaseInput = { kind: 'part', path, drops: drops.slice(first, first + count) };
    first += count;
    return input;
  });
}

async function runShards(
  { config, key, folder, pool, options }: Context,
  parts: readonly string[],
  documents: Documents,
  drops: Uint8Array,
): Promise<readonly ShardEntry[]> {
  const shards = planShards(config, documents, drops);
  if (shards.length === 0) throw new UserError(messages.corpusEmpty());
  const phases = planPhases(config).length + 1;
  const digits = String(shards.length).padStart(5, '0');
  return await pool.runAll(
    shards.length,
    (at) => ({
      kind: 'shard',
      key,
      folder: join(folder, 'out'),
      records: join(folder, 'shards'),
      file: `corpus-${String(at).padStart(5, '0')}-of-${digits}.${config.output.format}`,
      parts,
      ...(shards[at] ?? raise(at)),
    }),
    (shares) => options.onProgress?.({ phase: phases, phases, share: mean(shares) }),
    options.signal ?? null,
  );
}

/** @param weights of each; left out: all the same */
function mean(shares: readonly number[], weights?: readonly number[]): number {
  let [sum, total] = [0, 0];
  for (const [at, share] of shares.entries()) {
    const weight = weights?.[at] ?? 1;
    sum += share * weight;
    total += weight;
  }
  return total === 0 ? 0 : sum / total;
}

function raise(at: number): never {
  throw new RangeError(`no shard ${at}`);
}

function perSource(
  { sources }: CorpusConfig,
  { count, source, characters, bytes }: Documents,
  drops: Uint8Array,
): readonly { documents: number; characters: number; textBytes: number }[] {
  const sums = sources.map(() => ({ documents: 0, characters: 0, textBytes: 0 }));
  for (let at = 0; at < count; at += 1) {
    const sum = sums[source[at] ?? -1];
    if (drops[at] === 1 || sum === undefined) continue;
    sum.documents += 1;
    sum.characters += characters[at] ?? 0;
    sum.textBytes += bytes[at] ?? 0;
  }
  return sums;
}
