/** Models that a pipeline would make and could not evaluate: said before they are made and trained, not after. */

import { isAbsolute, join } from 'node:path';
import { COMPUTED_ARCHITECTURES, parseModelConfig } from '@evalgraph/engine';
import { type Problem, readRegularSync, UserError } from '@evalgraph/formats';
import type { Pipeline, Stage, WeightsReference } from '@evalgraph/spec';
import { messages } from './messages.ts';

const MAX_CONFIG_BYTES = 16 * 1024 * 1024;

/** Codes of what the embedded engine refuses by its shape; anything else is reported where the stage runs. */
const REFUSED: ReadonlySet<string> = new Set(['unknown-architecture', 'unsupported-config']);

/** Only the embedded engine has a list of what it computes; lm-eval takes whatever transformers loads. */
export function initProblems(root: string, { engine, stages }: Pipeline): readonly Problem[] {
  if (engine.use !== 'embedded') return [];
  return stages.flatMap((stage): readonly Problem[] => {
    const folder = shapeOf(stage);
    if (folder === null) return [];
    const shown = join(folder, 'config.json');
    const raw = readObject(isAbsolute(shown) ? shown : join(root, shown));
    if (raw === null) return [];
    try {
      parseModelConfig(shown, raw);
      return [];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.problems
        .filter(({ code }) => REFUSED.has(code))
        .map(({ message }) => messages.madeNotComputed(stage.name, message, COMPUTED_ARCHITECTURES));
    }
  });
}

/** The path of the config.json with the made model's shape; null: another stage makes it, or it is on the hub. */
function shapeOf(stage: Stage): string | null {
  const source = ((): WeightsReference | null => {
    if (stage.kind === 'prune') return stage.source;
    if (stage.kind !== 'init') return null;
    const { init } = stage;
    return init.kind === 'scratch' ? { kind: 'folder', path: init.config } : init.source;
  })();
  return source?.kind === 'folder' ? source.path : null;
}

/** @returns null where it is not there or no object: the stage says so when it reads it. */
function readObject(path: string): Readonly<Record<string, unknown>> | null {
  let value: unknown;
  try {
    value = JSON.parse(readRegularSync(path, MAX_CONFIG_BYTES).toString('utf8'));
  } catch {
    return null;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}
