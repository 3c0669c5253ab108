export {
  isMissing,
  isProcessAlive,
  writeFileAtomic,
  writeFilesAtomic,
  writeFolderAtomic,
  writeFolderStaged,
} from './atomic.ts';
export { byName, ownValue } from './by-name.ts';
export { bytesText } from './bytes-text.ts';
export type { JsonValue } from './canonical-json.ts';
export { canonicalJson, prettyJson } from './canonical-json.ts';
export type {
  AnalysisOptions,
  AnyComparison,
  ComparedCurve,
  ComparedPerplexity,
  ComparedSparsity,
  ComparisonRecord,
  ComparisonSet,
  CurveChange,
  CurvePoint,
  DivergenceRecord,
  DivergenceSummary,
  Estimate,
  FlipCount,
  Flips,
  Interval,
  PairedAnalysis,
  PairedTask,
  PerplexityPoint,
  Reconciliation,
  SeriesComparisonRecord,
  SparsitySummary,
  Verdict,
  ZeroCount,
} from './comparison-record.ts';
export { COMPARISON_FILE, comparedDigests, comparisonRecord, divergenceRecord } from './comparison-record.ts';
export type { CsvColumns, CsvOptions, CsvType } from './csv.ts';
export { csvColumns, readCsv } from './csv.ts';
export type { Messages, Text } from './define-messages.ts';
export { defineMessages } from './define-messages.ts';
export type { FileDigest } from './digest.ts';
export { digestFile, digestValue, sha256Hex } from './digest.ts';
export type { Position, Problem } from './errors.ts';
export { formatProblem, UserError } from './errors.ts';
export type { TextRange } from './excerpt.ts';
export { excerpt, lineAndColumn, positionOf } from './excerpt.ts';
export { entriesBelow, filesBelow } from './folder-files.ts';
export type { JsonLine } from './jsonl.ts';
export { MAX_LINE_BYTES, readJsonLines, readJsonl } from './jsonl.ts';
export type { LmEvalResults, LmEvalTask } from './lm-eval-results.ts';
export {
  lmEvalArguments,
  lmEvalSamplesTask,
  lmEvalSanitised,
  MAX_LM_EVAL_RESULTS,
  parseLmEvalResults,
} from './lm-eval-results.ts';
export { messages as formatsMessages } from './messages.ts';
export type { MetricName } from './metric-key.ts';
export {
  compareFilters,
  isStderr,
  metricKey,
  metricsIn,
  splitMetricKey,
  stderrKey,
} from './metric-key.ts';
export { agrees, engineNoise, FLOAT_NOISE, relativeDifference } from './noise.ts';
export { builtProgram, packageFolder } from './package-files.ts';
export type { ParquetInfo, ParquetOptions, TableRow } from './parquet.ts';
export { parquetInfo, readParquet } from './parquet.ts';
export { isoToPythonDatetime, pythonDate, pythonDatetime } from './python-date.ts';
export { pythonFloatRepr } from './python-float.ts';
export type { DumpOptions } from './python-json.ts';
export { dumpsPython, encodeUtf8, MAX_JSON_DEPTH, parsePythonJson } from './python-json.ts';
export type { PyDict, PyList, PyValue } from './python-value.ts';
export { PyFloat } from './python-value.ts';
export type { Draw } from './random/mersenne-twister.ts';
export { mersenneTwister } from './random/mersenne-twister.ts';
export { normalQuantile } from './random/normal.ts';
export type { PythonRandom } from './random/python-random.ts';
export { pythonRandom } from './random/python-random.ts';
export type { Random } from './random/xoshiro.ts';
export { seededRandom, xoshiro128 } from './random/xoshiro.ts';
export type { RecordSource } from './record-file.ts';
export {
  damagedFile,
  MAX_RECORD_BYTES,
  parseJson,
  parseRecord,
  readOrNull,
  readOrNullSync,
  readRecord,
  readRecordSync,
  unreadableFile,
} from './record-file.ts';
export type {
  CellResults,
  CheckpointIdentity,
  EngineIdentity,
  MetricValues,
  PerplexityFigure,
  PerplexityRecipe,
  RunRecord,
  SampleRow,
  TaskScores,
} from './records.ts';
export { checkpointIdentity, engineIdentity, perplexityRecipe, runRecord } from './records.ts';
export { openRegular, readRegular, readRegularSync, streamRegular } from './regular-file.ts';
export { parseResults, writeResults } from './results-file.ts';
export type {
  SafetensorsDtype,
  SafetensorsHeader,
  TensorEntry,
  WeightEntry,
  Weights,
} from './safetensors.ts';
export { MAX_HEADER_BYTES, openWeights, readSafetensorsHeader } from './safetensors.ts';
export { readTensor } from './safetensors-read.ts';
export type { TensorSource } from './safetensors-write.ts';
export { readTensorBytes, tensorByteLength, writeSafetensors, writeWeights } from './safetensors-write.ts';
export { parseSealed, sealed } from './sealed.ts';
export type {
  CamelCase,
  Fields,
  FieldsInput,
  FieldsValue,
  Setting,
  SettingInput,
  SettingValue,
} from './setting.ts';
export * as setting from './setting.ts';
export { camelCase, snakeCase } from './setting.ts';
export type { SettingMistake, SettingPath } from './setting-read.ts';
export { brokenLimit, pathText, readSetting } from './setting-read.ts';
export type { JsonSchema } from './setting-schema.ts';
export { settingSchema } from './setting-schema.ts';
export type { Shape, ShapeOf } from './shape.ts';
export * as shape from './shape.ts';
export { ShapeMismatch } from './shape.ts';
export { editDistance, nearest, suggest } from './suggest.ts';
export type { SummaryRecord } from './summary-record.ts';
export { parseSummaryRecord } from './summary-record.ts';
export { type BytePlace, badUtf8, universalNewlines, utf8Remedy } from './text-file.ts';
export { escapedCharacter, visibleText } from './visible-text.ts';
export {
  alternatives,
  counted,
  cut,
  didYouMean,
  firstOf,
  formatCount,
  linesOf,
  orMeant,
  shortDigest,
  shown,
} from './wording.ts';
export { MAX_YAML_ERRORS, MAX_YAML_TOKENS, parseYaml } from './yaml-document.ts';
