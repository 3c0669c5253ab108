/**
 * The same documents of two models, side by side. A document that only one of them answered, or whose text,
 * prompt or target differs, is an error: dropping it would change what both scores mean.
 */
import { agrees, FLOAT_NOISE, type Problem, type SampleRow } from '@evalgraph/formats';
import { messages } from './messages.ts';

/** What a comparison needs of a samples row; a `SampleRow` is one. */
export type DocumentRow = Pick<
  SampleRow,
  'doc_id' | 'doc_hash' | 'prompt_hash' | 'target_hash' | 'filter' | 'scores'
>;

export interface PairedScores {
  /** Document ids, ascending. */
  readonly ids: readonly number[];
  readonly dense: readonly number[];
  readonly pruned: readonly number[];
}

/** `null` scores: the metric has no number a document (a perplexity, F1 over a corpus), so nothing is paired. */
export type Pairing = { readonly problems: readonly Problem[]; readonly scores: PairedScores | null };

const HASHES = [
  ['doc_hash', 'text'],
  ['prompt_hash', 'prompt'],
  ['target_hash', 'target'],
] as const;

/**
 * Scores of `metric` under `filter`, in the order of document ids. A score may be a number or a boolean; `null`
 * on both sides means that the metric does not apply to the document (HasAns_exact on an unanswerable question).
 */
export function pairDocuments(
  task: string,
  metric: string,
  filter: string,
  dense: readonly DocumentRow[],
  pruned: readonly DocumentRow[],
): Pairing {
  const problems: Problem[] = [];
  const first = byId(task, filter, 'dense', dense, problems);
  const second = byId(task, filter, 'pruned', pruned, problems);
  const ids = [...first.keys()].sort((a, b) => a - b);
  const onlyDense = ids.filter((id) => !second.has(id));
  const onlyPruned = [...second.keys()].filter((id) => !first.has(id)).sort((a, b) => a - b);
  if (onlyDense.length + onlyPruned.length > 0) {
    return {
      problems: [...problems, messages.unpairedDocuments(task, filter, onlyDense, onlyPruned)],
      scores: null,
    };
  }
  const rows = ids.flatMap((id) => {
    const a = first.get(id);
    const b = second.get(id);
    return a === undefined || b === undefined ? [] : [{ id, a, b }];
  });
  for (const [field, what] of HASHES) {
    const differing = rows.filter(({ a, b }) => a[field] !== b[field]).map(({ id }) => id);
    if (differing.length > 0) problems.push(messages.documentsDiffer(task, filter, what, differing));
  }
  if (problems.length > 0) return { problems, scores: null };
  return pairScores(task, metric, rows);
}

interface RowPair {
  readonly id: number;
  readonly a: DocumentRow;
  readonly b: DocumentRow;
}

function pairScores(task: string, metric: string, rows: readonly RowPair[]): Pairing {
  const scored = rows.map(({ id, a, b }) => ({
    id,
    dense: scoreOf(a.scores[metric]),
    pruned: scoreOf(b.scores[metric]),
  }));
  const applicable = scored.filter(({ dense, pruned }) => dense !== null || pruned !== null);
  const without = applicable.filter((row) => typeof row.dense !== 'number' || typeof row.pruned !== 'number');
  if (without.length === applicable.length) return { problems: [], scores: null };
  if (without.length > 0) {
    const ids = without.map(({ id }) => id);
    return { problems: [messages.scoreMissing(task, metric, ids)], scores: null };
  }
  const numbers = applicable.flatMap(({ id, dense, pruned }) =>
    typeof dense === 'number' && typeof pruned === 'number'
      ? [{ id, dense: withoutNoise(dense), pruned: tied(withoutNoise(pruned), withoutNoise(dense)) }]
      : [],
  );
  return {
    problems: [],
    scores: {
      ids: numbers.map((row) => row.id),
      dense: numbers.map((row) => row.dense),
      pruned: numbers.map((row) => row.pruned),
    },
  };
}

/**
 * Tests count documents: right or wrong, better, worse or tied. What another processor's last digits would decide is
 * no such difference, so a score that is right or wrong but for noise is so, and two that agree are tied.
 */
function withoutNoise(score: number): number {
  return [0, 1].find((whole) => agrees(score, whole, FLOAT_NOISE)) ?? score;
}

function tied(pruned: number, dense: number): number {
  // Either may be off by the noise.
  return agrees(pruned, dense, 2 * FLOAT_NOISE) ? dense : pruned;
}

/** A finite number; null where the metric does not apply; undefined where there is no number. */
function scoreOf(value: unknown): number | null | undefined {
  if (value === null) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function byId(
  task: string,
  filter: string,
  side: string,
  rows: readonly DocumentRow[],
  problems: Problem[],
): Map<number, DocumentRow> {
  const found = new Map<number, DocumentRow>();
  for (const row of rows) {
    if (row.filter !== filter) continue;
    if (found.has(row.doc_id)) problems.push(messages.duplicateDocument(task, filter, side, row.doc_id));
    found.set(row.doc_id, row);
  }
  return found;
}
