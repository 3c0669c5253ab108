/** What a cell would ask and compute, without computing it: needs its tokenizer and configuration, no weights. */
import type { RequestEngine, SessionSettings } from '../engines/session.ts';
import { storeFolder } from '../layout.ts';
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
  cell: Cell,
  engine: RequestEngine,
  settings: SessionSettings,
): Promise<CellCounts> {
  if (cell.checkpoint.place !== null) await fetchSmallFiles(cell.checkpoint);
  const session = await engine.open(cell.checkpoint.folder, settings, 1);
  try {
    const { requests } = await prepareWork(cell, {
      root,
      store: storeFolder(root),
      pipeline: '',
      engine,
      threads: 1,
      progress: lineProgress({ write: () => {} }),
      verified: () => Promise.resolve(),
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
