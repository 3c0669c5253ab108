/** The job that was submitted from a folder, for the run that comes after a killed one. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing, writeFileAtomic } from '@evalgraph/formats';
import { writing } from '../../disk.ts';
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

/** @returns null where there is none, or none that can be read. */
export function readJobRecord(folder: string): JobRecord | null {
  let value: Partial<JobRecord> | null;
  try {
    value = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as Partial<JobRecord> | null;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null;
    throw error;
  }
  const { format, name, job, command, tag, logStart } = value ?? {};
  const sound =
    format === 1 &&
    typeof name === 'string' &&
    /^[\w.@+-]+$/.test(name) &&
    (job === null || (typeof job === 'object' && isJobId(job))) &&
    Array.isArray(command) &&
    command.every((part) => typeof part === 'string') &&
    typeof tag === 'string' &&
    typeof logStart === 'number' &&
    Number.isSafeInteger(logStart) &&
    logStart >= 0;
  return sound ? { format, name, job, command, tag, logStart } : null;
}

function isJobId({ id, cluster }: Partial<JobId>): boolean {
  return (
    typeof id === 'string' &&
    /^\d+$/.test(id) &&
    (cluster === null || (typeof cluster === 'string' && /^[\w.-]+$/.test(cluster)))
  );
}

export async function writeJobRecord(folder: string, record: JobRecord): Promise<void> {
  const file = join(folder, FILE);
  await writing(file, () => writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`));
}

export function removeJobRecord(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}
