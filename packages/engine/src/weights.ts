/** The tensors that a model is described with, found in a folder's files and checked against them. */
import { realpath } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import { type Decoder, tensorsOf } from '@evalgraph/architectures';
import {
  openWeights,
  type Problem,
  type SafetensorsDtype,
  UserError,
  type WeightEntry,
} from '@evalgraph/formats';
import { messages } from './messages.ts';
import type { ElementType, ExternalTensor } from './onnx.ts';

const ELEMENT_TYPES: Partial<Record<SafetensorsDtype, ElementType>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
};

export interface ModelWeights {
  /** Real path that the tensors' locations are relative to. */
  readonly folder: string;
  readonly tensors: ReadonlyMap<string, ExternalTensor>;
}

/**
 * Finds every expected tensor in the folder's safetensors files.
 * @throws UserError missing-tensor, wrong-shape, unsupported-dtype (all at once); those of openWeights.
 */
export async function findWeights(folder: string, model: Decoder): Promise<ModelWeights> {
  const weights = await openWeights(folder);
  const problems: Problem[] = [];
  const found = new Map<string, { entry: WeightEntry; type: ElementType }>();
  for (const { name, shape } of tensorsOf(model)) {
    const entry = weights.tensors.get(name);
    if (entry === undefined) {
      problems.push(messages.missingTensor(folder, name, shape));
      continue;
    }
    if (entry.shape.join() !== shape.join())
      problems.push(messages.wrongShape(folder, name, entry.shape, shape));
    const type = ELEMENT_TYPES[entry.dtype];
    if (type === undefined)
      problems.push(messages.unsupportedDtype(folder, name, entry.dtype, Object.keys(ELEMENT_TYPES)));
    else found.set(name, { entry, type });
  }
  if (problems.length > 0) throw new UserError(problems);
  const places = await realPlaces(weights.files);
  const tensors = new Map<string, ExternalTensor>();
  for (const [name, { entry, type }] of found) {
    const location = places.locations.get(entry.file);
    if (location === undefined) throw new Error(`no real path for ${entry.file}`);
    const { shape, offset, byteLength } = entry;
    tensors.set(name, { name, type, shape, location, offset, byteLength });
  }
  return { folder: places.folder, tensors };
}

/**
 * onnxruntime refuses links that leave the folder, and a Hugging Face cache is such links: the folder becomes the
 * nearest one that holds all real files.
 */
async function realPlaces(
  files: readonly string[],
): Promise<{ folder: string; locations: ReadonlyMap<string, string> }> {
  const real = await Promise.all(files.map((file) => realpath(file)));
  let folder = dirname(real[0] ?? '.');
  while (!real.every((path) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep))) {
    folder = dirname(folder);
  }
  const locations = new Map(files.map((file, i) => [file, relative(folder, real[i] ?? file)]));
  return { folder, locations };
}
