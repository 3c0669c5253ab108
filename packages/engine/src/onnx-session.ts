/**
 * TokenSession over onnxruntime: builds the inputs of a run from a pass or a decode step, and keeps the keys and
 * values. `run` blocks the thread: whoever wants to stay responsive owns the engine from a worker.
 */

import type { Decoder } from '@evalgraph/architectures';
import { UserError } from '@evalgraph/formats';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { buildGraph } from './graph.ts';
import { GRAPH_NAMES } from './graph-names.ts';
import { KeyValues, type NewRows } from './key-values.ts';
import { messages } from './messages.ts';
import type { Pass } from './plan.ts';
import { type RopeTable, ropeTable } from './rope.ts';
import {
  ancestorRows,
  type DecodeOutput,
  type PassOutput,
  type TokenSession,
  type WantedRows,
} from './session.ts';
import { findWeights } from './weights.ts';

export interface SessionOptions {
  /** Threads of a matrix product. */
  readonly threads: number;
}

/** Finite, so that no infinity minus infinity appears; exp() of it is 0. */
const MASKED = -1e30;

/** @throws UserError of findWeights, and model-load-failed. */
export async function openOnnxSession(
  folder: string,
  model: Decoder,
  options: SessionOptions,
): Promise<TokenSession> {
  const weights = await findWeights(folder, model);
  const settings = {
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // Every pass has its own shape; a memory plan for each would only pile up.
    enableMemPattern: false,
    // Errors only; its warnings speak about the graph, which a user cannot change.
    logSeverityLevel: 3,
    extra: {
      session: {
        model_external_initializers_file_folder_path: weights.folder,
        // Threads that spin while they wait halve the speed where several cells share cores; alone, waking them
        // costs 0.15 ms a pass.
        'intra_op.allow_spinning': '0',
      },
    },
  } as const;
  try {
    return new OnnxSession(await InferenceSession.create(buildGraph(model, weights), settings), model);
  } catch (error) {
    throw new UserError(
      messages.modelLoadFailed(folder, error instanceof Error ? error.message : String(error)),
    );
  }
}

interface Run {
  readonly batch: number;
  readonly tokens: Int32Array;
  readonly positions: Int32Array;
  /** Shape [rows a batch row, totalKeys]. */
  readonly bias: Float32Array;
  /** Positions in use, the new ones included, less one; for each batch row. */
  readonly lastKeys: Int32Array;
  readonly totalKeys: number;
  readonly headRows: Int32Array;
  readonly targets: readonly { readonly head: number; readonly token: number }[];
  readonly returnRows: boolean;
}

class OnnxSession implements TokenSession {
  readonly #session: InferenceSession;
  readonly #model: Decoder;
  readonly #path: KeyValues;
  readonly #batch: KeyValues;
  #rope: RopeTable = { positions: 0, cos: new Float32Array(0), sin: new Float32Array(0) };
  #bias: Float32Array = new Float32Array(0);
  #last: { readonly pass: Pass; readonly added: NewRows } | null = null;

  constructor(session: InferenceSession, model: Decoder) {
    this.#session = session;
    this.#model = model;
    this.#path = new KeyValues(model);
    this.#batch = new KeyValues(model);
  }

  reserve(positions: number, kept: number): void {
    this.#reserveRope(positions);
    this.#path.reserve(1, Math.max(1, kept));
    this.#last = null;
  }

  async prefill(pass: Pass, wanted: WantedRows): Promise<PassOutput> {
    const { output, added } = await this.#run(this.#path, this.#passRun(pass), wanted);
    if (pass.keptRows > 0) {
      const kept = Array.from({ length: pass.keptRows }, (_, row) => row);
      this.#path.append(0, pass.past, added, 0, kept);
    }
    this.#last = { pass, added };
    return output;
  }

