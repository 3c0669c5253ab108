/**
 * A pipeline as a user writes it, after validation: what is there has the schema's type. `undefined` is a key that
 * was left out; `null` is a value that validation has reported, of which nothing more should be said.
 * (An empty value is of no type, so it never passes validation.)
 */
import type { PerplexityUse } from './pipeline.ts';

type Maybe<T> = T | null | undefined;
type List<T> = readonly (T | null)[];
type ByName<T> = Readonly<Record<string, T | null>>;

export interface PipelineInput {
  readonly title?: Maybe<string>;
  readonly models?: Maybe<ByName<ModelInput>>;
  readonly tasks?: Maybe<List<TaskInput>>;
  readonly quick?: Maybe<QuickInput>;
  readonly limit?: Maybe<number>;
  readonly comparisons?: Maybe<ByName<ComparisonInput>>;
  readonly references?: Maybe<List<ReferenceInput>>;
  readonly engine?: Maybe<EngineInput>;
  readonly seed?: Maybe<number>;
}

export interface ModelInput extends CorpusInput {
  readonly source?: Maybe<string>;
  readonly checkpoints?: Maybe<SeriesInput | List<CheckpointInput>>;
  readonly tasks?: Maybe<List<TaskInput>>;
  readonly perplexity?: Maybe<List<PerplexityInput>>;
  readonly evaluate?: Maybe<boolean>;
  readonly max_length?: Maybe<number>;
  readonly add_bos_token?: Maybe<boolean>;
}

export interface LocationInput {
  readonly subfolder?: Maybe<string>;
  readonly revision?: Maybe<string>;
  readonly folder?: Maybe<string>;
}

export interface SeriesInput extends LocationInput {
  readonly from?: Maybe<number>;
  readonly to?: Maybe<number>;
  readonly every?: Maybe<number>;
  readonly steps?: Maybe<List<number>>;
  readonly select?: Maybe<SelectionInput>;
}

export type CheckpointInput = string | CheckpointEntryInput;

export interface CheckpointEntryInput extends LocationInput {
  readonly step?: Maybe<number>;
  readonly name?: Maybe<string>;
}

export type SelectionInput = string | { readonly every?: Maybe<number> } | List<string | number>;

export type TaskInput = string | TaskEntryInput;

export interface TaskEntryInput {
  readonly task?: Maybe<string>;
  readonly num_fewshot?: Maybe<number>;
  readonly limit?: Maybe<number>;
  readonly alias?: Maybe<string>;
  readonly apply_chat_template?: Maybe<boolean>;
  readonly fewshot_as_multiturn?: Maybe<boolean>;
  readonly system_instruction?: Maybe<string>;
  readonly chat_date?: Maybe<string>;
}

export interface QuickInput {
  readonly checkpoints?: Maybe<SelectionInput>;
  readonly limit?: Maybe<number>;
}

export interface CorpusInput {
  readonly seqlen?: Maybe<number>;
  readonly corpus?: Maybe<string>;
  readonly column?: Maybe<string>;
  readonly split?: Maybe<string>;
}

export interface ComparisonInput extends CorpusInput {
  readonly title?: Maybe<string>;
  readonly dense?: Maybe<string>;
  readonly pruned?: Maybe<string | List<string>>;
  readonly tasks?: Maybe<List<TaskInput>>;
  readonly perplexity?: Maybe<List<PerplexityInput>>;
  readonly reconcile?: Maybe<boolean>;
  readonly divergence?: Maybe<boolean>;
}

export interface ReferenceInput {
  readonly model?: Maybe<string>;
  readonly task?: Maybe<string>;
  readonly metric?: Maybe<string>;
  readonly value?: Maybe<number>;
  readonly stderr?: Maybe<number>;
  readonly source?: Maybe<string>;
}

export type PerplexityInput = PerplexityUse['protocol'] | PerplexityEntryInput;

export interface PerplexityEntryInput extends CorpusInput {
  readonly protocol?: Maybe<PerplexityUse['protocol']>;
  readonly stride?: Maybe<number>;
  readonly text?: Maybe<PerplexityUse['text']>;
  readonly bos?: Maybe<PerplexityUse['bos']>;
  readonly nsamples?: Maybe<number>;
  readonly name?: Maybe<string>;
}

export interface EngineInput {
  readonly use?: Maybe<string>;
  readonly dtype?: Maybe<string>;
  readonly threads?: Maybe<number | string>;
  readonly model?: Maybe<string>;
  readonly model_args?: Maybe<ByName<string | number | boolean>>;
  readonly batch_size?: Maybe<number | string>;
  readonly device?: Maybe<string>;
  readonly command?: Maybe<string | List<string>>;
  readonly tasks?: Maybe<'ours' | 'theirs'>;
  readonly url?: Maybe<string>;
  readonly api_key_variable?: Maybe<string>;
  readonly concurrency?: Maybe<number>;
  readonly timeout_seconds?: Maybe<number>;
  readonly gpus?: Maybe<number | string | List<number>>;
  readonly gpus_per_checkpoint?: Maybe<number>;
  readonly silence_minutes?: Maybe<number>;
  readonly launcher?: Maybe<string | LauncherInput>;
}

export interface LauncherInput {
  readonly slurm?: Maybe<SlurmInput>;
}

export interface SlurmInput {
  readonly partition?: Maybe<string>;
  readonly time?: Maybe<string | number>;
  readonly gpus?: Maybe<string | number>;
  readonly jobs?: Maybe<number>;
  readonly extra?: Maybe<List<string>>;
}

/** Array.isArray that narrows readonly lists. */
export function isList<T>(value: unknown | List<T>): value is List<T> {
  return Array.isArray(value);
}
