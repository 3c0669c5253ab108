/** The engine's lock: versions of a program that computes, part of every key. */
import { UserError } from '@evalgraph/formats';
import { type EngineVersions, lockedPackages } from '../engines/lm-eval/identity.ts';
import { askVersions } from '../engines/lm-eval/versions.ts';
import { messages } from '../messages.ts';
import type { EngineUse } from '../spec/index.ts';
import { readRecord, writeLock } from './lock-file.ts';

export interface EngineLock {
  readonly format: 1;
  readonly versions: EngineVersions;
}

/** @returns null where there is no such file. @throws UserError where it is not a lock. */
export function readEngineLock(root: string, file: string): EngineVersions | null {
  const versions = readRecord(root, file)?.['versions'];
  if (versions === undefined) return null;
  const isText = (value: unknown): boolean => typeof value === 'string' && /^[\w.!-]+$/.test(value);
  if (typeof versions !== 'object' || versions === null || !Object.values(versions).every(isText)) {
    throw new UserError(messages.badLock(file));
  }
  return versions as EngineVersions;
}

/** @returns whether it wrote; null: the engine is part of evalgraph or a server, and has no lock. @throws UserError */
export async function lockEngine(root: string, file: string, use: EngineUse): Promise<boolean | null> {
  if (use.use !== 'lm-eval') return null;
  const found = await askVersions(use, root);
  const versions = Object.fromEntries(
    lockedPackages(use).flatMap((name) => (found[name] === undefined ? [] : [[name, found[name]] as const])),
  );
  return writeLock(root, file, { format: 1, versions });
}
