export { makeStage, stageKeys } from './make-stage.ts';
