/**
 * The lock of series that name no steps: what their patterns stood for when somebody looked. Plans read it and look at
 * nothing else, so that they are the same everywhere until a checkpoint is added by locking again.
 */

import { UserError } from '@evalgraph/formats';
import type { SeriesQuestion, StepsOf } from '@evalgraph/spec';
import { seriesLockFile } from '@evalgraph/spec';
import { readRecordOf1 } from './lock-file.ts';
import { messages } from './messages.ts';

export interface SeriesLock {
  readonly format: 1;
  /** The locked series by model. */
  readonly series: Readonly<Record<string, LockedSeries>>;
}

export interface LockedSeries {
  /** Where was looked: a series that names another place is not locked. */
  readonly source: string;
  readonly pattern: string;
  /** Ascending; at least one. */
  readonly steps: readonly number[];
}

/** @returns null where there is no such file. @throws UserError where it is not a lock. */
export function readSeriesLock(root: string, pipeline: string): SeriesLock | null {
  const file = seriesLockFile(pipeline);
  const record = readRecordOf1(root, file);
  if (record === null) return null;
  const { series } = record;
  const isRecord = typeof series === 'object' && series !== null;
  if (!isRecord || !Object.values(series).every(isLockedSeries)) throw new UserError(messages.badLock(file));
  return { format: 1, series: series as Record<string, LockedSeries> };
}

function isLockedSeries(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { source, pattern, steps } = value as Partial<Record<keyof LockedSeries, unknown>>;
  return (
    typeof source === 'string' &&
    typeof pattern === 'string' &&
    Array.isArray(steps) &&
    steps.length > 0 &&
    steps.every((step, index) => Number.isSafeInteger(step) && (index === 0 || steps[index - 1] < step))
  );
}

/** What a pipeline's series lock says. The file is read at the first question. */
export function lockedSteps(root: string, pipeline: string): StepsOf {
  let lock: SeriesLock | null | undefined;
  return (question) => {
    lock ??= readSeriesLock(root, pipeline);
    const found =
      lock !== null && Object.hasOwn(lock.series, question.model) ? lock.series[question.model] : undefined;
    const fits = found?.source === sourceText(question) && found.pattern === question.pattern;
    return fits ? found.steps : null;
  };
}

/** As a pipeline writes it; '' where the pattern is a path by itself. */
export function sourceText({ source }: SeriesQuestion): string {
  if (source === null) return '';
  switch (source.kind) {
    case 'hub':
      return `hf:${source.repository}`;
    case 'folder':
      return source.path;
    case 'imported':
      return `imported:${source.of}`;
    case 'made':
      throw new Error('the steps of a model that is made are in its pipeline');
  }
}
