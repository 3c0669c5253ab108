/** One side of a comparison as it lies on the disk: its cells' results, their samples, its weights' sparsity. */
import type { CellResults } from '@evalgraph/formats';
import {
  type ComparisonSide,
  type DocumentRow,
  type SparsityProfile,
  sharedContexts,
  summaryOf,
} from '@evalgraph/ppl-compare';
import type { Model } from '@evalgraph/spec';
import { storeFolder } from '@evalgraph/spec';
import { writeOut } from '@evalgraph/system';
import type { Cell, CheckpointUse, Plan } from '../plan/plan.ts';
import { readCells, readSamples } from '../results/read-results.ts';
import { checkpointSparsity, storedSparsity } from '../run/checkpoint-sparsity.ts';
import { readyCheckpoint } from '../run/ready-checkpoint.ts';

export interface ReadSide {
  readonly side: ComparisonSide;
  readonly profile: SparsityProfile;
  readonly contexts: ReadonlyMap<string, ReadonlyMap<number, string>>;
}

export interface SideOptions {
  /** Weights that were counted before need not be here: those of a series may have left the disk. */
  readonly countedWillDo: boolean;
}

const WHOLE: SideOptions = { countedWillDo: false };

/** @throws UserError where a result is missing or stale, or the weights differ from their lock. */
export async function readSide(
  root: string,
  plan: Plan,
  checkpoint: CheckpointUse,
  cells: readonly Cell[],
  options: SideOptions = WHOLE,
): Promise<ReadSide> {
  const results = await readCells(root, plan, cells);
  const documents = new Map<string, readonly DocumentRow[]>();
  const contexts = new Map<string, ReadonlyMap<number, string>>();
  for (const cell of cells) {
    const result = results.get(cell.id);
    if (cell.work.kind === 'perplexity' || result === undefined) continue;
    for (const [task, rows] of await readSamples(root, plan.pipeline.name, cell, result)) {
      const shared = sharedContexts(rows);
      if (shared !== null) contexts.set(task, shared);
      documents.set(
        task,
        rows.map(({ doc: _doc, ...row }) => row),
      );
    }
  }
  const profile = await readSparsity(root, plan, checkpoint, options);
  const side: ComparisonSide = {
    checkpoint: identityOf(results.values().next().value, checkpoint),
    cells: [...results.values()],
    documents,
    sparsity: summaryOf(profile),
  };
  return { side, profile, contexts };
}

async function readSparsity(
  root: string,
  plan: Plan,
  checkpoint: CheckpointUse,
  { countedWillDo }: SideOptions,
): Promise<SparsityProfile> {
  const store = storeFolder(root);
  const counted = countedWillDo ? await storedSparsity(store, checkpoint) : null;
  if (counted !== null) return counted;
  await readyCheckpoint(root, plan.pipeline.name, checkpoint, (line) => {
    writeOut(`${line}\n`);
  });
  return checkpointSparsity(store, checkpoint);
}

function identityOf(result: CellResults | undefined, checkpoint: CheckpointUse): CellResults['checkpoint'] {
  if (result === undefined) throw new Error(`${checkpoint.id} has no cell to compare`);
  return result.checkpoint;
}

/** The source as the pipeline names it, with the checkpoint's place in it. */
export function sourceText(model: Model): string {
  const { source } = model;
  switch (source.kind) {
    case 'hub':
      return `hf:${source.repository}`;
    case 'imported':
      return `imported:${source.of}`;
    case 'folder':
      return source.path;
    case 'made':
      return `made:${source.by}`;
  }
}

export function sourceOf({ model, checkpoint }: CheckpointUse): string {
  const { location } = checkpoint;
  switch (location.kind) {
    case 'folder':
      return location.path;
    case 'subfolder':
      return `${sourceText(model)}/${location.subfolder}`;
    case 'revision':
      return `${sourceText(model)}@${location.revision}`;
    case 'made':
      return sourceText(model);
  }
}
