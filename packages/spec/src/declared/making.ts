/**
 * The settings of what a pipeline makes before it evaluates anything. Those of the stages themselves are declared in
 * pretrain; here stands what a pipeline adds: names of its other parts, and where files lie.
 */
import { setting } from '@evalgraph/formats';
import {
  corpusFields,
  initFields,
  outputFields,
  packFields,
  pruneFields,
  sampleFields,
  sourceFields,
  trainingFields,
} from '@evalgraph/pretrain/settings';
import { name, reference } from './shared.ts';

const { described, either, list, mapping, named, text, whole } = setting;

const { kind, files, ...ofSource } = sourceFields;

export const textSource = named(
  'textSource',
  mapping({
    name: described(name, {
      says: 'The name in the data card; unique in the corpus.',
      examples: ['pages'],
      required: true,
    }),
    kind,
    path: text(
      {},
      {
        says: "The folder: from the workspace root (`./…`) or the disk's (`/…`), or a data set of the hub (`hf:owner/name/configuration`), whose rows are read as parquet or JSON Lines.",
        examples: ['./text', 'hf:HuggingFaceFW/fineweb/sample-10BT'],
        required: true,
      },
    ),
    files,
    split: described(name, {
      says: 'The split that is read of a data set of the hub.',
      examples: ['train'],
      otherwise: 'train',
    }),
    ...ofSource,
  }),
);

const { steps, mix, shuffle, seed, max_document_bytes, examples } = corpusFields;

export const madeCorpus = named(
  'madeCorpus',
  mapping({
    sources: list(textSource, {
      says: 'Where the texts come from: one place or several.',
      examples: [[{ name: 'pages', kind: 'jsonl', path: './text', licence: 'CC0-1.0' }]],
      required: true,
    }),
    steps,
    mix,
    shuffle,
    seed,
    ...outputFields,
    max_document_bytes,
    after: list(text(), {
      says: 'Nx targets that write the texts, as `project:target`; they run before.',
      examples: [['scraper:fetch']],
      otherwise: 'the texts are there',
    }),
    examples,
  }),
);

export const pack = named(
  'pack',
  mapping({
    corpus: described(reference, {
      says: 'The corpus that is packed: a name of `corpora`.',
      examples: ['web'],
      required: true,
    }),
    tokenizer: described(reference, {
      says: 'Whose tokenizer: a folder (`./models/small`), or a model of this pipeline as `dense` of a comparison is written.',
      examples: ['./models/small', 'base@last'],
      required: true,
    }),
    ...packFields,
  }),
);

const { residual, dtype, seed: initSeed, keep, stack } = initFields;

export const init = named(
  'init',
  mapping({
    config: text(
      {},
      {
        says: 'From nothing: the folder whose config.json says the shape.',
        examples: ['./models/shape'],
      },
    ),
    tokenizer: described(reference, {
      says: 'From nothing: whose tokenizer the model gets.',
      examples: ['./models/small'],
      otherwise: 'the folder of `config`',
    }),
    residual,
    dtype,
    seed: initSeed,
    from: described(reference, {
      says: 'From other weights: a folder (`./models/small`), or a checkpoint of this pipeline as `dense` of a comparison is written.',
      examples: ['base@last', './models/small'],
    }),
    keep,
    stack,
  }),
);

const trainData = named(
  'trainData',
  mapping({
    pack: described(reference, {
      says: 'The tokens: a name of `packs`.',
      examples: ['web-512'],
      required: true,
    }),
    from_step: whole(
      { min: 0, max: 1_000_000_000 },
      {
        says: 'The update after this step is the first with these tokens. The first of the list begins at 0.',
        examples: [2400],
      },
    ),
  }),
);

export const train = named(
  'train',
  mapping({
    data: either([text({ maxLength: 300 }), list(trainData, undefined, 1000)], {
      says: 'The tokens: a name of `packs`, or several, each from a step on.',
      examples: ['web-512', [{ pack: 'web-512' }, { pack: 'books-512', from_step: 2400 }]],
      required: true,
    }),
    ...trainingFields,
    processes: whole(
      { min: 1, max: 1024 },
      {
        says: 'Processes on this machine, started by torchrun, one GPU each where there are GPUs.',
        examples: [4],
        default: 1,
      },
    ),
  }),
);

const { importance, sparsity, pattern, blocks, ...ofPruning } = pruneFields;

export const prune = named(
  'prune',
  mapping({
    from: described(reference, {
      says: 'What is pruned: a folder (`./models/small`), or a checkpoint of this pipeline as `dense` of a comparison is written.',
      examples: ['base@last'],
      required: true,
    }),
    importance,
    sparsity,
    pattern,
    blocks,
    calibration: described(reference, {
      says: 'With wanda: a name of `packs`, or a UTF-8 text file (`./calibration.txt`).',
      examples: ['web-512', './calibration.txt'],
    }),
    ...ofPruning,
  }),
);

export const samples = named(
  'samples',
  mapping({
    ...sampleFields,
    models: list(reference, {
      says: 'Models whose checkpoints write.',
      examples: [['base']],
      otherwise: 'every model that has weights',
    }),
  }),
);
