/** Messages of runner/locks. */
import type { Problem } from '@evalgraph/formats';

export const messages = {
  checkpointMissing: (folder: string): Problem => ({
    code: 'checkpoint-missing',
    message: `The checkpoint's folder does not exist: ${folder}`,
    remedy: "Check the model's 'source' and the pattern of its checkpoints in pipeline.yaml.",
  }),
  checkpointNotAFolder: (folder: string): Problem => ({
    code: 'checkpoint-not-a-folder',
    message: `A checkpoint is a folder, but this is a file: ${folder}`,
    remedy: "Name the folder that holds config.json in the model's 'source'.",
  }),
  badWeightIndex: (path: string): Problem => ({
    code: 'bad-weight-index',
    message: `${path} is not an index of safetensors shards: its 'weight_map' must map tensors to file names.`,
    remedy: 'Fetch or save the checkpoint again.',
  }),
  badLock: (file: string): Problem => ({
    code: 'bad-lock',
    message: `${file} is not a lock of evalgraph, or was edited by hand.`,
    remedy: 'Remove the file, and write it afresh: npx evalgraph lock',
  }),
  laterLock: (file: string, found: number, known: number): Problem => ({
    code: 'later-lock',
    message: `${file} has format ${found}; this version of evalgraph knows up to ${known}.`,
    remedy: 'Use the version that wrote it, or write the lock afresh: npx evalgraph lock',
  }),
} as const;
