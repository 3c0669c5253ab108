export { dialectConfig } from './config/dialect.ts';
export { GENERATION_OVERRIDES } from './config/generation.ts';
export { dialectMetric } from './config/metric-list.ts';
export type { CatalogEntry, DataCatalog } from './data/catalog.ts';
export { EMPTY_CATALOG } from './data/catalog.ts';
export type { TaskCheck } from './data/check-task.ts';
export { checkTask } from './data/check-task.ts';
export type { DataFile } from './data/data-files.ts';
export { dataFiles } from './data/data-files.ts';
export type { TaskDescription } from './describe.ts';
export { describeTask, PROMPTS_VERSION, usesMended } from './describe.ts';
export type { FilterConfig, FilterPipeline } from './filters/table.ts';
export { dialectFilter } from './filters/table.ts';
export { pythonName } from './functions/registry.ts';
export { detokenize as detokenizeWikitext } from './functions/wikitext.ts';
export type { TaskLibrary } from './library/library.ts';
export { libraryFolder, openTaskLibrary } from './library/library.ts';
export type { PreparedDoc, PreparedTask, PrepareOptions } from './prepare.ts';
export { prepareTask } from './prepare.ts';
export type { SampledGeneration, TextRequest, TextResponse } from './requests.ts';
export { DEFAULT_MAX_GEN_TOKS } from './requests.ts';
export type { GroupRow } from './score/aggregate-group.ts';
export { aggregateGroup } from './score/aggregate-group.ts';
export { sampleToJson } from './score/sample-json.ts';
export type { ScoredTask } from './score/score-task.ts';
export { SCORERS_VERSION, scoreTask } from './score/score-task.ts';
export type {
  AggregateMetric,
  DatasetConfig,
  FewshotConfig,
  FieldSpec,
  FunctionRef,
  GenerationConfig,
  MetricConfig,
  ResolvedGroup,
  ResolvedTag,
  ResolvedTask,
  TaskConfig,
  TaskNode,
} from './task.ts';
export { leafTasks, writtenField } from './task.ts';
