export { cellProjectName, comparisonProjectName, stageProjectName } from './cell-names.ts';
export { messages as runnerMessages } from './messages.ts';
export {
  checkPipelineName,
  loadLocked,
  planPipeline,
  requireMade,
  taskLibrary,
} from './workspace.ts';
