/** Prunes a model by python/prune.py: settings, events, result. The masks are made there (python/masks.py). */
import { resolve } from 'node:path';
import { type Problem, UserError, writeFileAtomic } from '@evalgraph/formats';
import { CHECKPOINT_FILES } from '../init/tokenizer.ts';
import { type PruneEvent, parsePruneEvent } from '../train/events.ts';
import { type LaunchOptions, runScript } from '../train/launch.ts';
import { messages } from '../train/messages.ts';
import { toSettingsJson } from '../train/settings.ts';
import { type PruneSettings, pruneMistakes } from './settings.ts';

/** Counts up when the same settings and weights are meant to give other masks. */
export const PRUNE_VERSION = 1;

export interface PruneSummary {
  /** Both count the matrices of all layers. */
  readonly weights: number;
  readonly zeros: number;
}

/**
 * Writes the pruned model and pruning.json (settings, zeros of each matrix) into `out`, as a whole or not at all;
 * beside it `<out>.settings.json` and `<out>.log`. null: the signal came first.
 * @throws UserError bad-setting, bad-shape, and those of runScript.
 */
export async function pruneModel(
  settings: PruneSettings,
  out: string,
  options: Omit<LaunchOptions, 'log' | 'processes'> & { readonly onEvent?: (event: PruneEvent) => void },
): Promise<PruneSummary | null> {
  const problems = pruneProblems(settings);
  if (problems.length > 0) throw new UserError(problems);
  const file = `${out}.settings.json`;
  const log = `${out}.log`;
  await writeFileAtomic(file, programSettings(settings, out));
  let summary: PruneSummary | null = null;
  const { onEvent, ...launch } = options;
  const byItself = await runScript('prune.py', file, { ...launch, log }, (line) => {
    const event = parsePruneEvent(line);
    if (event === null) return 'other';
    onEvent?.(event);
    if (event.event === 'done') summary = { weights: event.weights, zeros: event.zeros };
    return event.event === 'error' ? event : 'event';
  });
  if (byItself && summary === null) throw new UserError(messages.programFailed.silent('prune.py', log));
  return summary;
}

/** What python/prune.py reads. */
export function programSettings({ model, importance, ...rest }: PruneSettings, out: string): string {
  const placed =
    importance.kind === 'wanda'
      ? { ...importance, calibration: resolve(importance.calibration) }
      : importance;
  const settings = { ...rest, model: resolve(model), importance: placed, tokenizerFiles: CHECKPOINT_FILES };
  return toSettingsJson(settings, resolve(out));
}

/** All that is wrong; none: []. */
export function pruneProblems(settings: PruneSettings): readonly Problem[] {
  return pruneMistakes(settings).map(({ name, value, expected }) =>
    messages.badSetting(name, value, expected),
  );
}
