/**
 * Holds the patterns of series that name no steps against what is there: folders of a disk, folders or refs of the
 * hub.
 */

import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { byName, type Problem, UserError } from '@evalgraph/formats';
import { isFolder } from '@evalgraph/sources/data';
import { foldersOf, type Hub, hubMessages, type RepositoryName } from '@evalgraph/sources/hub';
import {
  loadPipeline,
  pipelineFile,
  type SeriesQuestion,
  seriesLockFile,
  specMessages,
  stepsAmong,
} from '@evalgraph/spec';
import { writeLock } from '../locks/lock-file.ts';
import { type LockedSeries, readSeriesLock, sourceText } from '../locks/series-lock.ts';
import { messages, phrases } from './messages.ts';

/** Folders that are looked into below the part of a path that has no {step}. */
const MAX_FOLDERS = 10_000;

/**
 * The series of a pipeline's file that name no steps.
 * @throws UserError with everything else that is wrong with the file: then nobody is asked about it.
 */
export function openSeries(root: string, pipeline: string): readonly SeriesQuestion[] {
  const questions: SeriesQuestion[] = [];
  const stepsOf = (question: SeriesQuestion): null => {
    questions.push(question);
    return null;
  };
  try {
    loadPipeline(join(root, pipelineFile(pipeline)), { root, stepsOf });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const others = error.problems.filter(({ code }) => code !== specMessages.seriesNotLocked.code);
    if (others.length > 0) throw new UserError(others);
  }
  return questions;
}

/**
 * Looks again at every series, and writes down what is there.
 * @returns whether it wrote. @throws UserError with a problem for each series that has nothing, or whose place cannot be seen.
 */
export async function lockSeries(
  root: string,
  pipeline: string,
  questions: readonly SeriesQuestion[],
  hub: () => Hub,
  note: (line: string) => void,
): Promise<boolean> {
  const before = readSeriesLock(root, pipeline)?.series ?? {};
  const series = byName<LockedSeries>([]);
  const problems: Problem[] = [];
  for (const question of questions) {
    const known = Object.hasOwn(before, question.model) ? (before[question.model] ?? null) : null;
    try {
      const found = await look(root, question, known, hub);
      series[question.model] = found;
      noteNew(question, known, found, note);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
      if (known !== null) series[question.model] = known;
    }
  }
  const isEmpty = Object.keys(series).length === 0;
  const written = !isEmpty && (await writeLock(root, seriesLockFile(pipeline), { format: 1, series }));
  if (problems.length > 0) throw new UserError(problems);
  return written;
}

async function look(
  root: string,
  question: SeriesQuestion,
  known: LockedSeries | null,
  hub: () => Hub,
): Promise<LockedSeries> {
  const { pattern } = question;
  const source = sourceText(question);
  const fits = known !== null && known.source === source && known.pattern === pattern;
  // Offline nobody can say what the hub has.
  if (fits && question.source?.kind === 'hub' && hub().settings.offline) return known;
  const steps = await stepsThere(root, question, hub);
  if (steps.length === 0) throw new UserError(messages.emptySeries(question.model, pattern, source));
  return { source, pattern, steps };
}

async function stepsThere(
  root: string,
  { source, kind, pattern }: SeriesQuestion,
  hub: () => Hub,
): Promise<readonly number[]> {
  if (source?.kind === 'hub') return hubSteps(hub(), source.repository, kind, pattern);
  const base = source?.kind === 'folder' && kind === 'subfolder' ? resolve(root, source.path) : root;
  return localSteps(base, pattern);
}

async function hubSteps(
  hub: Hub,
  name: string,
  kind: SeriesQuestion['kind'],
  pattern: string,
): Promise<readonly number[]> {
  const repository: RepositoryName = { kind: 'model', name };
  if (hub.settings.offline) {
    throw new UserError(hubMessages.offline(repository, 'the list of checkpoints', hub.settings.cacheFolder));
  }
  // Of a repository that has only checkpoints as branches, main may be empty; but it is there.
  const main = kind === 'subfolder' ? await hub.resolve(repository, 'main') : null;
  const names = main === null ? (await hub.refs(repository)).map((ref) => ref.name) : foldersOf(main.files);
  return stepsAmong(pattern, names).map(({ step }) => step);
}

/** Finds the steps of folders that have a config.json. @param pattern relative to `base`, or absolute. */
function localSteps(base: string, pattern: string): readonly number[] {
  let paths: readonly string[] = [''];
  for (const [index, part] of pattern.split('/').entries()) {
    paths = paths.flatMap((parent) => {
      const folder = index === 0 ? base : resolve(base, parent === '' ? '/' : parent);
      return children(folder, part).map((name) => (index === 0 ? name : `${parent}/${name}`));
    });
    if (paths.length > MAX_FOLDERS) throw new UserError(messages.tooManyFolders(base, MAX_FOLDERS));
  }
  const checkpoints = paths.filter((path) => existsSync(join(resolve(base, path), 'config.json')));
  return stepsAmong(pattern, checkpoints).map(({ step }) => step);
}

/** Names that a part of the pattern may stand for: the whole path decides later. */
function children(folder: string, part: string): readonly string[] {
  if (!isFolder(folder)) return [];
  return part.includes('{step') ? readdirSync(folder) : [part];
}

function noteNew(
  { model }: SeriesQuestion,
  known: LockedSeries | null,
  { steps }: LockedSeries,
  note: (line: string) => void,
): void {
  const before = new Set(known?.steps ?? []);
  const fresh = steps.filter((step) => !before.has(step));
  if (fresh.length > 0) note(phrases.stepsFound(model, fresh, steps.length));
}
