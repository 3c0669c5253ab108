/** The job that was submitted from a folder, for the run that comes after a killed one. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  parseSealed,
  readOrNullSync,
  type Shape,
  sealed,
  shape,
  UserError,
  writeFileAtomic,
} from '@evalgraph/formats';
import { writing } from '@evalgraph/system';
import type { JobId } from './commands.ts';

export interface JobRecord {
  readonly format: 1;
  /** Unlike any other job's: written before the job is submitted, it leads to a job whose number nobody wrote down. */
  readonly name: string;
  readonly job: JobId | null;
  readonly command: readonly string[];
  readonly tag: string;
  /** Bytes that the log had before. */
  readonly logStart: number;
}

const FILE = 'job.json';

/** A run that is killed leaves this file beside its job's output, which must not be cleared then. */
export function hasJobRecord(folder: string): boolean {
  return readJobRecord(folder) !== null;
}

const matching =
  (pattern: RegExp, expected: string): Shape<string> =>
  (value, place) => {
    const found = shape.text(value, place);
    if (!pattern.test(found)) throw new shape.ShapeMismatch(place, JSON.stringify(found), expected);
    return found;
  };

const { count, list, nullable, oneOf, record, text } = shape;

const jobRecord = record({
  format: oneOf(1),
  name: matching(/^[\w.@+-]+$/, 'the name of a job'),
  job: nullable(
    record({
      id: matching(/^\d+$/, 'the number of a job'),
      cluster: nullable(matching(/^[\w.-]+$/, 'the name of a cluster')),
    }),
  ),
  command: list(text),
  tag: text,
  logStart: count,
});

/**
 * @returns null where there is none, or a damaged one: a number that flipped would lead to somebody else's job. Then
 * another job is submitted, which costs time and changes no number.
 */
export function readJobRecord(folder: string): JobRecord | null {
  const source = { file: join(folder, FILE), remedy: '' };
  const content = readOrNullSync(source.file, source);
  if (content === null) return null;
  try {
    const { format, name, job, command, tag, logStart } = parseSealed(content, source, jobRecord);
    return { format, name, job, command, tag, logStart };
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

export async function writeJobRecord(folder: string, value: JobRecord): Promise<void> {
  const file = join(folder, FILE);
  await writing(file, () => writeFileAtomic(file, `${JSON.stringify(sealed(value), null, 2)}\n`));
}

export function removeJobRecord(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}
