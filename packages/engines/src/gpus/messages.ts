/** What is said of GPUs: those that are missing, those that others hold, batches that were too large for them. */
import { defineMessages } from '@evalgraph/formats';

export const messages = defineMessages({
  noGpus: (detail: string) => ({
    message: `The pipeline asks for GPUs ('gpus:'), and none was found: ${detail}.`,
    remedy:
      "Run it where nvidia-smi lists them; or remove 'gpus:' from the engine, and it computes where it can, the CPU included.",
  }),
  gpuNotFound: (missing: readonly number[], found: readonly number[]) => ({
    message: `The pipeline asks for GPU ${missing.join(', ')}; this machine has ${list(found)}.`,
    remedy:
      'Write ids that nvidia-smi lists, a number of GPUs, or gpus: all. CUDA_VISIBLE_DEVICES, where it is set, narrows them.',
  }),
  tooFewGpus: (wanted: number, found: readonly number[]) => ({
    message: `A checkpoint is to get ${wanted} GPUs ('gpus_per_checkpoint'); there are ${found.length}: ${list(found)}.`,
    remedy: "Lower 'gpus_per_checkpoint', or give the engine more 'gpus'.",
  }),
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  waiting: (holders: readonly string[]): string => `waits for a GPU: ${holders.join('; ')}`,
  heldBy: (gpu: number, pid: number, host: string): string =>
    `GPU ${gpu} is held by process ${pid} on ${host}`,
  taken: (ids: readonly number[], name: string): string => `on GPU ${ids.join(', ')} (${name})`,
  rememberedBatch: (asked: string, batchSize: string, failed: string, kind: string): string =>
    `batch size ${batchSize} instead of ${asked}: ${failed} did not fit on ${kind} in an earlier run`,

  /** Why none was found, embedded in noGpus. */
  noProgram: (): string => 'there is no nvidia-smi on PATH',
  programFailed: (detail: string): string => `nvidia-smi failed (${detail})`,
  listIsEmpty: (): string => 'nvidia-smi lists none',
  hidden: (value: string): string => `CUDA_VISIBLE_DEVICES is '${value}'`,
} as const;

function list(ids: readonly number[]): string {
  return ids.length === 0 ? 'none' : `GPU ${ids.join(', ')}`;
}
