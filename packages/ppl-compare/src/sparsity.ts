/**
 * Sparsity from the weights: exact zeros (+0 and -0), counted while they stream by; no matrix is ever held whole.
 * Which file a matrix stands in, and how its bytes become numbers, is the caller's business.
 *
 * What counts as linear is what pruning papers count: the matrices of the layers' projections. Embeddings and
 * the head are left out (Wanda, SparseGPT and their successors do not prune them), and so are norms, biases and
 * anything that has not exactly two dimensions. GPT-2's Conv1D weights are such matrices too.
 */
import { type SparsitySummary, UserError } from '@evalgraph/formats';
import { matrixShort, noLinearMatrices, notFiniteWeight } from './messages.ts';

/** One tensor of a checkpoint, whose values come in order and in pieces of any size. */
export interface WeightTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Calls `onChunk` with the next values until all were seen. A chunk may be reused after the call returns. */
  visit(onChunk: (values: Float32Array) => void): Promise<void>;
}

/** Last part of a module's name that makes it an embedding, a head or a norm in the families that we know. */
const NOT_LINEAR =
  /(^|\.)(embed_tokens|lm_head|wte|wpe|embed_in|embed_out|embed_positions|word_embeddings|position_embeddings|[a-z_]*(norm|ln)[a-z_0-9]*)\.weight$/;

/** Masks and tables that old GPT-2 and GPT-NeoX files carry among the weights: no parameters, half of them zeros. */
const BUFFER = /(^|\.)(attn|attention)\.(bias|masked_bias)$|\.rotary_emb\.inv_freq$/;

/** True where papers count this tensor: two dimensions, neither embedding nor head nor norm. */
export function isLinearMatrix(name: string, shape: readonly number[]): boolean {
  return shape.length === 2 && !NOT_LINEAR.test(name) && !BUFFER.test(name);
}

/**
 * Counts zeros of all tensors and of the linear matrices. `matrices` lists the linear ones, in the order read.
 *
 * @throws UserError matrix-length, non-finite-weight (of every bad tensor at once), no-linear-matrices
 */
export async function sparsityOf(
  tensors: AsyncIterable<WeightTensor> | Iterable<WeightTensor>,
): Promise<SparsitySummary> {
  const all = { zeros: 0, elements: 0 };
  const linear = { zeros: 0, elements: 0 };
  const matrices: { name: string; zeros: number; elements: number }[] = [];
  const problems = [];
  let seen = 0;
  for await (const tensor of tensors) {
    seen++;
    if (isBuffer(tensor)) continue;
    const { zeros, elements, finite } = await count(tensor);
    const expected = tensor.shape.reduce((product, size) => product * size, 1);
    if (elements !== expected) problems.push(matrixShort(tensor.name, expected, elements));
    if (!finite) problems.push(notFiniteWeight(tensor.name));
    all.zeros += zeros;
    all.elements += elements;
    if (!isLinearMatrix(tensor.name, tensor.shape)) continue;
    linear.zeros += zeros;
    linear.elements += elements;
    matrices.push({ name: tensor.name, zeros, elements });
  }
  if (problems.length > 0) throw new UserError(problems);
  if (linear.elements === 0) throw new UserError(noLinearMatrices(seen));
  return { linear, all, matrices };
}

/** A projection's own bias is called `attn.bias` in no family; there it is a mask of four dimensions or a scalar. */
export function isBuffer(tensor: WeightTensor): boolean {
  return BUFFER.test(tensor.name) && (tensor.shape.length !== 1 || tensor.name.endsWith('inv_freq'));
}

async function count(tensor: WeightTensor): Promise<{ zeros: number; elements: number; finite: boolean }> {
  let zeros = 0;
  let elements = 0;
  let notFinite = 0;
  await tensor.visit((values) => {
    elements += values.length;
    for (const value of values) {
      if (value === 0) zeros++;
      else if (!Number.isFinite(value)) notFinite++;
    }
  });
  return { zeros, elements, finite: notFinite === 0 };
}
