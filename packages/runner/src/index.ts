export { cellProjectName, comparisonProjectName, stageProjectName } from './cell-names.ts';
export { messages as runnerMessages } from './messages.ts';
export { checkPipelineName, loadLocked, pipelineNames, planPipeline, requireMade } from './workspace.ts';
