/**
 * Runs one cell: stored results, else stored or journaled responses, else the engine; then scores, publishes to
 * the store, and puts the files where the pipeline's results lie.
 */

import { join } from 'node:path';
import type { Engine, SessionRequest, SessionResponse, TokenCounts } from '@evalgraph/engines';
import { digestValue, prettyJson, type RunRecord, sha256Hex, UserError } from '@evalgraph/formats';
import { claimFolder } from '@evalgraph/spec';
import { steadyMs } from '@evalgraph/system';
import { type Claim, openClaims } from '@evalgraph/system/claims';
import { REQUESTS_VERSION, readingParts } from '../plan/key.ts';
import type { Cell } from '../plan/plan.ts';
import { cellPlace, placedSource, placeFiles } from '../results/placed.ts';
import {
  KEY_FILE,
  localiseFiles,
  parseRun,
  RESULTS_FILE,
  RUN_FILE,
  runText,
} from '../results/result-files.ts';
import { type Journal, openJournal, readResponses } from '../store/responses.ts';
import { publishStored, readStored } from '../store/results.ts';
import type { CellContext, ComputedCell, PreparedWork } from './context.ts';
import { computeDivergence } from './divergence-work.ts';
import { hostFacts } from './host.ts';
import { messages, phrases } from './messages.ts';
import { computeByTaskEngine } from './task-engine-work.ts';
import { prepareWork } from './work.ts';

/** @returns where the numbers came from. @throws UserError; what was computed stays in the store. */
export async function runCell(cell: Cell, context: CellContext): Promise<RunRecord['origin']> {
  const key = lockedKey(cell);
  if (await restoreCell(cell, context)) return 'store';
  const claim = await claimFor(cell, key, context);
  try {
    // The process that held the claim may have published meanwhile.
    if (await restoreCell(cell, context)) return 'store';
    return await computeCell(cell, key, context);
  } finally {
    claim.release();
  }
}

/**
 * Claims a result's key, or a responses key, which cells of several results keys share. Whoever claims both claims the
 * responses last, and one at a time: nobody waits in a circle.
 */
function claimFor(cell: Cell, key: string, context: CellContext): Promise<Claim> {
  const onWait = (): void => context.progress.note(phrases.waitingForOther(cell.id));
  return openClaims(claimFolder(context.store)).take(key, onWait);
}

function lockedKey(cell: Cell): string {
  if (cell.key === null) throw new UserError(messages.cellNotLocked(cell.id));
  return cell.key;
}

/** Puts stored results in place. @returns false where the store has none. */
export async function restoreCell(
  cell: Cell,
  context: Pick<CellContext, 'root' | 'store' | 'pipeline'>,
): Promise<boolean> {
  const stored = await readStored(context.store, lockedKey(cell));
  if (stored === null) return false;
  const source = placedSource(cellPlace(context.root, context.pipeline, cell), RUN_FILE);
  const run = parseRun(stored.get(RUN_FILE) ?? '', source);
  const files = new Map<string, string | Uint8Array>(stored);
  files.set(RUN_FILE, runText({ ...run, origin: 'store' }));
  await place(cell, context, files);
  return true;
}

