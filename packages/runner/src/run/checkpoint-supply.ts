/**
 * Checkpoints of the hub on this disk while a run needs them: fetched before they are opened, the next one while one is
 * evaluated, and, with `keep`, taken off the disk again when their cells are done. Folders are left alone.
 */
import { bytesText, type FileDigest } from '@evalgraph/formats';
import { type Hub, type HubFile, openHub, originRequest } from '@evalgraph/sources/hub';
import { type CheckpointUse, comparedIds } from '../plan/plan.ts';
import { checkpointSparsity } from './checkpoint-sparsity.ts';
import type { RunFacts } from './run-facts.ts';

export interface CheckpointSupply {
  /** @throws UserError where the files cannot be had; what arrived is kept for the next time. */
  ensure(checkpoint: CheckpointUse): Promise<void>;
  /** Begins to fetch without waiting; a failure is told to whoever asks `ensure`. */
  prefetch(checkpoint: CheckpointUse): void;
  /** Its cells are done. */
  done(checkpoint: CheckpointUse): Promise<void>;
}

export interface SupplyOptions {
  readonly digest: (path: string) => Promise<FileDigest>;
  readonly note: (line: string) => void;
  /** Checkpoints that this run downloaded and that stay when their cells are done; null: all. */
  readonly keep: number | null;
  /** Ids of checkpoints whose weights are needed after the run. */
  readonly needed: ReadonlySet<string>;
  /** The last that is done with weights on this disk. A failure is not the run's: whoever needs the outcome meets it again. */
  readonly beforeFree?: (checkpoint: CheckpointUse) => Promise<void>;
}

interface Brought {
  readonly checkpoint: CheckpointUse;
  readonly files: readonly HubFile[];
}

/** The supply of a run; what its comparisons want of the weights is kept, or counted before they go. */
export function supplyFor({ plan, store, memo, progress }: RunFacts, keep: number | null): CheckpointSupply {
  const bySeries = Map.groupBy(plan.comparisons, ({ use }) => use.form === 'series');
  const ofSeries = new Set((bySeries.get(true) ?? []).flatMap(comparedIds));
  return openSupply({
    digest: (path) => memo.digest(path),
    note: (line) => progress.note(line),
    keep,
    needed: new Set((bySeries.get(false) ?? []).flatMap(comparedIds)),
    // Two whole series need not fit on the disk.
    beforeFree: async (checkpoint) => {
      if (ofSeries.has(checkpoint.id)) await checkpointSparsity(store, checkpoint);
    },
  });
}

export function openSupply(options: SupplyOptions): CheckpointSupply {
  let hub: Hub | null = null;
  const fetching = new Map<string, Promise<void>>();
  const brought = new Map<string, Brought>();
  const finished: Brought[] = [];
  const begin = (checkpoint: CheckpointUse): Promise<void> => {
    const known = fetching.get(checkpoint.id);
    if (known !== undefined) return known;
    hub ??= openHub();
    const work = fetchCheckpoint(hub, checkpoint, options).then((files) => {
      brought.set(checkpoint.id, { checkpoint, files });
    });
    fetching.set(checkpoint.id, work);
    work.catch(() => fetching.delete(checkpoint.id));
    return work;
  };
  return {
    ensure: (checkpoint) => (isOfHub(checkpoint) ? begin(checkpoint) : Promise.resolve()),
    prefetch(checkpoint) {
      if (isOfHub(checkpoint)) begin(checkpoint).catch(() => {});
    },
    async done(checkpoint) {
      const own = brought.get(checkpoint.id);
      if (own === undefined || options.keep === null || options.needed.has(checkpoint.id)) return;
      finished.push(own);
      while (finished.length > options.keep) {
        const oldest = finished.shift();
        if (oldest === undefined || hub === null) return;
        await options.beforeFree?.(oldest.checkpoint).catch(() => {});
        fetching.delete(oldest.checkpoint.id);
        await free(hub, oldest, options.note);
      }
    },
  };
}

function isOfHub({ lock, place }: CheckpointUse): boolean {
  return place !== null && lock !== null && lock.hub !== null;
}

/** @returns what was not on this disk before. */
export async function fetchCheckpoint(
  hub: Hub,
  { id, lock }: CheckpointUse,
  options: Pick<SupplyOptions, 'digest' | 'note'>,
): Promise<readonly HubFile[]> {
  if (lock === null || lock.hub === null) return [];
  const request = originRequest(lock.hub, lock.files);
  return (await hub.fetch(request, { ...options, label: id })).downloaded;
}

/** Configuration and tokenizer, for whoever counts tokens and computes nothing. */
export async function fetchSmallFiles({ id, lock }: CheckpointUse): Promise<void> {
  if (lock === null || lock.hub === null) return;
  const request = originRequest(lock.hub, lock.files);
  const files = request.files.filter((file) => !isWeights(file));
  await openHub().fetch({ ...request, files }, { label: id, note: () => {}, digest: null });
}

function isWeights({ path }: HubFile): boolean {
  return path.endsWith('.safetensors');
}

/** Weights alone: configuration and tokenizer are small, and other checkpoints share them. */
async function free(hub: Hub, { checkpoint, files }: Brought, note: (line: string) => void): Promise<void> {
  const { lock } = checkpoint;
  if (lock === null || lock.hub === null) return;
  const weights = files.filter(isWeights);
  const { repository, commit } = originRequest(lock.hub, lock.files);
  const freed = await hub.remove(repository, commit, weights);
  if (freed > 0) note(`${checkpoint.id}: done; ${bytesText(freed)} taken off the disk`);
}
