/** A checkpoint outside the runner's queue (a comparison's side, a divergence's base): on the disk, and verified. */
import { UserError } from '@evalgraph/formats';
import { openHub } from '../hub/index.ts';
import { verifiedFile } from '../layout.ts';
import type { CheckpointLock } from '../locks/checkpoint-lock.ts';
import { openDigestMemo, verifyFiles } from '../locks/verify.ts';
import { messages } from '../messages.ts';
import type { CheckpointUse } from '../plan/plan.ts';
import { fetchCheckpoint } from './checkpoint-supply.ts';

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
  const command = `npx evalgraph lock ${pipeline}`;
  await verifyFiles(checkpoint.folder, lock.files, checkpoint.lockFile, command, memo);
  return lock;
}
