/** Facts about the machine, for run.json only: never part of a key or of a result. */
import { availableParallelism } from 'node:os';
import type { RunRecord } from '@evalgraph/formats';

export function hostFacts(): RunRecord['host'] {
  return {
    platform: `${process.platform}-${process.arch}`,
    cpus: availableParallelism(),
    node: process.version,
  };
}
