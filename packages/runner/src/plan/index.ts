export { compareKeyParts, type KeyDifference } from './key.ts';
export {
  type AvoidedTasks,
  type Cell,
  type CheckpointUse,
  cellsOfComparison,
  isTaskCell,
  type MadeBy,
  type Plan,
  type PlannedComparison,
} from './plan.ts';
export { resolveTask } from './resolve-task.ts';
