export type { Position, Problem } from './errors.ts';
export { formatProblem, UserError } from './errors.ts';
export type { PyDict, PyList, PyValue } from './python-value.ts';
export { PyFloat } from './python-value.ts';
export type {
  CellResults,
  CheckpointIdentity,
  ComparisonRecord,
  EngineIdentity,
  MetricValues,
  PairedTask,
  PerplexityFigure,
  RunRecord,
  SampleRow,
  SparsitySummary,
  TaskScores,
} from './records.ts';
