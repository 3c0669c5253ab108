/** A checkpoint outside the runner's queue (a comparison's side, a divergence's base): on the disk, and verified. */

import { UserError } from '@evalgraph/formats';
import { openHub } from '@evalgraph/sources/hub';
import { verifiedFile } from '@evalgraph/spec';
import { lockCommand, verifyFiles } from '../locking/as-locked.ts';
import type { CheckpointLock } from '../locks/checkpoint-lock.ts';
import { openDigestMemo } from '../locks/digest-memo.ts';
import type { CheckpointUse } from '../plan/plan.ts';
import { fetchCheckpoint } from './checkpoint-supply.ts';
import { messages } from './messages.ts';

/** @throws UserError where it is not locked, cannot be fetched, or differs from its lock. */
export async function readyCheckpoint(
  root: string,
  pipeline: string,
  checkpoint: CheckpointUse,
  note: (line: string) => void,
): Promise<CheckpointLock> {
  const { lock } = checkpoint;
  if (lock === null) throw new UserError(messages.cellNotLocked(checkpoint.id));
  const memo = openDigestMemo(verifiedFile(root));
  if (checkpoint.place !== null) {
    await fetchCheckpoint(openHub(), checkpoint, { digest: (path) => memo.digest(path), note });
  }
  await verifyFiles(checkpoint.folder, lock.files, checkpoint.lockFile, lockCommand(pipeline), memo);
  return lock;
}
