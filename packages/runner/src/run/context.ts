/** What the run of a cell is given, and what it gives back. */

import type {
  Engine,
  Session,
  SessionRequest,
  SessionResponse,
  SessionSettings,
  TokenCounts,
} from '@evalgraph/engines';
import type { RunRecord } from '@evalgraph/formats';
import type { CheckpointUse } from '../plan/plan.ts';
import type { Progress } from './progress.ts';

export interface CellContext {
  readonly root: string;
  readonly store: string;
  readonly pipeline: string;
  readonly engine: Engine;
  readonly threads: number;
  readonly progress: Progress;
  /** Fetches the checkpoint's files where they are missing, and holds them against its lock. @throws UserError */
  verifyCheckpoint(): Promise<void>;
  /** @throws UserError where a file of the checkpoint changed since it was verified. */
  assertUnchanged(): void;
  /** Opens the checkpoint on first use; cells of a checkpoint share it. Request engines only. */
  session(): Promise<Session>;
}

/** A cell's work: its requests, and how responses become results and samples. One shape for every kind of cell. */
export interface PreparedWork {
  readonly requests: readonly SessionRequest[];
  /** @param responses one for each request, in order. */
  score(responses: readonly SessionResponse[]): ScoredWork;
}

export interface ScoredWork {
  /** Content of results.json; the names of pipeline and checkpoint are filled in where it is placed. */
  readonly results: string;
  /** File name -> content. */
  readonly samples: ReadonlyMap<string, string>;
}

/** A cell's work done, whichever kind of engine did it. */
export interface ComputedCell {
  readonly scored: ScoredWork;
  readonly origin: RunRecord['origin'];
  readonly requests: number;
  readonly tokens: TokenCounts;
  /** What the user should know of the run; for run.json. */
  readonly notes: readonly string[];
}

export function sessionSettings({ model }: CheckpointUse): SessionSettings {
  return { maxLength: model.maxLength, addBosToken: model.addBosToken };
}
