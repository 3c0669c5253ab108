/** What a pipeline makes before it evaluates anything, after the spec phase. Types only. */
import type {
  CorpusConfig,
  Depth,
  InitDtype,
  LossWeight,
  PruneImportance,
  PrunePattern,
  PruneSettings,
  Residual,
  SampleSettings,
  TrainSettings,
} from '@evalgraph/pretrain/settings';

export interface CheckpointReference {
  readonly model: string;
  /** A checkpoint's name, never a step or a word. */
  readonly checkpoint: string;
}

export type Stage = CorpusStage | PackStage | InitStage | TrainStage | PruneStage;

/** Weights or a tokenizer that a stage starts from. */
export type WeightsReference =
  /** Relative to the workspace root where it lies inside, else as written. */
  | { readonly kind: 'folder'; readonly path: string }
  | ({ readonly kind: 'checkpoint' } & CheckpointReference);

export interface CorpusStage {
  readonly kind: 'corpus';
  readonly name: string;
  /** Paths are relative to the workspace root where they lie inside; `tasks` in `against` stands for documents. */
  readonly config: CorpusConfig;
  /** Source -> the split that is read of a data set of the hub, whose `path` is `hf:owner/name/configuration`. */
  readonly splits: Readonly<Record<string, string>>;
  /** Nx targets that write the sources: `project:target`. */
  readonly after: readonly string[];
  /** Step -> tasks whose documents it looks for: names, `tasks` (the pipeline's), `library` (whatever it could name). */
  readonly against: Readonly<Record<number, readonly string[]>>;
}

export interface PackStage {
  readonly kind: 'pack';
  readonly name: string;
  readonly corpus: string;
  readonly tokenizer: WeightsReference;
  readonly sequenceLength: number;
  readonly shardSequences: number;
  readonly bos: boolean;
  readonly eos: boolean;
  readonly lossWeights: readonly LossWeight[];
}

export interface InitStage {
  readonly kind: 'init';
  /** The model's. */
  readonly name: string;
  readonly init:
    | {
        readonly kind: 'scratch';
        /** Folder of the config.json that says the shape. */
        readonly config: string;
        readonly tokenizer: WeightsReference;
        readonly seed: number;
        readonly residual: Residual;
        readonly dtype: InitDtype;
      }
    | { readonly kind: 'copy'; readonly source: WeightsReference }
    | { readonly kind: 'depth'; readonly source: WeightsReference; readonly depth: Depth };
}

export interface TrainStage {
  readonly kind: 'train';
  readonly name: string;
  /** Packs; the first from step 0 on. */
  readonly data: readonly { readonly pack: string; readonly fromStep: number }[];
  readonly settings: Omit<TrainSettings, 'model' | 'data'>;
  readonly processes: number;
}

export interface PruneStage {
  readonly kind: 'prune';
  readonly name: string;
  readonly source: WeightsReference;
  readonly importance:
    | Extract<PruneImportance, { kind: 'magnitude' }>
    | (Omit<Extract<PruneImportance, { kind: 'wanda' }>, 'calibration'> & {
        readonly calibration:
          | { readonly kind: 'pack'; readonly name: string }
          | { readonly kind: 'file'; readonly path: string };
      });
  readonly pattern: PrunePattern;
  readonly saveDtype: PruneSettings['saveDtype'];
}

export interface SamplesUse {
  readonly settings: SampleSettings;
  /** They stand in the order of the file. */
  readonly models: readonly string[];
}
