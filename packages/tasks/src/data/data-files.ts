/** Where a task's rows are: the files that its YAML names, or those of its data set in a catalog. Reads no row. */
import { join } from 'node:path';
import { type Problem, UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import type { ResolvedTask, TaskConfig } from '../task.ts';
import { type DataCatalog, EMPTY_CATALOG } from './catalog.ts';

export interface DataFile {
  readonly split: string;
  /** As the YAML has it (relative to the workspace's root, or absolute); absolute where it comes from a catalog. */
  readonly path: string;
}

export type DataFormat = 'json' | 'csv' | 'parquet';

const READERS: readonly string[] = ['json', 'csv', 'parquet'];
/** Readers of `datasets` that have no counterpart here. */
const OTHER_READERS = ['text', 'arrow', 'pandas', 'webdataset', 'imagefolder', 'audiofolder', 'xml'];

/** Every file of every split, in order. @throws UserError: a data set that is not here, or a format not read here. */
export function dataFiles(
  { config }: ResolvedTask,
  catalog: DataCatalog = EMPTY_CATALOG,
): readonly DataFile[] {
  const path = config.dataset.path ?? '(none)';
  if (READERS.includes(path)) return namedFiles(config, path, catalog);
  const { task, dataset } = config;
  if (OTHER_READERS.includes(path))
    throw new UserError(messages.datasetUnsupported(task, `dataset_path: ${path}`));
  return cataloguedFiles(config, path, dataset.name, catalog);
}

/** The reader that the task names, else the one of the files' names. @throws UserError where they are of several. */
export function dataFormat({ config }: ResolvedTask, files: readonly DataFile[]): DataFormat {
  const named = config.dataset.path;
  const formats = new Set(files.map((file) => formatOf(file.path)));
  const [only] = formats;
  if (named === 'json' || named === 'csv' || named === 'parquet') return named;
  if (formats.size === 1 && only !== undefined && only !== null) return only;
  throw new UserError(
    messages.datasetFormats(
      config.task,
      files.map((file) => file.path),
    ),
  );
}

function formatOf(path: string): DataFormat | null {
  if (path.endsWith('.parquet')) return 'parquet';
  if (path.endsWith('.csv')) return 'csv';
  return /\.jsonl?$/.test(path) ? 'json' : null;
}

function namedFiles({ task, dataset }: TaskConfig, path: string, catalog: DataCatalog): readonly DataFile[] {
  const problems: Problem[] = dataset.otherKeys.map((key) =>
    messages.datasetUnsupported(task, `dataset_kwargs.${key}`),
  );
  if (dataset.files === null || dataset.files.length === 0) {
    problems.push(
      messages.datasetUnsupported(task, `dataset_path: ${path} without dataset_kwargs.data_files`),
    );
  }
  for (const file of dataset.files ?? []) {
    const what = refusal(file.path);
    if (what !== null) problems.push(messages.datasetUnsupported(task, `the ${what} ${file.path}`));
  }
  const files = (dataset.files ?? []).flatMap(({ split, path: pattern }) => {
    if (refusal(pattern) !== null || !/[*?[\]]/.test(pattern)) return [{ split, path: pattern }];
    const found = catalog.expand(pattern);
    if (found.length === 0) problems.push(messages.noDataFiles(task, split, pattern));
    return found.map((file) => ({ split, path: file }));
  });
  if (problems.length > 0) throw new UserError(problems);
  return files;
}

/**
 * Only the splits that the task names: a training split of gigabytes that no shot comes from is no part of it. A
 * split that is not there is missed when it is read.
 */
function cataloguedFiles(
  config: TaskConfig,
  path: string,
  name: string | null,
  catalog: DataCatalog,
): readonly DataFile[] {
  const { task, dataset } = config;
  if (dataset.otherKeys.length > 0) {
    throw new UserError(
      dataset.otherKeys.map((key) => messages.datasetUnsupported(task, `dataset_kwargs.${key}`)),
    );
  }
  const entry = catalog.find(path, name, dataset.revision);
  if (entry === null) throw new UserError(messages.datasetNotLocal(task, path, name));
  const named = new Set([
    config.testSplit,
    config.validationSplit,
    config.trainingSplit,
    config.fewshot.split,
  ]);
  const files = Object.entries(entry.files)
    .filter(([split]) => named.has(split))
    .flatMap(([split, paths]) => paths.map((file) => ({ split, path: join(entry.folder, file) })));
  const problems = files.flatMap((file) => {
    const what = refusal(file.path);
    return what === null ? [] : [messages.datasetUnsupported(task, `the ${what} ${file.path}`)];
  });
  if (problems.length > 0) throw new UserError(problems);
  if (files.length === 0) {
    const wanted = [...named].filter((split) => split !== null);
    throw new UserError(messages.unknownSplit(task, wanted[0] ?? 'test', Object.keys(entry.files)));
  }
  return files;
}

function refusal(path: string): string | null {
  if (/^[a-z][a-z0-9+]*:\/\//i.test(path)) return 'remote file';
  return /\.(?:gz|zip|zst|xz|bz2)$/.test(path) ? 'compressed file' : null;
}
