/** What a cell would ask and compute, without computing it: needs tokenizer, configuration and rows, no weights. */
import type { RequestEngine, SessionSettings } from '../engines/session.ts';
import { isDatasetLockFile, storeFolder } from '../layout.ts';
import { fetchData } from '../locks/fetch-data.ts';
import type { Cell } from '../plan/plan.ts';
import { fetchSmallFiles } from './checkpoint-supply.ts';
import { lineProgress } from './progress.ts';
import { prepareWork } from './work.ts';

export interface CellCounts {
  readonly requests: number;
  readonly asked: number;
  /** Prompts and continuations; generated tokens are not known before. */
  readonly computed: number;
  readonly generatedAtMost: number;
}

export async function countCell(
  root: string,
  pipeline: string,
  cell: Cell,
  engine: RequestEngine,
  settings: SessionSettings,
): Promise<CellCounts> {
  if (cell.checkpoint.place !== null) await fetchSmallFiles(cell.checkpoint);
  for (const lockFile of new Set(cell.data.map((file) => file.lockFile))) {
    if (!isDatasetLockFile(pipeline, lockFile)) continue;
    const files = cell.data.filter((file) => file.lockFile === lockFile);
    await fetchData(root, lockFile, files, { digest: null, note: () => {} });
  }
  const session = await engine.open(cell.checkpoint.folder, settings, 1);
  try {
    const { requests } = await prepareWork(cell, {
      root,
      store: storeFolder(root),
      pipeline,
      engine,
      threads: 1,
      progress: lineProgress({ write: () => {} }),
      verified: () => Promise.resolve(),
      unchanged: () => {},
      session: () => Promise.resolve(session),
    });
    const { asked, computed } = await session.count(requests);
    const generatedAtMost = requests.reduce(
      (sum, request) => sum + (request.kind === 'generate' ? request.maxGenToks : 0),
      0,
    );
    return { requests: requests.length, asked, computed, generatedAtMost };
  } finally {
    await session.close();
  }
}
