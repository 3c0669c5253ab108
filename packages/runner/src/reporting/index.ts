export { collectReport, completeReport, runReport } from './report-run.ts';
export { readRows } from './report-samples.ts';
export { writeSamplesCsv } from './report-samples-csv.ts';
