/** What a plan is made from, beside the pipeline. */
import type { EngineIdentity } from '@evalgraph/formats';
import type { TaskLibrary } from '@evalgraph/tasks';
import type { LockedCatalog } from '../locks/locked-catalog.ts';

export interface PlanContext {
  /** Absolute path of the workspace. */
  readonly root: string;
  readonly library: TaskLibrary;
  readonly catalog: LockedCatalog;
  /** null: its versions are not locked. */
  readonly engine: EngineIdentity | null;
  /**
   * Before the targets run nobody knows the weights that they will make: `foreseen` puts a name in the place of their
   * digests, the same whether they are there or not, so that a project graph does not change because a stage ran.
   */
  readonly weights: 'foreseen' | 'made';
}
