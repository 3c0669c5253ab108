/** Divergence cells: the checkpoint's and its dense one's distributions over the same windows of one text. */

import type { SessionRequest } from '@evalgraph/engines';
import {
  canDiverge,
  checkModels,
  type DivergenceSession,
  type DivergenceWindow,
} from '@evalgraph/engines/embedded';
import { type DivergenceRecord, prettyJson, UserError, writeResults } from '@evalgraph/formats';
import {
  ANALYSIS_DEFAULTS,
  type DivergencePositions,
  mostDivergent,
  summariseDivergence,
  wandaRecipe,
  windowTokens,
} from '@evalgraph/ppl-compare';
import type { Cell, CellWork } from '../plan/plan.ts';
import { DIVERGENCE_FILE, measuredConfig } from '../results/result-files.ts';
import { type CellContext, type ComputedCell, type PreparedWork, sessionSettings } from './context.ts';
import { joinPositions, openDivergenceJournal } from './divergence-journal.ts';
import { messages } from './messages.ts';
import { emptyResults, openText } from './perplexity-work.ts';
import { readyCheckpoint } from './ready-checkpoint.ts';

type DivergenceWork = Extract<CellWork, { kind: 'divergence' }>;

/** Places where the models part that the record names. */
const SHOWN_POSITIONS = 20;
/** Tokens of text before each of them. */
const CONTEXT_TOKENS = 16;

type DivergentPlace = DivergenceRecord['parts'][number];

/** For counting alone: distributions are no requests. */
export async function prepareDivergence(
  cell: Cell,
  work: DivergenceWork,
  context: CellContext,
): Promise<PreparedWork> {
  const windows = await windowsOf(cell, work, context);
  return {
    requests: windows.map(
      ({ tokens }): SessionRequest => ({
        kind: 'window',
        context: tokens.slice(0, 1),
        continuation: tokens.slice(1),
      }),
    ),
    score: () => {
      throw new Error('a divergence is computed from distributions, not from answers');
    },
  };
}

/** Blocks of seqlen tokens side by side, as `wanda` cuts them: every position has its window's context. */
async function windowsOf(
  cell: Cell,
  { use }: DivergenceWork,
  context: CellContext,
): Promise<readonly DivergenceWindow[]> {
  const text = await openText(cell, use, null, context);
  const plan = await text.plan(wandaRecipe(use.seqlen), cell.limit);
  return plan.windows.map((window, index) => ({ index, tokens: windowTokens(plan, window) }));
}

/** @throws UserError vocabulary-differs; where the engine gives no distributions; as a run of requests does */
export async function computeDivergence(
  cell: Cell,
  work: DivergenceWork,
  context: CellContext,
): Promise<ComputedCell> {
  const { dense, use } = work;
  const { lock } = cell.checkpoint;
  if (lock === null || cell.key === null) throw new UserError(messages.cellNotLocked(cell.id));
  const session = await context.session();
  if (!canDiverge(session))
    throw new UserError(messages.divergenceNeedsRows(cell.id, context.engine.identity.name));
  const note = (line: string): void => context.progress.note(line);
  const denseLock = await readyCheckpoint(context.root, context.pipeline, dense, note);
  await checkModels(
    { folder: dense.folder, tokenizerDigest: denseLock.tokenizerDigest },
    { folder: cell.checkpoint.folder, tokenizerDigest: lock.tokenizerDigest },
  );
  const windows = await windowsOf(cell, work, context);
  const journal = openDivergenceJournal(context.store, cell.key, windows.length);
  const found = new Map(journal.known);
  const tokens = (list: readonly DivergenceWindow[]): number =>
    list.reduce((sum, window) => sum + 2 * (window.tokens.length - 1), 0);
  const left = windows.filter(({ index }) => !found.has(index));
  const meter = context.progress.start(cell.id, windows.length, found.size);
  let computed = 0;
  try {
    const setup = { folder: dense.folder, settings: sessionSettings(dense), threads: context.threads };
    await session.diverge(setup, left, (window) => {
      journal.append(window);
      found.set(window.index, window.positions);
      computed += 2 * window.positions.count;
      meter.answered(found.size);
      meter.computed(computed);
    });
  } finally {
    meter.end();
  }
  const positions = joinPositions(windows.map(({ index }) => foundAt(found, index)));
  const { seed, resamples } = ANALYSIS_DEFAULTS;
  const record: DivergenceRecord = {
    ...summariseDivergence(positions, { seed, resamples }),
    key: cell.key,
    corpus: use.data,
    seqlen: use.seqlen,
    tokenizerDigest: lock.tokenizerDigest,
    parts: await placesOf(positions, windows, session),
  };
  const asked = tokens(windows);
  const result: ComputedCell = {
    scored: {
      results: resultsOf(cell, record, context),
      samples: new Map([[DIVERGENCE_FILE, prettyJson(record)]]),
    },
    origin: journal.known.size > 0 ? 'resumed' : 'computed',
    requests: windows.length,
    tokens: { asked, distinct: asked, computed: tokens(left) },
    notes: [],
  };
  journal.finish();
  return result;
}

function foundAt(found: ReadonlyMap<number, DivergencePositions>, index: number): DivergencePositions {
  const positions = found.get(index);
  if (positions === undefined) throw new Error(`window ${index} was not computed`);
  return positions;
}

async function placesOf(
  positions: DivergencePositions,
  windows: readonly DivergenceWindow[],
  session: DivergenceSession,
): Promise<readonly DivergentPlace[]> {
  const starts: number[] = [];
  let total = 0;
  for (const { tokens } of windows) {
    starts.push(total);
    total += tokens.length - 1;
  }
  const parts = mostDivergent(positions, SHOWN_POSITIONS).filter(({ klNats }) => klNats > 0);
  const places = parts.map((part) => {
    const at = part.position - (starts[part.window] ?? 0) + 1;
    const tokens = windows[part.window]?.tokens ?? [];
    return { ...part, at, before: tokens.slice(Math.max(0, at - CONTEXT_TOKENS), at) };
  });
  const texts = await session.texts(
    places.flatMap(({ before, target, denseTop, prunedTop }) => [before, [target], [denseTop], [prunedTop]]),
  );
  return places.map(({ window, at, klNats, denseP, prunedP }, index): DivergentPlace => {
    const [before = '', token = '', denseTop = '', prunedTop = ''] = texts.slice(4 * index, 4 * index + 4);
    return { window, at, klNats, before, token, denseP, prunedP, denseTop, prunedTop };
  });
}

function resultsOf(cell: Cell, record: DivergenceRecord, context: CellContext): string {
  const { klNats, sameTop, rmsDeltaP, perplexityRatio, windows } = record;
  const metrics = {
    'kl_mean,none': klNats.mean.value,
    'kl_p99,none': klNats.p99.value,
    'same_top,none': sameTop.value,
    'rms_delta_p,none': rmsDeltaP.value,
    'perplexity_ratio,none': perplexityRatio.value,
  };
  return writeResults({
    ...emptyResults(cell, context),
    configs: { [cell.name]: measuredConfig(cell) },
    results: { [cell.name]: { alias: cell.name, metrics, samples: windows } },
  });
}
