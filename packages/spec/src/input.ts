/**
 * A pipeline as a user writes it, after validation: what is there has the declared type. `undefined` is a key that
 * was left out; `null` is a value that validation has reported, of which nothing more should be said.
 * (An empty value is of no type, so it never passes validation.)
 */
import type { SettingInput } from '@evalgraph/formats';
import type { checkpoint, checkpoints } from './declared/checkpoints.ts';
import type { comparison } from './declared/comparisons.ts';
import type { engine } from './declared/engine.ts';
import type { init, madeCorpus, pack, prune, train } from './declared/making.ts';
import type { model } from './declared/models.ts';
import type { perplexity } from './declared/perplexity.ts';
import type { pipeline, quick } from './declared/pipeline.ts';
import type { selection } from './declared/shared.ts';
import type { generation, task } from './declared/tasks.ts';

type Mapping<T> = Exclude<T, string | readonly unknown[]>;

export type PipelineInput = SettingInput<typeof pipeline>;
export type ModelInput = SettingInput<typeof model>;
export type SeriesInput = Mapping<SettingInput<typeof checkpoints>>;
export type CheckpointInput = SettingInput<typeof checkpoint>;
export type CheckpointEntryInput = Mapping<CheckpointInput>;
export type LocationInput = Pick<SeriesInput, 'subfolder' | 'revision' | 'folder'>;
export type SelectionInput = SettingInput<typeof selection>;
export type TaskInput = SettingInput<typeof task>;
export type TaskEntryInput = Mapping<TaskInput>;
export type GenerationInput = SettingInput<typeof generation>;
export type QuickInput = SettingInput<typeof quick>;
export type ComparisonInput = SettingInput<typeof comparison>;
/** The text of perplexities, as a model and a comparison give it for all of theirs. */
export type CorpusInput = Pick<ModelInput, 'seqlen' | 'corpus' | 'column' | 'split'>;
export type PerplexityInput = SettingInput<typeof perplexity>;
export type PerplexityEntryInput = Mapping<PerplexityInput>;
export type EngineInput = SettingInput<typeof engine>;
export type MadeCorpusInput = SettingInput<typeof madeCorpus>;
export type PackInput = SettingInput<typeof pack>;
export type InitInput = SettingInput<typeof init>;
export type TrainInput = SettingInput<typeof train>;
export type PruneInput = SettingInput<typeof prune>;

/** Array.isArray that narrows readonly lists. */
export function isList<T>(value: unknown | readonly (T | null)[]): value is readonly (T | null)[] {
  return Array.isArray(value);
}
