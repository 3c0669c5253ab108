/**
 * Checkpoints that the embedded engine does not compute, and models that would be made and are such: said before
 * anything is downloaded, made, trained or run. lm-eval takes whatever transformers loads, so it has no such list.
 */
import { isAbsolute, join } from 'node:path';
import { readConfigSync } from '@evalgraph/architectures';
import { COMPUTED_ARCHITECTURES, parseModelConfig, REFUSED_SETTINGS } from '@evalgraph/engine/config';
import { type Problem, UserError } from '@evalgraph/formats';
import type { Pipeline, Stage, WeightsReference } from '@evalgraph/spec';
import { messages } from './messages.ts';
import type { CheckpointUse } from './plan.ts';

export function notComputed(
  root: string,
  { engine, otherEngine, stages }: Pipeline,
  checkpoints: readonly CheckpointUse[],
): readonly Problem[] {
  if (engine.use !== 'embedded') return [];
  const made = stages.flatMap((stage) =>
    refusals(root, shapeOf(stage)).map((why) =>
      messages.madeNotComputed(stage.name, why, COMPUTED_ARCHITECTURES),
    ),
  );
  // With `use: auto` the lock chooses an engine that computes them all.
  if (otherEngine !== null) return made;
  const given = checkpoints.filter(({ imported, made: making }) => imported === null && making === null);
  return [
    ...made,
    ...given.flatMap(({ id, folder }) => refusals(root, folder).map((why) => messages.notComputed(id, why))),
  ];
}

/** @throws UserError not-computed: the embedded engine does not compute the checkpoint of this folder */
export function requireComputed(root: string, id: string, folder: string): void {
  const problems = refusals(root, folder).map((why) => messages.notComputed(id, why));
  if (problems.length > 0) throw new UserError(problems);
}

/** What is wrong with the config.json of a folder, where it is there and readable: else the one who needs it says so. */
function refusals(root: string, folder: string | null): readonly string[] {
  if (folder === null || folder === '') return [];
  const shown = join(folder, 'config.json');
  try {
    parseModelConfig(shown, readConfigSync(isAbsolute(folder) ? folder : join(root, folder)));
    return [];
  } catch (error) {
    if (error instanceof UserError) {
      return error.problems.filter(({ code }) => REFUSED_SETTINGS.has(code)).map(({ message }) => message);
    }
    if ((error as NodeJS.ErrnoException).code !== undefined) return [];
    throw error;
  }
}

/** The folder with the made model's config.json; null: another stage makes it, or it is on the hub. */
function shapeOf(stage: Stage): string | null {
  const source = ((): WeightsReference | null => {
    if (stage.kind === 'prune') return stage.source;
    if (stage.kind !== 'init') return null;
    const { init } = stage;
    return init.kind === 'scratch' ? { kind: 'folder', path: init.config } : init.source;
  })();
  return source?.kind === 'folder' ? source.path : null;
}
