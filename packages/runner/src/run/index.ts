export { type CellCounts, openCounter } from './cell-counts.ts';
export { restoreCell } from './cell-run.ts';
export { type CellOutcome, runCells } from './cells-run.ts';
export { LOG_FILE, openEventLog } from './event-log.ts';
export { measuredRate } from './measured-rate.ts';
export { loggedProgress, type OutputMode, outputMode } from './output.ts';
export { plannedEngine } from './planned-engine.ts';
export { count, duration, lineProgress } from './progress.ts';
export { type Verification, type VerifiedFigure, verifyPipeline } from './verify-run.ts';
