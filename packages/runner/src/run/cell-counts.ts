/** What a cell would ask and compute, without computing it: needs tokenizer, configuration and rows, no weights. */

import type { RequestEngine, Session } from '@evalgraph/engines';
import { parseSealed, readOrNullSync, sealed, shape, UserError, writeFileAtomic } from '@evalgraph/formats';
import { countsFile, isDatasetLockFile, storeFolder } from '@evalgraph/spec';
import { writing } from '@evalgraph/system';
import { fetchData } from '../locking/fetch-data.ts';
import type { Cell } from '../plan/plan.ts';
import { fetchSmallFiles } from './checkpoint-supply.ts';
import { sessionSettings } from './context.ts';
import { lineProgress } from './progress.ts';
import { prepareWork } from './work.ts';

export interface CellCounts {
  readonly requests: number;
  readonly asked: number;
  /** Prompts and continuations; generated tokens are not known before. */
  readonly computed: number;
  readonly generatedAtMost: number;
}

export interface CellCounter {
  /** @throws UserError where tokenizer, configuration or rows cannot be read, or do not fit each other. */
  count(cell: Cell): Promise<CellCounts>;
  /** Ends its processes, and keeps what was counted. */
  close(): Promise<void>;
}

/**
 * Counts cells: each key once for all time, what checkpoints of a series have in common once, and in one process for
 * each tokenizer and configuration.
 */
export function openCounter(root: string, pipeline: string, engine: RequestEngine): CellCounter {
  const kept = readCounts(countsFile(root));
  const byMeaning = new Map<string, CellCounts>();
  const sessions = new Map<string, Promise<Session>>();
  let isChanged = false;
  return {
    async count(cell) {
      const known = cell.key === null ? undefined : kept.get(cell.key);
      if (known !== undefined) return known;
      const { checkpoint } = cell;
      const reader = readerOf(checkpoint);
      const meaning = [cell.name, cell.limit, reader].join(' ');
      let counts = byMeaning.get(meaning);
      if (counts === undefined) {
        await fetchWhatIsRead(root, pipeline, cell);
        const session =
          sessions.get(reader) ?? engine.open(checkpoint.folder, sessionSettings(checkpoint), 1);
        sessions.set(reader, session);
        counts = await named(cell, countCell(root, pipeline, cell, engine, await session));
        byMeaning.set(meaning, counts);
      }
      if (cell.key !== null) {
        kept.set(cell.key, counts);
        isChanged = true;
      }
      return counts;
    },
    async close() {
      for (const session of await Promise.allSettled(sessions.values())) {
        if (session.status === 'fulfilled') await session.value.close();
      }
      if (!isChanged) return;
      const path = countsFile(root);
      const text = JSON.stringify(sealed({ format: COUNTS_FORMAT, counts: Object.fromEntries(kept) }));
      await writing(path, () => writeFileAtomic(path, `${text}\n`));
    },
  };
}

/** One of many cells is at fault: what requests cannot be made of names no cell, so the cell's name goes before it. */
async function named<Value>({ id }: Cell, work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      error.problems.map((problem) =>
        REQUEST_PROBLEMS.has(problem.code) ? { ...problem, message: `${id}: ${problem.message}` } : problem,
      ),
    );
  }
}

const REQUEST_PROBLEMS: ReadonlySet<string> = new Set([
  'no-room-for-context',
  'checkpoint-new-tokens',
  'empty-continuation',
  'continuation-too-long',
]);

/** What decides how a text becomes tokens and passes. */
function readerOf({ lock, model }: Cell['checkpoint']): string {
  return [lock?.tokenizerDigest, lock?.files['config.json']?.sha256, model.maxLength, model.addBosToken].join(
    ' ',
  );
}

/** Rises when passes are planned otherwise: what was counted before is then forgotten. */
const COUNTS_FORMAT = 2;
/** 10,000 cells are 2 MB. */
const MAX_COUNTS_BYTES = 100_000_000;

const countsRecord = shape.record({
  format: shape.oneOf(COUNTS_FORMAT),
  counts: shape.dictionary(
    shape.record({
      requests: shape.count,
      asked: shape.count,
      computed: shape.count,
      generatedAtMost: shape.count,
    }),
  ),
});

/** Damaged, it is as good as absent: counting again mends it. Its seal tells a count that still looks like one. */
function readCounts(path: string): Map<string, CellCounts> {
  const source = { file: path, remedy: 'Remove it: it is made again.' };
  try {
    const content = readOrNullSync(path, source);
    if (content === null || content.length > MAX_COUNTS_BYTES) return new Map();
    return new Map(Object.entries(parseSealed(content, source, countsRecord).counts));
  } catch (error) {
    if (error instanceof UserError) return new Map();
    throw error;
  }
}

async function fetchWhatIsRead(root: string, pipeline: string, cell: Cell): Promise<void> {
  if (cell.checkpoint.place !== null) await fetchSmallFiles(cell.checkpoint);
  for (const lockFile of new Set(cell.data.map((file) => file.lockFile))) {
    if (!isDatasetLockFile(pipeline, lockFile)) continue;
    const files = cell.data.filter((file) => file.lockFile === lockFile);
    await fetchData(root, lockFile, files, { digest: null, note: () => {} });
  }
}

async function countCell(
  root: string,
  pipeline: string,
  cell: Cell,
  engine: RequestEngine,
  session: Session,
): Promise<CellCounts> {
  const { requests } = await prepareWork(cell, {
    root,
    store: storeFolder(root),
    pipeline,
    engine,
    threads: 1,
    progress: lineProgress({ write: () => {} }),
    verifyCheckpoint: () => Promise.resolve(),
    assertUnchanged: () => {},
    session: () => Promise.resolve(session),
  });
  const { asked, computed } = await session.count(requests);
  const generatedAtMost = requests.reduce(
    (sum, request) => sum + (request.kind === 'generate' ? request.maxGenToks : 0),
    0,
  );
  return { requests: requests.length, asked, computed, generatedAtMost };
}
