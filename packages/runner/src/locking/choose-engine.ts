/** `use: auto`: the embedded engine where it computes every checkpoint of the pipeline, else lm-eval. */

import { REFUSED_SETTINGS, readModelConfig } from '@evalgraph/engine/config';
import { UserError } from '@evalgraph/formats';
import type { ChosenEngine } from '../locks/engine-lock.ts';
import { phrases } from './messages.ts';

export interface ConfiguredCheckpoint {
  readonly id: string;
  /** Absolute; with its config.json. */
  readonly folder: string;
  /** The digest of config.json: what is alike is read once. */
  readonly configSha256: string;
}

/** @throws UserError where a config.json is no JSON: then no engine can do anything with it. */
export async function chooseEngine(checkpoints: readonly ConfiguredCheckpoint[]): Promise<ChosenEngine> {
  const distinct = [...new Map(checkpoints.map((one) => [one.configSha256, one])).values()];
  const architectures = new Set<string>();
  for (const { id, folder } of distinct) {
    try {
      architectures.add((await readModelConfig(folder)).architecture);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const [problem] = error.problems;
      if (problem === undefined || !REFUSED_SETTINGS.has(problem.code)) throw error;
      return { use: 'lm-eval', because: phrases.notEmbedded(id, withoutPath(problem.message, folder)) };
    }
  }
  return { use: 'embedded', because: phrases.isEmbedded([...architectures].sort(), checkpoints.length) };
}

/** Locks are committed: they name no folder of a machine. */
function withoutPath(text: string, folder: string): string {
  return text.replaceAll(`${folder}/`, '').slice(0, 300);
}
