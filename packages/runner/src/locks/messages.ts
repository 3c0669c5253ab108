/** Messages of runner/locks. */
import { defineMessages } from '@evalgraph/formats';

export const messages = defineMessages({
  checkpointMissing: (folder: string) => ({
    message: `The checkpoint's folder does not exist: ${folder}`,
    remedy: "Check the model's 'source' and the pattern of its checkpoints in pipeline.yaml.",
  }),
  checkpointNotAFolder: (folder: string) => ({
    message: `A checkpoint is a folder, but this is a file: ${folder}`,
    remedy: "Name the folder that holds config.json in the model's 'source'.",
  }),
  badWeightIndex: (path: string) => ({
    message: `${path} is not an index of safetensors shards: its 'weight_map' must map tensors to file names.`,
    remedy: 'Fetch or save the checkpoint again.',
  }),
  badLock: (file: string) => ({
    message: `${file} is not a lock of evalgraph, or was edited by hand.`,
    remedy: 'Remove the file, and write it afresh: npx evalgraph lock',
  }),
  laterLock: (file: string, found: number, known: number) => ({
    message: `${file} has format ${found}; this version of evalgraph knows up to ${known}.`,
    remedy: 'Use the version that wrote it, or write the lock afresh: npx evalgraph lock',
  }),
});
