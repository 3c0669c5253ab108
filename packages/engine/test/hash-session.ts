/**
 * A session without a model: the "log-probability" after a path is a hash of the path. Whoever gives the right
 * answers through it fed every token after the right predecessors, kept what was needed and overwrote nothing.
 */
import type {
  DecodeOutput,
  Pass,
  PassOutput,
  TokenRequest,
  TokenResponse,
  TokenSession,
  WantedRows,
} from '../src/index.ts';

export const HASH_VOCAB = 6;

function extend(state: number, token: number): number {
  const mixed = Math.imul(state ^ (token + 1), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

function greedyAfter(state: number): number {
  return (state >>> 3) % HASH_VOCAB;
}

function logProbAfter(state: number, token: number): number {
  return -(extend(state, token + 100) % 4096) / 256;
}

function bestLogProbAfter(state: number): number {
  return logProbAfter(state, greedyAfter(state));
}

function rowsAfter(states: readonly number[]): Float32Array {
  return Float32Array.from({ length: states.length * HASH_VOCAB }, (_, at) =>
    logProbAfter(states[Math.floor(at / HASH_VOCAB)] ?? Number.NaN, at % HASH_VOCAB),
  );
}

function distributions(wanted: WantedRows, states: readonly number[]): Pick<PassOutput, 'rows' | 'logits'> {
  const rows = wanted === 'none' ? null : rowsAfter(states);
  // Its "log-probabilities" are sums to nothing: they serve as logits too.
  return { rows, logits: wanted === 'rows-and-logits' ? rows : null };
}

export class HashSession implements TokenSession {
  readonly passes: Pass[] = [];
  /** Batch sizes of the decode steps. */
  readonly steps: number[] = [];
  #kept = 0;
  #path: number[] = [];
  #last: { pass: Pass; states: number[] } | null = null;
  #batch: number[][] = [];
  #capacity = 0;

  reserve(_positions: number, kept: number): void {
    this.#kept = kept;
    this.#path = [];
  }

  async prefill(pass: Pass, wanted: WantedRows): Promise<PassOutput> {
    const { past, parents, positions } = pass;
    check(
      past <= this.#path.length,
      `pass ${pass.id} continues from ${past} of ${this.#path.length} positions`,
    );
    const states: number[] = [];
    pass.tokens.forEach((token, row) => {
      const parent = parents[row] ?? -1;
      check(parent < row, `row ${row} comes before its parent`);
      check(positions[row] === (parent < 0 ? past : (positions[parent] ?? -2) + 1), `position of row ${row}`);
      states.push(extend(parent < 0 ? (this.#path[past - 1] ?? 0) : (states[parent] ?? 0), token));
    });
    const kept = states.slice(0, pass.keptRows);
    kept.forEach((_, row) => {
      check(parents[row] === row - 1, `kept row ${row} is on the chain`);
    });
    // What lies beyond is lost: a later pass that counted on it fails.
    this.#path = [...this.#path.slice(0, past), ...kept];
    check(this.#path.length <= this.#kept, 'more is kept than was reserved');
    this.#last = { pass, states };
    this.passes.push(pass);
    const head = (index: number): number => states[pass.headRows[index] ?? -1] ?? Number.NaN;
    return {
      logProbs: Float32Array.from(pass.targets, ({ head: at, token }) => logProbAfter(head(at), token)),
      greedy: Int32Array.from(pass.headRows, (row) => greedyAfter(states[row] ?? Number.NaN)),
      greedyLogProbs: Float32Array.from(pass.headRows, (row) => bestLogProbAfter(states[row] ?? Number.NaN)),
      broken: [],
      ...distributions(
        wanted,
        [...pass.headRows].map((row) => states[row] ?? Number.NaN),
      ),
    };
  }

  openBatch(rows: number, capacity: number): void {
    this.#batch = Array.from({ length: rows }, () => []);
    this.#capacity = capacity;
  }

  placeContext(row: number, batchRow: number): void {
    const { pass, states } = this.#last ?? { pass: undefined, states: [] };
    check(pass !== undefined, 'a pass ran');
    const rows: number[] = [];
    for (let at = row; at >= 0; at = pass?.parents[at] ?? -1) rows.unshift(states[at] ?? Number.NaN);
    check(batchRow < this.#batch.length, 'the batch has the row');
    this.#batch[batchRow] = [...this.#path.slice(0, pass?.past), ...rows];
  }

  async decode(tokens: Int32Array, lengths: Int32Array, wanted: WantedRows): Promise<DecodeOutput> {
    this.steps.push(tokens.length);
    const after = [...tokens].map((token, row) => {
      const states = this.#batch[row] ?? [];
      check(states.length === lengths[row] && states.length < this.#capacity, `length of batch row ${row}`);
      states.push(extend(states.at(-1) ?? 0, token));
      return states.at(-1) ?? 0;
    });
    return {
      greedy: Int32Array.from(after, greedyAfter),
      greedyLogProbs: Float32Array.from(after, bestLogProbAfter),
      broken: [],
      ...distributions(wanted, after),
    };
  }

  moveRow(from: number, to: number, length: number): void {
    this.#batch[to] = (this.#batch[from] ?? []).slice(0, length);
  }

  async close(): Promise<void> {}
}

/** What the hash gives for one request by itself. */
export function hashAnswer(
  request: TokenRequest,
  stopWhen: (tokens: readonly number[]) => boolean = () => false,
): TokenResponse {
  let state = request.context.reduce(extend, 0);
  if (request.kind === 'score') {
    let isGreedy = true;
    const logProbs = request.continuation.map((token) => {
      const logProb = logProbAfter(state, token);
      isGreedy &&= greedyAfter(state) === token;
      state = extend(state, token);
      return logProb;
    });
    return { kind: 'score', logProbs, isGreedy };
  }
  const tokens: number[] = [];
  while (tokens.length < request.maxNewTokens) {
    tokens.push(greedyAfter(state));
    if (stopWhen(tokens)) return { kind: 'generate', tokens, finish: 'stop' };
    state = extend(state, tokens.at(-1) ?? 0);
  }
  return { kind: 'generate', tokens, finish: 'length' };
}

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`not so: ${what}`);
}
