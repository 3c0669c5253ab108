/** Tries again what another try can mend, with growing waits; says which failures those are. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Failure, HubFailure } from './http.ts';
import type { Patience } from './settings.ts';

/** Too many requests, time-outs and a server in trouble pass; what else a 4xx or 5xx says stays true. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504, 520, 522, 524]);

export function mayPass(failure: Failure): boolean {
  switch (failure.kind) {
    case 'network':
    case 'content':
      return true;
    case 'certificate':
      return false;
    case 'status':
      return PASSING.has(failure.status);
  }
}

/** Thrown when it is no use to go on. */
export class GaveUp extends Error {
  readonly failure: Failure;
  readonly tries: number;
  constructor(failure: Failure, tries: number) {
    super(failure.kind);
    this.name = 'GaveUp';
    this.failure = failure;
    this.tries = tries;
  }
}

/** More than this many tries are not made even if each brings a byte. */
const MOST_TRIES = 1000;

/**
 * @param work tells `progress` whenever it got something that the next try need not get again: then the count of
 *   vain tries begins anew.
 * @throws GaveUp
 */
export async function patiently<T>(
  patience: Patience,
  work: (progress: () => void) => Promise<T>,
): Promise<T> {
  let vain = 0;
  for (let tries = 1; ; tries++) {
    let advanced = false;
    try {
      return await work(() => {
        advanced = true;
      });
    } catch (error) {
      if (!(error instanceof HubFailure)) throw error;
      const { failure } = error;
      vain = advanced ? 1 : vain + 1;
      const waitMs = waitOf(failure, vain, patience);
      if (!mayPass(failure) || vain >= patience.attempts || tries >= MOST_TRIES || waitMs === null) {
        throw new GaveUp(failure, tries);
      }
      await sleep(waitMs);
    }
  }
}

/** null: the server asks for more patience than there is. */
function waitOf(failure: Failure, vain: number, patience: Patience): number | null {
  const asked = failure.kind === 'status' ? failure.retryAfterMs : null;
  if (asked !== null && asked > patience.longestRetryAfterMs) return null;
  const doubled = Math.min(patience.firstWaitMs * 2 ** (vain - 1), patience.longestWaitMs);
  // Spread over half to the whole, so that many workers do not come back at the same moment.
  const spread = doubled * (0.5 + Math.random() / 2);
  return Math.max(spread, asked ?? 0);
}
