export {
  cellPlace,
  checkPlaced,
  type PlacedFolder,
  readPlaced,
  readPlacedRecord,
  readRun,
  withManifest,
} from './placed.ts';
export { findCells, readCells } from './read-results.ts';
export {
  DIVERGENCE_FILE,
  KEY_FILE,
  localiseFiles,
  RECONCILIATION_FILE,
  RESULTS_FILE,
  RUN_FILE,
  SAMPLES_FILE,
  samplesFile,
} from './result-files.ts';
