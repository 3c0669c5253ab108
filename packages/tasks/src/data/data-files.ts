/** Where a task's rows are: paths as the YAML has them, relative to the workspace. Reads nothing. */
import { UserError } from '@evalgraph/formats';
import type { ResolvedTask } from '../config/types.ts';
import * as messages from '../messages.ts';

export interface DataFile {
  readonly split: string;
  /** As the YAML has it. */
  readonly path: string;
}

const LOCAL_READERS = ['json', 'csv', 'parquet', 'text', 'arrow', 'pandas'];

/** Every file of every split, in the YAML's order. @throws UserError: no local data set, or a format not read yet. */
export function dataFiles({ config }: ResolvedTask): readonly DataFile[] {
  const { dataset, task } = config;
  const path = dataset.path ?? '(none)';
  if (!LOCAL_READERS.includes(path)) throw new UserError(messages.notALocalDataset(task, path, dataset.name));
  if (path !== 'json') throw new UserError(messages.unsupportedDataset(task, `dataset_path: ${path}`));
  const problems = dataset.otherKeys.map((key) => messages.unsupportedDataset(task, `dataset_kwargs.${key}`));
  if (dataset.files === null || dataset.files.length === 0) {
    problems.push(messages.unsupportedDataset(task, 'dataset_path: json without dataset_kwargs.data_files'));
  }
  for (const file of dataset.files ?? []) {
    if (/^[a-z][a-z0-9+]*:\/\//i.test(file.path)) {
      problems.push(messages.unsupportedDataset(task, `the remote file ${file.path}`));
    } else if (/[*?[\]]/.test(file.path))
      problems.push(messages.unsupportedDataset(task, `the pattern ${file.path}`));
    else if (/\.(?:gz|zip|zst|xz|bz2)$/.test(file.path)) {
      problems.push(messages.unsupportedDataset(task, `the compressed file ${file.path}`));
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return dataset.files ?? [];
}
