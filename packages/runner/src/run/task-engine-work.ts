/** A cell evaluated by an engine that runs whole tasks: its scores become the same results file. */

import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { HandedTask, TaskEngine } from '@evalgraph/engines';
import { hasJobRecord } from '@evalgraph/engines/launchers';
import { type CellResults, digestValue, UserError, writeResults } from '@evalgraph/formats';
import { writing } from '@evalgraph/system';
import { dataFiles } from '@evalgraph/tasks';
import { openLockedCatalog } from '../locks/locked-catalog.ts';
import type { Cell, CellWork, CheckpointUse } from '../plan/plan.ts';
import { samplesFile } from '../results/result-files.ts';
import { type CellContext, type ComputedCell, sessionSettings } from './context.ts';
import { messages } from './messages.ts';

type TaskWork = Extract<CellWork, { kind: 'task' | 'foreign' }>;

/** @throws UserError where the engine fails, or the cell is a perplexity protocol of ours. */
export async function computeByTaskEngine(
  cell: Cell,
  engine: TaskEngine,
  context: CellContext,
): Promise<ComputedCell> {
  const { work } = cell;
  if (work.kind !== 'task' && work.kind !== 'foreign')
    throw new UserError(messages.protocolNeedsTokens(cell.id, engine.identity.name));
  await context.verifyCheckpoint();
  const scratch = join(context.store, 'scratch', cell.key ?? '');
  await writing(scratch, async () => {
    if (!hasJobRecord(scratch)) await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch, { recursive: true });
  });
  const { scores, samples, notes } = await engine.evaluate({
    root: context.root,
    cell: cell.id,
    folder: cell.checkpoint.folder,
    shape: shapeOf(cell.checkpoint),
    settings: sessionSettings(cell.checkpoint),
    task: handedTask(cell, work, context),
    ...work.settings,
    scratch,
    onLine: (line) => context.progress.note(`${cell.id}: ${line}`),
  });
  const results: CellResults = {
    format: 1,
    key: cell.key ?? '',
    pipeline: '',
    checkpoint: { model: '', checkpoint: '', step: null, digest: cell.checkpoint.lock?.digest ?? '' },
    task: cell.name,
    limit: cell.limit,
    engine: engine.identity,
    ...scores,
  };
  const files = [...samples].map(([task, lines]) => [samplesFile(task), lines] as const);
  return {
    scored: { results: writeResults(results), samples: new Map(files) },
    origin: 'computed',
    requests: Object.values(scores.sampleCounts).reduce((sum, { effective }) => sum + effective, 0),
    tokens: { asked: 0, distinct: 0, computed: 0 },
    notes,
  };
}

/** Configuration and size of the weights: checkpoints of a series differ in neither. */
function shapeOf({ lock }: CheckpointUse): string {
  const files = lock?.files ?? {};
  const bytes = Object.values(files).reduce((sum, { size }) => sum + size, 0);
  return digestValue({ config: files['config.json']?.sha256 ?? null, bytes });
}

function handedTask(
  cell: Cell,
  work: TaskWork,
  { root, pipeline }: Pick<CellContext, 'root' | 'pipeline'>,
): HandedTask {
  if (work.kind === 'foreign') {
    const { task, folder } = work;
    return {
      kind: 'theirs',
      task,
      name: cell.name,
      includePath: folder === null ? null : join(root, folder),
    };
  }
  const catalog = openLockedCatalog(root, [pipeline]);
  return {
    kind: 'ours',
    node: work.node,
    files: (task) =>
      dataFiles(task, catalog).map(({ split, path }) => ({ split, path: resolve(root, path) })),
  };
}
