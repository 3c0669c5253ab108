/**
 * Claims: of several processes one at a time computes a key, makes a stage, downloads a file, has a GPU. One that is
 * alive keeps a claim until it gives it back; one that is gone, however it ended, holds nothing.
 */

import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import { abandonmentIn, diskFolder, sweepStaged, TOUCH_MS } from './disk-folder.ts';
import { isSameProcess, processSpace, processStart } from './process-start.ts';
import {
  type Attempt,
  attempt,
  type ClaimFolder,
  type ClaimRecord,
  extend,
  giveBack,
  type Observer,
  renew,
  type Steps,
} from './steps.ts';

const POLL_MS = 300;

export interface Claim {
  /** The process that computes for this one: the claim lasts as long as it does. */
  extendTo(pid: number): void;
  /** @throws UserError where another machine took it over: this one seemed gone to it. */
  mustHold(): void;
  release(): void;
}

export type Taken =
  | { readonly taken: true; readonly claim: Claim }
  | { readonly taken: false; readonly pid: number; readonly host: string };

export interface Claims {
  /** @throws UserError where the folder cannot be written */
  tryTake(name: string): Taken;
  /** Waits until the name is free. @param onWait called once, where it is not free at once. */
  take(name: string, onWait: () => void): Promise<Claim>;
}

/**
 * @param folder made where there is none. Records lie in 256 folders below it, by the name's digest: few in each, however
 *   many names there are, and of those that are given back no more than the last of each folder stays.
 */
export function openClaims(folder: string): Claims {
  // How long another machine's record was seen untouched counts over all attempts.
  const watches = new Map<string, (file: string) => boolean>();
  const tryTake = (name: string): Taken => {
    const own = join(folder, shardOf(name));
    const isAbandoned = watches.get(own) ?? abandonmentIn(own);
    watches.set(own, isAbandoned);
    const observer = observerOf(isAbandoned);
    const files = diskFolder(own);
    for (;;) {
      const result: Attempt = run(attempt(files, name, observer));
      if (result.state === 'held') return { taken: false, pid: result.pid, host: result.host };
      if (result.state === 'again') continue;
      sweepStaged(own);
      return { taken: true, claim: held(files, name, result.number, observer) };
    }
  };
  return {
    tryTake,
    async take(name, onWait) {
      for (let waited = false; ; waited = true) {
        const result = tryTake(name);
        if (result.taken) return result.claim;
        if (!waited) onWait();
        await sleep(POLL_MS * (0.5 + Math.random()));
      }
    },
  };
}

/** The folder of a name's records, below that of all claims. */
export function shardOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 2);
}

function observerOf(isAbandoned: (file: string) => boolean): Observer {
  const self: ClaimRecord = {
    host: hostname(),
    space: processSpace(),
    holders: [{ pid: process.pid, start: processStart(process.pid) }],
  };
  return { self, isAlive: ({ pid, start }) => isSameProcess(pid, start), isAbandoned };
}

function held(files: ClaimFolder, name: string, number: number, observer: Observer): Claim {
  const touch = (): void => {
    try {
      run(renew(files, name, number));
    } catch {
      // A timer has nobody to tell: whoever is about to write asks mustHold, which meets the same failure.
    }
  };
  const timer = setInterval(touch, TOUCH_MS);
  timer.unref();
  return {
    extendTo: (pid) => run(extend(files, name, number, observer, [{ pid, start: processStart(pid) }])),
    mustHold: () => {
      if (!run(renew(files, name, number))) throw new UserError(messages.claimLost(name));
    },
    release: () => {
      clearInterval(timer);
      run(giveBack(files, name, number));
    },
  };
}

/** Straight through. */
function run<T>(steps: Steps<T>): T {
  for (let next = steps.next(); ; next = steps.next(next.value())) if (next.done === true) return next.value;
}
