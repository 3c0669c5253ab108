/**
 * Whether everything that a plan's numbers stand on is what its locks say. Whatever serves a number asks here first: a
 * stored result is right for the files that were locked, and for no others. Each file is looked at once, not once for
 * each cell, and read only where its stamp is not known.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bytesText, type FileDigest, isMissing, type Problem, UserError } from '@evalgraph/formats';
import { isDatasetLockFile, verifiedFile } from '@evalgraph/spec';
import { systemMessages, writeError } from '@evalgraph/system';
import { checkpointFiles } from '../locks/checkpoint-lock.ts';
import type { DataFile } from '../locks/data-lock.ts';
import { openDataLocks } from '../locks/data-lock.ts';
import { type DigestMemo, openDigestMemo } from '../locks/digest-memo.ts';
import { messages as runnerMessages } from '../messages.ts';
import type { Cell, CheckpointUse, Plan } from '../plan/plan.ts';
import { messages, phrases } from './messages.ts';

/** Reading less than this takes a second or so, of which nobody needs to be told. */
const TOLD_BYTES = 2_000_000_000;

/** @throws UserError naming each lock that is missing, and each file that differs from its lock, with the command. */
export async function requireAsLocked(
  root: string,
  plan: Plan,
  note: (line: string) => void = (line) => writeError(`${line}\n`),
): Promise<void> {
  const missing = lockProblems(plan);
  if (missing.length > 0) throw new UserError(missing);
  const check = openLockCheck(root, plan);
  const unread = check.unreadBytes();
  if (unread > TOLD_BYTES) note(phrases.readingOnce(plan.pipeline.name, bytesText(unread)));
  const problems = await check.all();
  if (problems.length > 0) throw new UserError(problems);
}

/** Locks that are missing, of another place or of an earlier format. Looks at no file but the locks, which the plan read. */
export function lockProblems({ pipeline, checkpoints, unlocked }: Plan): readonly Problem[] {
  // What a stage made is not locked by a command: it is made again.
  const refused = checkpoints.filter(({ refused, made }) => refused !== null && made === null);
  const outdated = refused.filter((use) => use.refused?.code === runnerMessages.outdatedLock.code);
  return [
    ...(unlocked.length > 0 ? [messages.unlocked(pipeline.name, unlocked)] : []),
    ...(outdated.length > 0
      ? [
          runnerMessages.outdatedLock(
            pipeline.name,
            outdated.map(({ lockFile }) => lockFile),
          ),
        ]
      : []),
    ...refused.flatMap((use) => (use.refused === null || outdated.includes(use) ? [] : [use.refused])),
  ];
}

/** Files that came after a checkpoint was locked, and would be read with it. */
export function addedFiles(plan: Plan): readonly Problem[] {
  return plan.checkpoints
    .filter(({ folder }) => existsSync(folder))
    .flatMap((use) => checkpointFacts(use, plan).problems);
}

export interface LockCheck {
  /** The problems of every cell, and of checkpoints without one, each once. */
  all(): Promise<readonly Problem[]>;
  /** The problems of what one cell stands on. */
  of(cell: Cell): Promise<readonly Problem[]>;
  /** The size of the files that `all` would read in full: those whose stamp is not known. */
  unreadBytes(): number;
  /** The same without reading a file: null where that is not enough to tell. */
  atAGlance(): readonly Problem[] | null;
}

/** Each checkpoint and each data file is looked at once by one check. */
export function openLockCheck(root: string, plan: Plan, memo: DigestMemo = memoOf(root)): LockCheck {
  const checkpoints = new Map<string, Promise<readonly Problem[]>>();
  const data = new Map<string, Promise<readonly Problem[]>>();
  const sets = groupedData(root, plan);
  const everything = (): readonly Facts[] => [
    ...plan.checkpoints.map((use) => checkpointFacts(use, plan)),
    ...sets.values(),
  ];
  const remember = (
    known: Map<string, Promise<readonly Problem[]>>,
    name: string,
    look: () => Promise<readonly Problem[]>,
  ): Promise<readonly Problem[]> => {
    const found = known.get(name) ?? look();
    known.set(name, found);
    return found;
  };
  const ofCheckpoint = (use: CheckpointUse): Promise<readonly Problem[]> =>
    remember(checkpoints, use.id, () => read(checkpointFacts(use, plan), memo));
  const ofFile = ({ path }: DataFile): Promise<readonly Problem[]> =>
    remember(data, path, () => read(sets.get(path) ?? NOTHING, memo));
  const flat = async (looks: readonly Promise<readonly Problem[]>[]): Promise<readonly Problem[]> => {
    const problems = new Map((await Promise.all(looks)).flat().map((problem) => [problem.message, problem]));
    return [...problems.values()];
  };
  return {
    async all() {
      const files = new Map(plan.cells.flatMap((cell) => cell.data).map((file) => [file.path, file]));
      const problems: Problem[] = [];
      // One after the other: a disk reads whole files faster than pieces of many.
      for (const use of plan.checkpoints) problems.push(...(await ofCheckpoint(use)));
      for (const file of files.values()) problems.push(...(await ofFile(file)));
      await memo.save();
      return problems;
    },
    async of({ checkpoint, work, data: files }) {
      const sides = [checkpoint, ...(work.kind === 'divergence' ? [work.dense] : [])];
      const problems = await flat([...sides.map(ofCheckpoint), ...files.map(ofFile)]);
      await memo.save();
      return problems;
    },
    unreadBytes: () =>
      everything()
        .flatMap(({ files }) => files)
        .filter((file) => glance(file, memo) === null)
        .reduce((sum, { expected }) => sum + expected.size, 0),
    atAGlance() {
      const facts = everything();
      const problems: Problem[] = [];
      for (const one of facts) {
        problems.push(...one.problems);
        for (const file of one.files) {
          const found = glance(file, memo);
          if (found === null) return null;
          problems.push(...found);
        }
      }
      return problems;
    },
  };
}

