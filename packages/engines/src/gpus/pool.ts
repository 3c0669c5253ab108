/** The GPUs that a pipeline may use, given out to one checkpoint at a time, across processes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { GpusUse } from '@evalgraph/spec';
import { type Claim, type Claims, openClaims } from '@evalgraph/system/claims';
import { chooseGpus, type FoundGpus, type Gpu, gpuKind } from './devices.ts';
import { phrases } from './messages.ts';

const POLL_MS = 500;

export interface LeasedGpus {
  readonly gpus: readonly Gpu[];
  /** For the process that computes: it sees these GPUs and no others. */
  readonly environment: Readonly<Record<string, string>>;
  /** The process that computes on them. */
  extendTo(pid: number): void;
  release(): void;
}

/**
 * Waits until as many are free as a checkpoint gets. All or none: whoever held one and waited for a second could wait
 * for somebody who does the same.
 *
 * @param folder of the leases
 * @throws UserError where the machine lacks what is asked for
 */
export async function leaseGpus(
  folder: string,
  found: FoundGpus,
  use: GpusUse,
  onLine: (line: string) => void,
): Promise<LeasedGpus> {
  const chosen = chooseGpus(found, use);
  const claims = openClaims(folder);
  for (let told = false; ; told = true) {
    const { leases, holders } = takeFree(claims, chosen, use.perCheckpoint);
    if (leases.length === use.perCheckpoint) return leased(leases);
    for (const { claim } of leases) claim.release();
    if (!told) onLine(phrases.waiting(holders));
    // Two that take and give back in step would do so for ever.
    await sleep(POLL_MS * (0.5 + Math.random()));
  }
}

interface OneLease {
  readonly gpu: Gpu;
  readonly claim: Claim;
}

function takeFree(
  claims: Claims,
  gpus: readonly Gpu[],
  wanted: number,
): { readonly leases: readonly OneLease[]; readonly holders: readonly string[] } {
  const leases: OneLease[] = [];
  const holders: string[] = [];
  for (const gpu of gpus) {
    if (leases.length === wanted) break;
    const result = claims.tryTake(gpu.uuid);
    if (result.taken) leases.push({ gpu, claim: result.claim });
    else holders.push(phrases.heldBy(gpu.index, result.pid, result.host));
  }
  return { leases, holders };
}

function leased(leases: readonly OneLease[]): LeasedGpus {
  const gpus = leases.map(({ gpu }) => gpu);
  return {
    gpus,
    environment: {
      // CUDA's own order is by speed; with the bus's, its numbers are nvidia-smi's. (Some programs read numbers only.)
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      CUDA_VISIBLE_DEVICES: gpus.map(({ index }) => index).join(','),
    },
    extendTo: (pid) => {
      for (const { claim } of leases) claim.extendTo(pid);
    },
    release: () => {
      for (const { claim } of leases) claim.release();
    },
  };
}

/** Checkpoints that can be evaluated side by side; 1 where there is no GPU, which the first cell then reports. */
export function checkpointsAtOnce(found: FoundGpus, use: GpusUse): number {
  try {
    return Math.max(1, Math.floor(chooseGpus(found, use).length / use.perCheckpoint));
  } catch {
    return 1;
  }
}

export function kindOf(gpus: readonly Gpu[]): string {
  const [first] = gpus;
  if (first === undefined) return 'no GPU';
  return gpus.length === 1 ? gpuKind(first) : `${gpus.length} x ${gpuKind(first)}`;
}