  #passRun(pass: Pass): Run {
    const rows = pass.tokens.length;
    const totalKeys = pass.past + rows;
    // RotaryEmbedding refuses more rows than the table has positions, though no position exceeds it.
    this.#reserveRope(rows);
    return {
      batch: 1,
      tokens: pass.tokens,
      positions: pass.positions,
      bias: this.#treeBias(pass),
      lastKeys: Int32Array.of(totalKeys - 1),
      totalKeys,
      headRows: pass.headRows,
      targets: pass.targets,
      returnRows: pass.keptRows > 0 || pass.contexts.length > 0,
    };
  }

  openBatch(rows: number, capacity: number): void {
    this.#batch.reserve(rows, capacity);
  }

  placeContext(row: number, batchRow: number): void {
    if (this.#last === null) throw new Error('no pass ran');
    const { pass, added } = this.#last;
    this.#batch.copyRow(batchRow, this.#path, 0, pass.past);
    this.#batch.append(batchRow, pass.past, added, 0, ancestorRows(pass, row));
  }

  async decode(tokens: Int32Array, lengths: Int32Array, wanted: WantedRows): Promise<DecodeOutput> {
    const totalKeys = Math.max(...lengths) + 1;
    const run: Run = {
      batch: tokens.length,
      tokens,
      positions: lengths,
      bias: this.#biasRoom(totalKeys).fill(0),
      lastKeys: lengths,
      totalKeys,
      headRows: Int32Array.from(tokens, (_, row) => row),
      targets: [],
      returnRows: true,
    };
    const { output, added } = await this.#run(this.#batch, run, wanted);
    lengths.forEach((length, row) => {
      this.#batch.append(row, length, added, row, [0]);
    });
    return output;
  }

  moveRow(from: number, to: number, length: number): void {
    this.#batch.copyRow(to, this.#batch, from, length);
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  async #run(
    state: KeyValues,
    run: Run,
    wanted: WantedRows,
  ): Promise<{ output: PassOutput; added: NewRows }> {
    const { batch, tokens, headRows, targets } = run;
    const rows = tokens.length / batch;
    const half = this.#model.rotary.dims / 2;
    const rope = this.#rope;
    const feeds = {
      ...state.feeds(batch),
      [GRAPH_NAMES.tokens]: new Tensor('int32', tokens, [batch, rows]),
      [GRAPH_NAMES.positions]: new Tensor('int64', BigInt64Array.from(run.positions, BigInt), [batch, rows]),
      [GRAPH_NAMES.cos]: new Tensor('float32', rope.cos, [rope.positions, half]),
      [GRAPH_NAMES.sin]: new Tensor('float32', rope.sin, [rope.positions, half]),
      [GRAPH_NAMES.bias]: new Tensor('float32', run.bias, [1, 1, rows, run.totalKeys]),
      [GRAPH_NAMES.lastKeys]: new Tensor('int32', run.lastKeys, [batch]),
      [GRAPH_NAMES.totalKeys]: new Tensor('int32', Int32Array.of(run.totalKeys), [1]),
      [GRAPH_NAMES.rows]: new Tensor('int32', headRows, [headRows.length]),
      [GRAPH_NAMES.targets]: targetTensor(targets, headRows.length),
    };
    const { logProbs, greedy, greedyLogProbs, logProbRows, logits } = GRAPH_NAMES;
    const rowNames = run.returnRows ? newRowNames(this.#model.layers.length) : [];
    const whole = { none: [], rows: [logProbRows], 'rows-and-logits': [logProbRows, logits] }[wanted];
    const names = [logProbs, greedy, greedyLogProbs, ...whole, ...rowNames];
    const results = await this.#session.run(feeds, names);
    const values = floatsOf(results[logProbs]);
    const best = results[greedy]?.data;
    if (!(best instanceof Int32Array)) throw new Error('the session returned no greedy tokens');
    const broken = [...values.subarray(targets.length).entries()]
      .filter(([, value]) => !Number.isFinite(value))
      .map(([head]) => head);
    return {
      output: {
        logProbs: values.subarray(0, targets.length),
        greedy: best,
        greedyLogProbs: floatsOf(results[greedyLogProbs]),
        broken,
        rows: wanted === 'none' ? null : floatsOf(results[logProbRows]),
        logits: wanted === 'rows-and-logits' ? floatsOf(results[logits]) : null,
      },
      added: { rows, buffers: rowNames.map((name) => floatsOf(results[name])) },
    };
  }

  #reserveRope(positions: number): void {
    if (positions > this.#rope.positions) this.#rope = ropeTable(this.#model.rotary, positions);
  }

  /** 0 for the past, a row's ancestors and itself; MASKED elsewhere. */
  #treeBias(pass: Pass): Float32Array {
    const { past, parents } = pass;
    const keys = past + parents.length;
    const bias = this.#biasRoom(parents.length * keys);
    parents.forEach((parent, row) => {
      const start = row * keys;
      bias.fill(0, start, start + past);
      if (parent < 0) bias.fill(MASKED, start + past, start + keys);
      else bias.copyWithin(start + past, parent * keys + past, (parent + 1) * keys);
      bias[start + past + row] = 0;
    });
    return bias;
  }

  #biasRoom(size: number): Float32Array {
    if (this.#bias.length < size) this.#bias = new Float32Array(size);
    return this.#bias.subarray(0, size);
  }
}

/** The asked pairs, and after them token 0 of every head: NaN or infinity in a row of logits shows there. */
function targetTensor(
  targets: readonly { readonly head: number; readonly token: number }[],
  heads: number,
): Tensor {
  const pairs = new BigInt64Array(2 * (targets.length + heads));
  targets.forEach(({ head, token }, i) => {
    pairs[2 * i] = BigInt(head);
    pairs[2 * i + 1] = BigInt(token);
  });
  for (let head = 0; head < heads; head += 1) pairs[2 * (targets.length + head)] = BigInt(head);
  return new Tensor('int64', pairs, [targets.length + heads, 2]);
}

function newRowNames(layers: number): readonly string[] {
  const { newKey, newValue } = GRAPH_NAMES;
  return Array.from({ length: layers }, (_, layer) => [newKey(layer), newValue(layer)]).flat();
}

function floatsOf(value: InferenceSession.OnnxValueMapType[string] | undefined): Float32Array {
  if (!(value?.data instanceof Float32Array)) throw new Error('the session returned no float32 values');
  return value.data;
}
