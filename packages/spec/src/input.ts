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
  readonly corpora?: Maybe<ByName<MadeCorpusInput>>;
  readonly packs?: Maybe<ByName<PackInput>>;
  readonly models?: Maybe<ByName<ModelInput>>;
  readonly tasks?: Maybe<List<TaskInput>>;
  readonly quick?: Maybe<QuickInput>;
  readonly limit?: Maybe<number>;
  readonly comparisons?: Maybe<ByName<ComparisonInput>>;
  readonly references?: Maybe<List<ReferenceInput>>;
  readonly samples?: Maybe<SamplesInput>;
  readonly engine?: Maybe<EngineInput>;
  readonly seed?: Maybe<number>;
}

export interface ModelInput extends CorpusInput {
  readonly source?: Maybe<string>;
  readonly checkpoints?: Maybe<SeriesInput | List<CheckpointInput>>;
  readonly init?: Maybe<InitInput>;
  readonly train?: Maybe<TrainInput>;
  readonly prune?: Maybe<PruneInput>;
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
  readonly samples?: Maybe<List<number>>;
  readonly generation_kwargs?: Maybe<GenerationInput>;
  readonly alias?: Maybe<string>;
  readonly apply_chat_template?: Maybe<boolean>;
  readonly fewshot_as_multiturn?: Maybe<boolean>;
  readonly system_instruction?: Maybe<string>;
  readonly chat_date?: Maybe<string>;
}

/** The dialect's own keys, but for the other names of max_gen_toks. */
export interface GenerationInput {
  readonly until?: Maybe<string | List<string>>;
  readonly max_gen_toks?: Maybe<number>;
  readonly do_sample?: Maybe<boolean>;
  readonly temperature?: Maybe<number>;
  readonly repetition_penalty?: Maybe<number>;
  readonly top_p?: Maybe<number>;
  readonly top_k?: Maybe<number>;
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
  readonly api_key_over_http?: Maybe<boolean>;
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

export interface MadeCorpusInput {
  readonly sources?: Maybe<List<TextSourceInput>>;
  readonly steps?: Maybe<List<CleaningStepInput>>;
  readonly mix?: Maybe<{ readonly unit?: Maybe<string>; readonly total?: Maybe<number> }>;
  readonly shuffle?: Maybe<boolean>;
  readonly seed?: Maybe<number>;
  readonly format?: Maybe<string>;
  readonly shard_bytes?: Maybe<number>;
  readonly max_document_bytes?: Maybe<number>;
  readonly after?: Maybe<List<string>>;
  readonly examples?: Maybe<number>;
}

export interface TextSourceInput {
  readonly name?: Maybe<string>;
  readonly kind?: Maybe<string>;
  readonly path?: Maybe<string>;
  readonly files?: Maybe<string | List<string>>;
  readonly split?: Maybe<string>;
  readonly column?: Maybe<string>;
  readonly documents?: Maybe<string>;
  readonly licence?: Maybe<string>;
  readonly sample?: Maybe<{ readonly unit?: Maybe<string>; readonly amount?: Maybe<number> }>;
  readonly weight?: Maybe<number>;
}

/** Each step has keys of its own; which, the table in corpora.ts says. */
export interface CleaningStepInput {
  readonly step?: Maybe<string>;
  readonly against?: Maybe<string | List<string>>;
  readonly [key: string]: unknown;
}

export interface PackInput {
  readonly corpus?: Maybe<string>;
  readonly tokenizer?: Maybe<string>;
  readonly sequence_length?: Maybe<number>;
  readonly shard_sequences?: Maybe<number>;
  readonly bos?: Maybe<boolean>;
  readonly eos?: Maybe<boolean>;
  readonly loss_weights?: Maybe<List<LossWeightInput>>;
}

export interface LossWeightInput {
  readonly pattern?: Maybe<string>;
  readonly flags?: Maybe<string>;
  readonly weight?: Maybe<number>;
}

export interface InitInput {
  readonly config?: Maybe<string>;
  readonly tokenizer?: Maybe<string>;
  readonly residual?: Maybe<'plain' | 'scaled'>;
  readonly dtype?: Maybe<'float32' | 'bfloat16'>;
  readonly seed?: Maybe<number>;
  readonly from?: Maybe<string>;
  readonly keep?: Maybe<List<number>>;
  readonly stack?: Maybe<List<List<number>>>;
}

/** Named as the settings of a training are, in snake_case. */
export interface TrainInput {
  readonly data?: Maybe<string | List<TrainDataInput>>;
  readonly max_steps?: Maybe<number>;
  readonly save_every?: Maybe<number>;
  readonly save_at?: Maybe<List<number>>;
  readonly processes?: Maybe<number>;
  readonly [setting: string]: unknown;
}

export interface TrainDataInput {
  readonly pack?: Maybe<string>;
  readonly from_step?: Maybe<number>;
}

export interface PruneInput {
  readonly from?: Maybe<string>;
  readonly importance?: Maybe<'magnitude' | 'wanda'>;
  readonly sparsity?: Maybe<number>;
  readonly pattern?: Maybe<string>;
  readonly blocks?: Maybe<{ readonly size?: Maybe<number>; readonly tiers?: Maybe<List<List<number>>> }>;
  readonly calibration?: Maybe<string>;
  readonly sequences?: Maybe<number>;
  readonly sequence_length?: Maybe<number>;
  readonly seed?: Maybe<number>;
  readonly save_dtype?: Maybe<'float32' | 'bfloat16' | 'float16'>;
}

export interface SamplesInput {
  readonly prompts?: Maybe<List<string>>;
  readonly max_new_tokens?: Maybe<number>;
  readonly greedy?: Maybe<boolean>;
  readonly drawings?: Maybe<List<DrawingInput>>;
  readonly models?: Maybe<List<string>>;
}

export interface DrawingInput {
  readonly temperature?: Maybe<number>;
  readonly top_k?: Maybe<number>;
  readonly top_p?: Maybe<number>;
  readonly seed?: Maybe<number>;
  readonly repetition_penalty?: Maybe<number>;
  readonly no_repeat_ngram_size?: Maybe<number>;
  readonly min_new_tokens?: Maybe<number>;
}

/** Array.isArray that narrows readonly lists. */
export function isList<T>(value: unknown | List<T>): value is List<T> {
  return Array.isArray(value);
}
