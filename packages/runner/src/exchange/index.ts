export {
  type ExportedCell,
  type ExportedCheckpoint,
  type ExportedPrompts,
  exportCheckpoint,
} from './export-lm-eval.ts';
export {
  type ImportedModel,
  type ImportRule,
  importLmEval,
  type ResultsFile,
  samplesFiles,
} from './import-lm-eval.ts';
export { importedFiles } from './imported-pipeline.ts';
export { originOf } from './imported-results.ts';
export { openZip, type ZipWriter } from './zip.ts';
