/** Builds small comparison sides for the tests: cells, samples and sparsity that agree with each other. */
import type {
  AnalysisOptions,
  CellResults,
  ComparisonRecord,
  PerplexityFigure,
  SparsitySummary,
} from '@evalgraph/formats';
import { type ComparisonInput, type ComparisonSide, pairAll } from '../src/compare.ts';
import { compareAll, type DetailedComparison, type DetailInput } from '../src/detail.ts';
import type { DocumentRow } from '../src/documents.ts';

export function comparePair(input: ComparisonInput): ComparisonRecord {
  return pairAll(input).record;
}

export function compareInDetail(input: DetailInput, options: AnalysisOptions): DetailedComparison {
  const [only] = compareAll([input], options);
  if (only === undefined) throw new RangeError('no comparison');
  return only;
}

export function rows(scores: readonly Record<string, unknown>[], filter = 'none'): DocumentRow[] {
  return scores.map((score, index) => ({
    doc_id: index,
    doc_hash: `doc${index}`,
    prompt_hash: `prompt${index}`,
    target_hash: `target${index}`,
    filter,
    scores: score,
  }));
}

export function cell(
  digest: string,
  task: string,
  metrics: Readonly<Record<string, Readonly<Record<string, number | 'N/A'>>>>,
  more: Partial<CellResults> = {},
): CellResults {
  const results = Object.entries(metrics).map(([name, values]) => [
    name,
    { alias: name, metrics: values, samples: 4 },
  ]);
  return {
    format: 1,
    key: `${digest}-${task}`,
    pipeline: 'p',
    checkpoint: { model: 'm', checkpoint: digest, step: null, digest },
    task,
    configs: {},
    results: Object.fromEntries(results),
    groupSubtasks: {},
    numFewshot: { [task]: 0 },
    limit: null,
    versions: { [task]: 1 },
    higherIsBetter: {},
    chance: {},
    sampleCounts: {},
    engine: { name: 'embedded', numericsVersion: 1, dtype: 'fp32', details: {} },
    ...more,
  };
}

export const figure: PerplexityFigure = {
  protocol: 'wanda',
  corpus: 'wikitext/wikitext-2-raw-v1/test',
  seqlen: 2048,
  windows: 2,
  tokens: 4094,
  tokenizerDigest: 't',
  perplexity: 5,
  windowNllNats: [1.6, 1.61],
};

export function perplexityCell(digest: string, changed: Partial<PerplexityFigure> = {}): CellResults {
  return cell(digest, 'perplexity-wanda', {}, { perplexity: { ...figure, ...changed } });
}

function sparsity(zeros: number): SparsitySummary {
  return {
    linear: { zeros, elements: 200 },
    all: { zeros, elements: 300 },
    matrices: [{ name: 'a.weight', zeros, elements: 200 }],
  };
}

export function side(
  digest: string,
  cells: readonly CellResults[],
  documents: Readonly<Record<string, readonly DocumentRow[]>>,
): ComparisonSide {
  return {
    checkpoint: { model: 'm', checkpoint: digest, step: null, digest },
    cells,
    documents: new Map(Object.entries(documents)),
    sparsity: sparsity(digest === 'dense' ? 0 : 130),
  };
}
