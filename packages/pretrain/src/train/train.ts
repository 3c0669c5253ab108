/**
 * Trains a model by python/train.py and says what came of it. Killed at any moment, the next call with the same
 * settings and folder goes on from the last saved step with the same losses.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isMissing, UserError, writeFileAtomic } from '@evalgraph/formats';
import { CHECKPOINT_FILES } from '../init/tokenizer.ts';
import { parseTrainEvent, type TrainEvent } from './events.ts';
import { type LaunchOptions, runScript } from './launch.ts';
import { messages } from './messages.ts';
import { type TrainInput, type TrainSettings, toSettingsJson, trainSettings } from './settings.ts';

/** Aborting the signal saves the state of the step that is under way, then ends. */
export interface TrainOptions extends Omit<LaunchOptions, 'log'> {
  readonly onEvent?: (event: TrainEvent) => void;
}

export interface TrainedCheckpoint {
  readonly step: number;
  readonly folder: string;
}

export interface TrainSummary {
  /** stopped: the signal came before the last step. */
  readonly outcome: 'done' | 'stopped';
  /** All of the folder, also those of earlier calls; ascending. */
  readonly checkpoints: readonly TrainedCheckpoint[];
}

/**
 * Writes into `out`: iter_<step>/ (a model's folder each, as a whole or not at all), train.jsonl, settings.json,
 * resume.pt, program.log.
 * @throws UserError bad-setting, and those of runScript.
 */
export async function trainModel(
  input: TrainInput,
  out: string,
  options: TrainOptions,
): Promise<TrainSummary> {
  const settings = trainSettings(input);
  await mkdir(out, { recursive: true });
  const file = join(out, 'settings.json');
  await writeFileAtomic(file, programSettings(settings, out));
  const log = join(out, 'program.log');
  let isDone = false;
  const { onEvent, ...launch } = options;
  const byItself = await runScript('train.py', file, { ...launch, log }, (line) => {
    const event = parseTrainEvent(line);
    if (event === null) return 'other';
    onEvent?.(event);
    if (event.event === 'done') isDone = true;
    return event.event === 'error' ? event : 'event';
  });
  if (byItself && !isDone) throw new UserError(messages.programFailed.silent('train.py', log));
  return { outcome: isDone ? 'done' : 'stopped', checkpoints: await trainedCheckpoints(out) };
}

/** What python/train.py reads. */
export function programSettings(settings: TrainSettings, out: string): string {
  const data = settings.data.map((phase) => ({ ...phase, data: resolve(phase.data) }));
  const placed = { model: resolve(settings.model), data, tokenizerFiles: CHECKPOINT_FILES };
  return toSettingsJson({ ...settings, ...placed }, resolve(out));
}

/** The checkpoints in a training's folder, ascending by step; none where there is no folder yet. */
export async function trainedCheckpoints(out: string): Promise<readonly TrainedCheckpoint[]> {
  let names: readonly string[];
  try {
    names = await readdir(out);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  return names
    .filter((name) => /^iter_\d{7,}$/.test(name))
    .map((name) => ({ step: Number(name.slice('iter_'.length)), folder: join(out, name) }))
    .sort((a, b) => a.step - b.step);
}