async function place(
  cell: Cell,
  context: Pick<CellContext, 'root' | 'pipeline'>,
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<void> {
  await placeFiles(join(context.root, cell.output), localiseFiles(files, cell, context.pipeline));
}

async function computeCell(cell: Cell, key: string, context: CellContext): Promise<RunRecord['origin']> {
  const startedMs = steadyMs();
  const { work } = cell;
  const computed = await (context.engine.kind === 'tasks'
    ? computeByTaskEngine(cell, context.engine, context)
    : work.kind === 'divergence'
      ? computeDivergence(cell, work, context)
      : computeByRequests(cell, context));
  context.assertUnchanged();
  return publish(cell, key, context, startedMs, computed);
}

async function publish(
  cell: Cell,
  key: string,
  context: CellContext,
  startedMs: number,
  computed: ComputedCell,
): Promise<RunRecord['origin']> {
  const finishedMs = steadyMs();
  const run: RunRecord = {
    format: 1,
    key,
    startedAt: new Date(startedMs).toISOString(),
    finishedAt: new Date(finishedMs).toISOString(),
    seconds: (finishedMs - startedMs) / 1000,
    host: hostFacts(),
    versions: context.engine.versions(),
    threads: context.threads,
    origin: computed.origin,
    requests: computed.requests,
    tokens: computed.tokens,
    ...(computed.notes.length === 0 ? {} : { notes: computed.notes }),
  };
  const files = new Map([
    [RESULTS_FILE, computed.scored.results],
    ...computed.scored.samples,
    [KEY_FILE, prettyJson(cell.keyParts)],
    [RUN_FILE, runText(run)],
  ]);
  await publishStored(context.store, key, files);
  await place(cell, context, files);
  return computed.origin;
}

async function computeByRequests(cell: Cell, context: CellContext): Promise<ComputedCell> {
  const work = await prepareWork(cell, context);
  const { responses, origin, tokens } = await respond(cell, work, context);
  return { scored: work.score(responses), origin, requests: work.requests.length, tokens, notes: [] };
}

interface Responded {
  readonly responses: readonly SessionResponse[];
  readonly origin: RunRecord['origin'];
  readonly tokens: TokenCounts;
}

async function respond(cell: Cell, work: PreparedWork, context: CellContext): Promise<Responded> {
  const key = responsesKey(cell, work.requests, context.engine);
  const stored = storedAnswers(key, work, context);
  if (stored !== null) return stored;
  const claim = await claimFor(cell, key, context);
  try {
    // The process that held the claim, for a cell that asks the same, may have finished meanwhile.
    return storedAnswers(key, work, context) ?? (await compute(cell, key, work, claim, context));
  } finally {
    claim.release();
  }
}

function storedAnswers(key: string, { requests }: PreparedWork, { store }: CellContext): Responded | null {
  const stored = readResponses(store, key, requests.length);
  if (stored === null) return null;
  return { responses: stored.responses, origin: 'rescored', tokens: { ...stored.tokens, computed: 0 } };
}

async function compute(
  cell: Cell,
  key: string,
  { requests }: PreparedWork,
  claim: Claim,
  context: CellContext,
): Promise<Responded> {
  const session = await context.session();
  const journal = openJournal(context.store, key, requests.length);
  const responses = new Map(journal.known);
  const meter = context.progress.start(cell.id, requests.length, responses.size);
  let tokens: TokenCounts;
  try {
    tokens = await session.run(requests, {
      done: new Set(journal.known.keys()),
      onAnswers: (answers) => {
        // Answers of weights that were written to meanwhile are nobody's.
        context.assertUnchanged();
        claim.mustHold();
        journal.append(answers);
        for (const { request, response } of answers) responses.set(request, response);
        meter.answered(responses.size);
      },
      onProgress: (count) => meter.computed(count),
    });
    claim.mustHold();
  } catch (error) {
    meter.end();
    closeAfter(error, journal);
    throw error;
  }
  journal.finish(tokens);
  meter.end();
  return {
    responses: requests.map((_, index) => responseAt(responses, index, cell)),
    origin: journal.known.size > 0 ? 'resumed' : 'computed',
    tokens,
  };
}

/** The first failure is the one to tell: closing after a full disk fails for the same reason. */
function closeAfter(first: unknown, journal: Journal): void {
  try {
    journal.close();
  } catch (error) {
    if (!(error instanceof UserError && first instanceof UserError)) throw error;
  }
}

function responseAt(
  responses: ReadonlyMap<number, SessionResponse>,
  index: number,
  cell: Cell,
): SessionResponse {
  const response = responses.get(index);
  if (response === undefined) throw new Error(`${cell.id}: request ${index} was not answered`);
  return response;
}

/** Identity of responses: what was asked, of which weights, by which engine, under which settings. */
function responsesKey(cell: Cell, requests: readonly SessionRequest[], engine: Engine): string {
  const { lock, model } = cell.checkpoint;
  if (lock === null) throw new UserError(messages.cellNotLocked(cell.id));
  return digestValue({
    checkpoint: lock.digest,
    engine: { ...engine.identity },
    model: { maxLength: model.maxLength, addBosToken: model.addBosToken },
    ...readingParts(lock, model, engine.identity),
    requestsVersion: REQUESTS_VERSION,
    requests: sha256Hex(requests.map((request) => JSON.stringify(request)).join('\n')),
  });
}
