/** Every locked file of a pipeline read in full and held against its lock: no memory of earlier checks is used. */
import { join } from 'node:path';
import {
  byName,
  digestFile,
  type FileDigest,
  isMissing,
  readSafetensorsHeader,
  UserError,
} from '@evalgraph/formats';
import { lockCommand } from '@evalgraph/runner/locking';
import { openDataLocks, readDatasetLock } from '@evalgraph/runner/locks';
import type { CheckpointUse, Plan } from '@evalgraph/runner/plan';
import { type Hub, type HubOrigin, openHub, originRequest } from '@evalgraph/sources/hub';
import { isDatasetLockFile } from '@evalgraph/spec';
import type { Finding } from './finding.ts';

export interface FilesCheck {
  readonly checked: number;
  readonly bytes: number;
  /** Files of the hub that are not on this disk; they are fetched when they are needed. */
  readonly absent: number;
  readonly findings: readonly Finding[];
}

export interface FilesOptions {
  readonly root: string;
  readonly note: (line: string) => void;
}

export async function checkFiles(plan: Plan, options: FilesOptions): Promise<FilesCheck> {
  const findings: Finding[] = [];
  const total = { checked: 0, bytes: 0, absent: 0 };
  let hub: Hub | null = null;
  const asked = (): Hub => {
    hub ??= openHub();
    return hub;
  };
  for (const file of [...checkpointFiles(plan), ...dataFiles(plan, options.root)]) {
    const wrong = await wrongWith(file);
    if (wrong === 'absent' && file.origin !== null) {
      total.absent += 1;
      continue;
    }
    total.checked += 1;
    total.bytes += file.expected.size;
    if (wrong !== null) findings.push(findingOf(file, wrong, plan, asked, options));
  }
  return { ...total, findings };
}

interface LockedFile {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
  readonly expected: FileDigest;
  readonly lockFile: string;
  readonly origin: HubOrigin | null;
  readonly kind: 'model' | 'dataset';
  /** Whose it is: `tiny@step_1`, or a data set's lock. */
  readonly of: string;
}

function checkpointFiles({ checkpoints }: Plan): readonly LockedFile[] {
  return checkpoints.flatMap((use: CheckpointUse) =>
    use.lock === null || use.imported !== null
      ? []
      : Object.entries(use.lock.files).map(([name, expected]) => ({
          path: join(use.folder, name),
          name,
          expected,
          lockFile: use.lockFile,
          origin: use.lock?.hub ?? null,
          kind: 'model',
          of: use.id,
        })),
  );
}

function dataFiles({ cells, pipeline }: Plan, root: string): readonly LockedFile[] {
  const files = new Map(cells.flatMap(({ data }) => data.map((file) => [file.path, file] as const)));
  const locks = openDataLocks(root);
  return [...files.values()].flatMap(({ path, name, lockFile }) => {
    const expected = locks.digest({ lockFile, name });
    if (expected === null) return [];
    const lock = isDatasetLockFile(pipeline.name, lockFile) ? readDatasetLock(root, lockFile) : null;
    return [{ path, name, expected, lockFile, origin: lock?.hub ?? null, kind: 'dataset', of: lockFile }];
  });
}

/** null: it is what the lock says. */
async function wrongWith({ path, expected }: LockedFile): Promise<string | null> {
  try {
    const found = await digestFile(path);
    if (found.sha256 === expected.sha256) return null;
    const sizes = `${found.size} bytes found, ${expected.size} locked`;
    const content = found.size === expected.size ? 'other content of the same size' : sizes;
    const why = path.endsWith('.safetensors') ? await weightsProblem(path) : null;
    return why === null ? content : `${content}; ${why}`;
  } catch (error) {
    if (isMissing(error)) return 'absent';
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return `cannot be read (${code})`;
  }
}

async function weightsProblem(path: string): Promise<string | null> {
  try {
    await readSafetensorsHeader(path);
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems[0]?.message.replace(`${path}: `, '') ?? null;
  }
}

function findingOf(
  file: LockedFile,
  wrong: string,
  plan: Plan,
  hub: () => Hub,
  { note }: FilesOptions,
): Finding {
  const { path, expected, lockFile, origin, kind, of } = file;
  const what = `${path} (${of}): ${wrong === 'absent' ? 'missing' : wrong}`;
  if (origin === null) {
    const remedy = `copy it again from where it came from, until it is ${expected.size} bytes with sha256 ${expected.sha256} (${lockFile}); if the change is meant: ${lockCommand(plan.pipeline.name)}`;
    return { what, remedy, repair: null };
  }
  return {
    what,
    remedy: `npx evalgraph doctor ${plan.pipeline.name} --repair fetches this file again from ${origin.repository}`,
    repair: async () => {
      const request = originRequest(origin, byName([[file.name, expected]]), kind);
      await hub().fetch(request, { label: of, note, digest: digestFile });
      return `${path}: fetched again from ${origin.repository}`;
    },
  };
}
