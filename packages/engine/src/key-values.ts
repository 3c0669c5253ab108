/**
 * Buffers of keys and values on this side of the session. The binding copies whatever a run returns, so a run
 * returns only its new rows; they are appended here, and the buffers are fed in place.
 */
import type { Decoder } from '@evalgraph/architectures';
import { Tensor } from 'onnxruntime-node';
import { GRAPH_NAMES } from './graph-names.ts';

type Shape = Pick<Decoder, 'layers' | 'kvHeads' | 'headDim'>;

/** New rows of one run: for each buffer [batch, kvHeads, rows, headDim]. */
export interface NewRows {
  readonly rows: number;
  readonly buffers: readonly Float32Array[];
}

export class KeyValues {
  readonly #shape: Shape;
  /** Keys and values of each layer in turn, [batch, kvHeads, capacity, headDim]. */
  #buffers: Float32Array[] = [];
  #capacity = 0;
  #batch = 0;
  #feeds = new Map<number, Readonly<Record<string, Tensor>>>();

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  /** Makes room for `batch` rows of `capacity` positions; the content is undefined afterwards. */
  reserve(batch: number, capacity: number): void {
    const { layers, kvHeads, headDim } = this.#shape;
    const size = batch * kvHeads * capacity * headDim;
    if (batch === this.#batch && capacity === this.#capacity) return;
    if ((this.#buffers[0]?.length ?? -1) < size) {
      this.#buffers = [];
      this.#buffers = Array.from({ length: 2 * layers.length }, () => new Float32Array(size));
    }
    this.#batch = batch;
    this.#capacity = capacity;
    this.#feeds.clear();
  }

  /** Inputs of a run over the first `batch` rows. */
  feeds(batch: number): Readonly<Record<string, Tensor>> {
    const known = this.#feeds.get(batch);
    if (known !== undefined) return known;
    const { kvHeads, headDim } = this.#shape;
    const dims = [batch, kvHeads, this.#capacity, headDim];
    const size = batch * kvHeads * this.#capacity * headDim;
    const made: Record<string, Tensor> = {};
    this.#buffers.forEach((buffer, i) => {
      made[inputName(i)] = new Tensor('float32', buffer.subarray(0, size), dims);
    });
    this.#feeds.set(batch, made);
    return made;
  }

  /** Copies `rows.length` new rows of batch row `source` to positions `at`.. of batch row `row`. */
  append(row: number, at: number, added: NewRows, source: number, rows: readonly number[]): void {
    const { kvHeads, headDim } = this.#shape;
    this.#buffers.forEach((buffer, i) => {
      const from = added.buffers[i];
      if (from === undefined) throw new Error(`no new rows of buffer ${i}`);
      for (let head = 0; head < kvHeads; head += 1) {
        const base = (source * kvHeads + head) * added.rows;
        let to = this.#offset(row, head, at);
        // Runs of neighbouring rows are one copy.
        for (let first = 0; first < rows.length; ) {
          let next = first + 1;
          while (next < rows.length && rows[next] === (rows[next - 1] ?? 0) + 1) next += 1;
          const start = (base + (rows[first] ?? 0)) * headDim;
          const length = (next - first) * headDim;
          buffer.set(from.subarray(start, start + length), to);
          to += length;
          first = next;
        }
      }
    });
  }

  /** Copies the first `length` positions of another buffer's batch row. */
  copyRow(row: number, from: KeyValues, fromRow: number, length: number): void {
    const { kvHeads, headDim } = this.#shape;
    this.#buffers.forEach((buffer, i) => {
      const source = from.#buffers[i];
      if (source === undefined) throw new Error(`no buffer ${i}`);
      for (let head = 0; head < kvHeads; head += 1) {
        const start = from.#offset(fromRow, head, 0);
        buffer.set(source.subarray(start, start + length * headDim), this.#offset(row, head, 0));
      }
    });
  }

  #offset(row: number, head: number, position: number): number {
    const { kvHeads, headDim } = this.#shape;
    return ((row * kvHeads + head) * this.#capacity + position) * headDim;
  }
}

function inputName(buffer: number): string {
  const layer = Math.floor(buffer / 2);
  return buffer % 2 === 0 ? GRAPH_NAMES.pastKey(layer) : GRAPH_NAMES.pastValue(layer);
}