function memoOf(root: string): DigestMemo {
  return openDigestMemo(verifiedFile(root));
}

/** A file that a lock names, and where it lies here. */
interface LockedFile {
  /** Absolute. */
  readonly path: string;
  readonly expected: FileDigest;
  readonly lockFile: string;
  readonly command: string;
  /** A copy in the hub's cache: it may be absent, since it is fetched when it is read. */
  readonly isCopy: boolean;
}

interface Facts {
  /** What is wrong with the list of files. */
  readonly problems: readonly Problem[];
  readonly files: readonly LockedFile[];
}

const NOTHING: Facts = { problems: [], files: [] };

/** The problems of a folder, and of the part of a hub's checkpoint that lies in the cache. */
function checkpointFacts(use: CheckpointUse, plan: Plan): Facts {
  const { lock, folder, lockFile, place, imported, made } = use;
  // No file is known of weights that a stage will make.
  const isForeseen = lock !== null && Object.keys(lock.files).length === 0;
  if (lock === null || isForeseen || imported !== null) return NOTHING;
  const isCopy = place !== null;
  const isThere = existsSync(folder);
  // Made weights may have been removed to save space, and a cache may be empty: their results stay.
  if (!isThere && (made !== null || isCopy)) return NOTHING;
  const command = isCopy
    ? repairCommand(plan.pipeline.name)
    : made === null
      ? lockCommand(plan.pipeline.name)
      : `npx nx run ${made.project}:${made.target}`;
  const files = Object.entries(lock.files).map(([name, expected]) => ({
    path: join(folder, name),
    expected,
    lockFile,
    command,
    isCopy,
  }));
  if (!isThere) return { problems: [messages.lockedFileMissing(folder, lockFile, command)], files: [] };
  const added = addedTo(folder, lock.files);
  const problems = added.map((path) =>
    isCopy ? messages.notInLock.onHub(path, lockFile) : messages.notInLock.local(path, lockFile, command),
  );
  return { problems, files };
}

/** Files that would be read now, and were not there when the lock was written. */
function addedTo(folder: string, locked: Readonly<Record<string, FileDigest>>): readonly string[] {
  try {
    const added = checkpointFiles(folder).filter((name) => !Object.hasOwn(locked, name));
    return added.map((name) => join(folder, name));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The folder is not whole, which is a difference of the files that the lock names.
    return [];
  }
}

/** The path of a file -> what is known of it. */
function groupedData(root: string, { cells, pipeline }: Plan): ReadonlyMap<string, Facts> {
  const locks = openDataLocks(root);
  const facts = new Map<string, Facts>();
  for (const { path, lockFile, name } of cells.flatMap((cell) => cell.data)) {
    if (facts.has(path)) continue;
    const expected = locks.digest({ lockFile, name });
    const isCopy = isDatasetLockFile(pipeline.name, lockFile);
    const command = isCopy ? repairCommand(pipeline.name) : lockCommand(pipeline.name);
    facts.set(
      path,
      expected === null ? NOTHING : { problems: [], files: [{ path, expected, lockFile, command, isCopy }] },
    );
  }
  return facts;
}

async function read({ problems, files }: Facts, memo: DigestMemo): Promise<readonly Problem[]> {
  const found: Problem[] = [...problems];
  for (const file of files) {
    found.push(...(glance(file, memo) ?? (await digested(file, memo))));
  }
  return found;
}

/** Judges by the file's stamp alone; null where the stamp is not known. */
function glance(file: LockedFile, memo: DigestMemo): readonly Problem[] | null {
  try {
    const found = memo.known(file.path);
    return found === null ? null : differs(file, found);
  } catch (error) {
    return unread(file, error);
  }
}

async function digested(file: LockedFile, memo: DigestMemo): Promise<readonly Problem[]> {
  try {
    return differs(file, await memo.digest(file.path));
  } catch (error) {
    return unread(file, error);
  }
}

function differs({ isCopy, ...file }: LockedFile, found: FileDigest): readonly Problem[] {
  if (found.sha256 === file.expected.sha256) return [];
  const message = isCopy ? messages.copyDiffers : messages.lockMismatch;
  return [message({ ...file, found })];
}

function unread({ path, lockFile, command, isCopy }: LockedFile, error: unknown): readonly Problem[] {
  if (isMissing(error)) return isCopy ? [] : [messages.lockedFileMissing(path, lockFile, command)];
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return [systemMessages.unreadable(path, code)];
}

/** @throws UserError naming every file that is missing or differs from its lock. */
export async function verifyFiles(
  folder: string,
  files: Readonly<Record<string, FileDigest>>,
  lockFile: string,
  command: string,
  memo: DigestMemo,
): Promise<void> {
  const locked = Object.entries(files).map(([name, expected]) => ({
    path: join(folder, name),
    expected,
    lockFile,
    command,
    isCopy: false,
  }));
  const problems = await read({ problems: [], files: locked }, memo);
  await memo.save();
  if (problems.length > 0) throw new UserError(problems);
}

/** Whether a problem is one of the hub's copies alone, which fetching mends. */
export function isOfCopy({ code }: Problem): boolean {
  return code === messages.copyDiffers.code;
}

/** Fetches copies of the hub's files again. */
function repairCommand(pipeline: string): string {
  return `npx evalgraph doctor ${pipeline} --repair`;
}

export function lockCommand(pipeline: string): string {
  return `npx evalgraph lock ${pipeline}`;
}
