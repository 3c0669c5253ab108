/** The rows of a task's splits, read from local files as `datasets` would load them. */
import { resolve } from 'node:path';
import { type PyDict, UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import type { ResolvedTask } from '../task.ts';
import type { DataCatalog } from './catalog.ts';
import { dataFiles, dataFormat } from './data-files.ts';
import { openReader } from './reader.ts';

export interface Splits {
  readonly names: readonly string[];
  /**
   * All rows, or the first `limit`: no more than those are read.
   * @throws UserError where there is no such split, or its files cannot be read.
   */
  rows(split: string, limit?: number): Promise<readonly PyDict[]>;
  /** How many rows there are; holds none of them in memory. @throws UserError as `rows`. */
  count(split: string): Promise<number>;
}

/** Nothing is read before `rows` or `count` is asked for. `root` is the workspace's root. */
export function openSplits(task: ResolvedTask, root: string, catalog?: DataCatalog): Splits {
  const files = dataFiles(task, catalog).map((file) => ({ ...file, path: resolve(root, file.path) }));
  const names = [...new Set(files.map((file) => file.split))];
  const reader = openReader(dataFormat(task, files), files[0]?.path ?? '');
  const whole = new Map<string, Promise<readonly PyDict[]>>();

  const pathsOf = (split: string): readonly string[] => {
    if (!names.includes(split)) throw new UserError(messages.unknownSplit(task.name, split, names));
    return files.filter((file) => file.split === split).map((file) => file.path);
  };
  const read = async (split: string, limit: number): Promise<readonly PyDict[]> => {
    const rows: PyDict[] = [];
    for (const path of pathsOf(split)) {
      if (rows.length >= limit) break;
      for await (const row of reader.rows(path, limit - rows.length)) {
        rows.push(row);
        if (rows.length >= limit) break;
      }
    }
    return rows;
  };
  return {
    names,
    rows: async (split, limit = Number.POSITIVE_INFINITY) => {
      const known = whole.get(split);
      if (known !== undefined) return (await known).slice(0, limit);
      const rows = read(split, limit);
      if (limit === Number.POSITIVE_INFINITY) whole.set(split, rows);
      return rows;
    },
    count: async (split) => {
      const known = whole.get(split);
      if (known !== undefined) return (await known).length;
      const counts = await Promise.all(pathsOf(split).map((path) => reader.count(path)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}
