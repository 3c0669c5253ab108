/** How each tensor of a described model begins: for models made from nothing. */
import { join } from 'node:path';
import {
  architectureIn,
  configFields,
  describeModel,
  FAMILIES,
  familyOf,
  type ModelTensor,
  type RawConfig,
  tensorsOf,
} from '@evalgraph/architectures';
import { type Problem, UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';
import type { Residual } from './settings.ts';

/** What a tensor's values are before training; `normal` has mean 0 and this standard deviation. */
export type Start = { readonly kind: 'normal'; readonly std: number } | { readonly kind: 'ones' | 'zeros' };

export interface NewTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: Start;
}

/**
 * With `plain`, every matrix, embedding and head included, is normal with the family's standard deviation; norms are 1,
 * biases 0: transformers' rule. With `scaled`, the two matrices of a layer that write to the residual stream have that
 * deviation divided by sqrt(2 x layers), so that the stream's variance does not grow with depth (Radford and others
 * 2019, GPT-2).
 * @throws UserError unknown-architecture, invalid-config: all that is wrong at once.
 */
export function newTensors(folder: string, config: RawConfig, residual: Residual): readonly NewTensor[] {
  const file = join(folder, 'config.json');
  const family = familyOf(config);
  if (family === null) {
    const known = FAMILIES.map(({ architecture }) => architecture);
    throw new UserError(messages.unknownArchitecture(file, architectureIn(config), known));
  }
  const problems: Problem[] = [];
  const model = describeModel(family, file, config, problems);
  const std = family.initialStd(configFields(file, config, problems));
  if (problems.length > 0) throw new UserError(problems);
  const residualStd = residual === 'plain' ? std : std / Math.sqrt(2 * model.layers.length);
  return tensorsOf(model).map((tensor) => ({
    name: tensor.name,
    shape: tensor.shape,
    start: startOf(tensor, tensor.isResidual ? residualStd : std),
  }));
}

function startOf({ role }: ModelTensor, std: number): Start {
  if (role === 'norm') return { kind: 'ones' };
  return role === 'bias' ? { kind: 'zeros' } : { kind: 'normal', std };
}
