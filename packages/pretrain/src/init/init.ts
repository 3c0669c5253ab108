/**
 * A model before training, as a folder that transformers and the engine load: from nothing, or out of another
 * checkpoint. Streams: no tensor is in memory as a whole. Width never changes.
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { layerCountField, type RawConfig, readConfig } from '@evalgraph/architectures';
import {
  openWeights,
  type TensorSource,
  UserError,
  writeFolderStaged,
  writeWeights,
} from '@evalgraph/formats';
import { GENERATION_FILE } from '@evalgraph/tokenizer/files';
import { type Depth, sourceLayers } from './layers.ts';
import { messages } from './messages.ts';
import { newTensors } from './new-tensors.ts';
import { copiedTensorSource, copiedTensors, countLayers, depthTensors } from './plan.ts';
import type { Residual } from './settings.ts';
import { checkVocabulary, copyFiles, isFile, tokenizerFiles } from './tokenizer.ts';
import { type InitDtype, newTensorSource } from './values.ts';
import { withLayers } from './with-layers.ts';

/** Counts up when the same settings and source give other bytes. */
export const INIT_VERSION = 1;

/** As transformers' save_pretrained: larger files are awkward to move. */
export const MAX_WEIGHT_FILE_BYTES = 5_000_000_000;

export type InitSettings =
  | {
      readonly kind: 'scratch';
      /** Folder with the config.json that says the shape. */
      readonly config: string;
      readonly tokenizer: string;
      /** A whole number of at least 0: the same one gives the same bytes. */
      readonly seed: number;
      readonly residual: Residual;
      readonly dtype: InitDtype;
    }
  | { readonly kind: 'copy'; readonly source: string }
  | { readonly kind: 'depth'; readonly source: string; readonly depth: Depth };

export interface InitSummary {
  /** Numbers in all tensors; a tied head is counted once. */
  readonly parameters: number;
  readonly layers: number;
  /** The source layer of each layer, bottom up; null where the depth is not changed. */
  readonly sourceLayers: readonly number[] | null;
  /** How many tensors the weights have. */
  readonly tensors: number;
  /** Names of the files in the folder. */
  readonly files: readonly string[];
}

/**
 * Writes the model into `out`, which appears as a whole or not at all; what stood there is replaced.
 * @throws UserError bad-layers, layer-count, no-layers, invalid-config, unsupported-config, unknown-architecture,
 * missing-tokenizer, tokenizer-too-large, bad-seed, output-is-source, and those of openWeights.
 */
export async function initModel(
  settings: InitSettings,
  out: string,
  maxFileBytes: number = MAX_WEIGHT_FILE_BYTES,
): Promise<InitSummary> {
  const inputs = settings.kind === 'scratch' ? [settings.config, settings.tokenizer] : [settings.source];
  for (const input of inputs) {
    if (resolve(input) === resolve(out)) throw new UserError(messages.outputIsSource(out));
  }
  const made = await (settings.kind === 'scratch' ? fromNothing(settings) : fromCheckpoint(settings));
  const others = await tokenizerFiles(made.tokenizer);
  const hasGeneration = await isFile(join(made.folder, GENERATION_FILE));
  let weightFiles: readonly string[] = [];
  await writeFolderStaged(out, async (staged) => {
    weightFiles = await writeWeights(staged, made.tensors, maxFileBytes);
    await writeFile(join(staged, 'config.json'), `${JSON.stringify(made.config, null, 2)}\n`);
    await copyFiles(made.tokenizer, staged, others);
    if (hasGeneration) await copyFiles(made.folder, staged, [GENERATION_FILE]);
  });
  return {
    parameters: made.tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    layers: made.config[layerCountField(made.config)] as number,
    sourceLayers: made.sourceLayers,
    tensors: made.tensors.length,
    files: [
      ...weightFiles,
      ...(weightFiles.length > 1 ? ['model.safetensors.index.json'] : []),
      'config.json',
      ...others,
      ...(hasGeneration ? [GENERATION_FILE] : []),
    ].sort(),
  };
}

interface Made {
  /** Where config.json stood. */
  readonly folder: string;
  readonly tokenizer: string;
  readonly config: RawConfig;
  readonly tensors: readonly TensorSource[];
  readonly sourceLayers: readonly number[] | null;
}

async function fromNothing(settings: Extract<InitSettings, { kind: 'scratch' }>): Promise<Made> {
  const { config: folder, tokenizer, seed, residual, dtype } = settings;
  if (!(Number.isSafeInteger(seed) && seed >= 0)) throw new UserError(messages.badSeed(seed));
  const config = await readConfig(folder);
  const tensors = newTensors(folder, config, residual);
  await checkVocabulary(tokenizer, config.vocab_size as number);
  const torchDtype = dtype === 'F32' ? 'float32' : 'bfloat16';
  return {
    folder,
    tokenizer,
    // Old releases of transformers read torch_dtype, new ones dtype; a stale one of the two would win.
    config: { ...without(config, 'dtype'), torch_dtype: torchDtype },
    tensors: tensors.map((tensor) => newTensorSource(tensor, seed, dtype)),
    sourceLayers: null,
  };
}

async function fromCheckpoint(settings: Extract<InitSettings, { kind: 'copy' | 'depth' }>): Promise<Made> {
  const { source: folder } = settings;
  const [config, weights] = await Promise.all([readConfig(folder), openWeights(folder)]);
  const count = countLayers(folder, weights);
  const field = layerCountField(config);
  if (config[field] !== count) throw new UserError(messages.layerCount(folder, count, field, config[field]));
  const layers = settings.kind === 'copy' ? null : sourceLayers(settings.depth, count);
  return {
    folder,
    tokenizer: folder,
    config: layers === null ? config : withLayers(join(folder, 'config.json'), config, layers),
    tensors: (layers === null ? copiedTensors(weights) : depthTensors(weights, layers)).map(
      copiedTensorSource,
    ),
    sourceLayers: layers,
  };
}

function without(config: RawConfig, field: string): RawConfig {
  return Object.fromEntries(Object.entries(config).filter(([name]) => name !== field));
}
