/** The library's tasks over the rows that library-cases.json names, for the tests; make_library.py reads the same. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { leafTasks, libraryFolder, openTaskLibrary, type ResolvedTask } from '../../src/index.ts';

interface Cases {
  readonly systemInstruction: string;
  readonly mmlu: { readonly real: readonly string[]; readonly data: Record<string, string> };
  /** Tasks of the folder extra, which are no part of the library. */
  readonly extra: Record<string, Record<string, string>>;
  readonly tasks: Record<string, { readonly data: Record<string, string> }>;
}

export const cases: Cases = JSON.parse(
  readFileSync(new URL('./library-cases.json', import.meta.url), 'utf8'),
);
/** First rows of the real benchmarks: absent outside of the project's own machines. */
const realRoot = fileURLToPath(new URL('../../../../../shared/benchmarks', import.meta.url));
export const ownRoot = fileURLToPath(new URL('../library-data', import.meta.url));
const extraFolder = fileURLToPath(new URL('./extra', import.meta.url));
export const library = openTaskLibrary({ folders: [libraryFolder, extraFolder] });

/** Split -> path below one of the two roots. */
function dataOf(name: string): Record<string, string> {
  const subject = /^mmlu_(.*?)(?:_continuation)?$/.exec(name)?.[1];
  if (subject === undefined) return cases.tasks[name]?.data ?? cases.extra[name] ?? {};
  if (!cases.mmlu.real.includes(subject)) return cases.mmlu.data;
  const path = (split: string): string => `real/mmlu/${subject}/${split}.jsonl`;
  return { test: path('test'), dev: path('dev') };
}

function absolute(path: string): string {
  return path.startsWith('own/') ? path.replace('own', ownRoot) : path.replace('real', realRoot);
}

/** Whether the rows are there: those of real benchmarks may not be. */
export function hasRows(name: string): boolean {
  return existsSync(realRoot) || !Object.values(dataOf(name)).some((path) => path.startsWith('real/'));
}

export function taskWithRows(name: string, more: Readonly<Record<string, unknown>> = {}): ResolvedTask {
  const files = Object.entries(dataOf(name)).map(([split, path]) => [split, absolute(path)] as const);
  const overrides = {
    dataset_path: 'json',
    dataset_name: null,
    dataset_kwargs: { data_files: Object.fromEntries(files) },
    ...more,
  };
  const [task] = leafTasks(library.resolve(name, overrides));
  if (task === undefined) throw new Error(`no task ${name}`);
  return task;
}
