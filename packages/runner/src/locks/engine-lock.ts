/**
 * The engine's lock: versions of a program that computes, part of every key; and with `use: auto`, which engine was
 * chosen and why, so that another machine does not choose another.
 */

import { askVersions, type EngineVersions, lockedPackages } from '@evalgraph/engines/lm-eval';
import { UserError } from '@evalgraph/formats';
import type { EngineUse, LmEvalUse, Pipeline } from '@evalgraph/spec';
import { engineLockFile } from '@evalgraph/spec';
import { phrases as runnerPhrases } from '../messages.ts';
import { readRecordOf1, writeLock } from './lock-file.ts';
import { messages } from './messages.ts';

export interface EngineLock {
  readonly format: 1;
  /** The engine that was chosen with `use: auto`; else the pipeline says it. */
  readonly chosen?: ChosenEngine;
  /** The versions of lm-eval; the embedded engine is part of evalgraph and has none. */
  readonly versions?: EngineVersions;
}

export interface ChosenEngine {
  readonly use: 'embedded' | 'lm-eval';
  /** For people: what stood against the other, or for this. */
  readonly because: string;
}

/** @returns null where there is no such file. @throws UserError where it is not a lock. */
export function readEngineLock(root: string, file: string): EngineLock | null {
  const record = readRecordOf1(root, file);
  if (record === null) return null;
  const { versions, chosen } = record;
  const legal =
    (versions === undefined || isVersions(versions)) && (chosen === undefined || isChoice(chosen));
  if (!legal) throw new UserError(messages.badLock(file));
  return {
    format: 1,
    ...(chosen === undefined ? {} : { chosen }),
    ...(versions === undefined ? {} : { versions }),
  };
}

function isVersions(value: unknown): value is EngineVersions {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every(
    (version: unknown) => typeof version === 'string' && /^[\w.!-]+$/.test(version),
  );
}

function isChoice(value: unknown): value is ChosenEngine {
  if (typeof value !== 'object' || value === null) return false;
  const { use, because } = value as Partial<Record<keyof ChosenEngine, unknown>>;
  return (use === 'embedded' || use === 'lm-eval') && typeof because === 'string' && because.length < 1000;
}

/** What computes, and its locked versions. */
export interface LockedEngine {
  readonly engine: EngineUse;
  /** null: it has none, or they are not locked. */
  readonly versions: EngineVersions | null;
  /** false: `auto`, and nobody has chosen. */
  readonly isChosen: boolean;
}

/** The engine of a pipeline by its lock. @throws UserError where that is no lock. */
export function lockedEngine(root: string, { name, engine, otherEngine }: Pipeline): LockedEngine {
  const lock = readEngineLock(root, engineLockFile(name));
  const versions = lock?.versions ?? null;
  if (otherEngine === null) return { engine, versions, isChosen: true };
  const use = lock?.chosen?.use ?? null;
  return { engine: use === 'lm-eval' ? otherEngine : engine, versions, isChosen: use !== null };
}

/** For people: which engine `auto` is, and why. null: the pipeline names its engine, or nobody has chosen. */
export function chosenBecause(root: string, pipeline: string): string | null {
  const chosen = readEngineLock(root, engineLockFile(pipeline))?.chosen;
  return chosen === undefined ? null : runnerPhrases.engineChosen(chosen.use, chosen.because);
}

/**
 * @returns null where the engine needs no lock: it is part of evalgraph or a server, and the pipeline names it.
 * @throws UserError
 */
export async function lockEngine(
  root: string,
  file: string,
  use: EngineUse,
  chosen: ChosenEngine | null,
): Promise<boolean | null> {
  if (use.use !== 'lm-eval' && chosen === null) return null;
  return writeLock(root, file, {
    format: 1,
    ...(chosen === null ? {} : { chosen }),
    ...(use.use === 'lm-eval' ? { versions: await versionsOf(use, root) } : {}),
  });
}

async function versionsOf(use: LmEvalUse, root: string): Promise<EngineVersions> {
  const found = await askVersions(use, root);
  return Object.fromEntries(
    lockedPackages(use).flatMap((name) => (found[name] === undefined ? [] : [[name, found[name]] as const])),
  );
}
