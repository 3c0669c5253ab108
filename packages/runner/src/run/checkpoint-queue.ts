/** The checkpoints of a run with their cells, in the order of the plan. */
import type { Cell, CheckpointUse } from '../plan/plan.ts';
import { hasStored } from '../store/results.ts';

export interface CheckpointGroup {
  readonly checkpoint: CheckpointUse;
  readonly cells: readonly Cell[];
}

export interface Queue {
  /** The group has begun: from now on it is nobody's next. */
  begin(group: CheckpointGroup): void;
  /** The next checkpoint that has not begun and has something to compute; null where there is none. */
  nextToCompute(): CheckpointUse | null;
}

export function groupByCheckpoint(cells: readonly Cell[]): readonly CheckpointGroup[] {
  const groups = Map.groupBy(cells, ({ checkpoint }) => checkpoint.id);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ checkpoint: first.checkpoint, cells: group }];
  });
}

export function openQueue(groups: readonly CheckpointGroup[], store: string): Queue {
  const waiting = new Set(groups);
  return {
    begin(group) {
      waiting.delete(group);
    },
    nextToCompute() {
      for (const { checkpoint, cells } of waiting) {
        if (cells.some(({ key }) => key !== null && !hasStored(store, key))) return checkpoint;
      }
      return null;
    },
  };
}
