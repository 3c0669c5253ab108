/** What all cells of a run share. */
import type { Engine } from '@evalgraph/engines';
import type { LockCheck } from '../locking/as-locked.ts';
import type { DigestMemo } from '../locks/digest-memo.ts';
import type { Plan } from '../plan/plan.ts';
import type { Progress } from './progress.ts';

export interface RunFacts {
  /** Absolute path of the workspace. */
  readonly root: string;
  readonly store: string;
  readonly plan: Plan;
  readonly engine: Engine;
  readonly progress: Progress;
  readonly memo: DigestMemo;
  readonly check: LockCheck;
}
