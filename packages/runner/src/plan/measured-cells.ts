/** Cells that no task asks for: perplexities, what leads from one to another, and divergences. */
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { EngineIdentity, JsonValue } from '@evalgraph/formats';
import type {
  ComparisonUse,
  CorpusUse,
  DivergenceUse,
  PerplexityUse,
  Pipeline,
  Variant,
} from '@evalgraph/spec';
import type { DataLocks } from '../locks/data-lock.ts';
import { type DataFile, locateDataFile } from '../locks/data-lock.ts';
import type { LockedCatalog } from '../locks/locked-catalog.ts';
import { cellFacts, digestsOf, limitOf, lockFiles } from './cell-facts.ts';
import { hubCorpus, hubCorpusFile } from './hub-corpus.ts';
import {
  type DataDigests,
  divergenceKeyParts,
  keyOf,
  perplexityKeyParts,
  reconciliationKeyParts,
  textFileParts,
} from './key.ts';
import type { Cell, CellWork, CheckpointUse } from './plan.ts';

export interface ComparedPair {
  readonly use: ComparisonUse;
  readonly dense: CheckpointUse;
  readonly pruned: CheckpointUse;
}

interface MeasuredContext {
  readonly root: string;
  readonly pipeline: Pipeline;
  readonly variant: Variant;
  readonly engine: EngineIdentity | null;
  readonly locks: DataLocks;
  readonly catalog: LockedCatalog;
}

/** The measured cells of one checkpoint: what its model asks for, and what the comparisons need that it takes part in. */
export function measuredCells(
  checkpoint: CheckpointUse,
  pairs: readonly ComparedPair[],
  context: MeasuredContext,
): readonly Cell[] {
  if (checkpoint.imported !== null) return [];
  const own = pairs.filter(({ dense, pruned }) => [dense.id, pruned.id].includes(checkpoint.id));
  const cells = [
    ...checkpoint.model.perplexity.map((use) => perplexityCell(checkpoint, use, [], context)),
    ...own.flatMap(({ use }) =>
      use.perplexity.map((measure) => perplexityCell(checkpoint, measure, [use.name], context)),
    ),
    ...own.flatMap(({ use }) =>
      reconciled(use).map(({ from, to }) => reconciliationCell(checkpoint, from, to, [use.name], context)),
    ),
    ...own.flatMap(({ use, dense, pruned }) =>
      use.divergence === null || pruned.id !== checkpoint.id
        ? []
        : [divergenceCell(pruned, dense, use.divergence, [use.name], context)],
    ),
  ];
  return [...new Map(cells.map((cell) => [cell.id, cell])).values()];
}

/** The first protocol with each later one that was measured over the same text, the whole of it. */
export function reconciled(
  use: ComparisonUse,
): readonly { readonly from: PerplexityUse; readonly to: PerplexityUse }[] {
  const [from, ...others] = use.reconcile ? use.perplexity.filter(({ nsamples }) => nsamples === null) : [];
  if (from === undefined) return [];
  const text = (one: CorpusUse): string => [one.data, one.split, one.column].join('\n');
  return others.filter((to) => text(to) === text(from)).map((to) => ({ from, to }));
}

export function reconciliationName(from: PerplexityUse, to: PerplexityUse): string {
  return `${from.name}-to-${to.name.replace(/^perplexity-/, '')}`;
}

export function divergenceName(dense: CheckpointUse, { label, seqlen, split }: DivergenceUse): string {
  return `divergence-from-${dense.id}-${label}-${seqlen}${split === 'test' ? '' : `-${split}`}`;
}

function perplexityCell(
  checkpoint: CheckpointUse,
  use: PerplexityUse,
  askedBy: readonly string[],
  context: MeasuredContext,
): Cell {
  const limit = limitOf(context.pipeline, context.variant, use.nsamples);
  const work = { kind: 'perplexity', use, askedBy } as const;
  return cellOver(use, use.name, checkpoint, work, limit, context, (engine, data) =>
    perplexityKeyParts(checkpoint, engine, use, limit, data),
  );
}

/** A quick run takes the first so many pages: windows of two protocols are not the same text, pages are. */
function reconciliationCell(
  checkpoint: CheckpointUse,
  from: PerplexityUse,
  to: PerplexityUse,
  askedBy: readonly string[],
  context: MeasuredContext,
): Cell {
  const limit = limitOf(context.pipeline, context.variant, null);
  const name = reconciliationName(from, to);
  const work = { kind: 'reconciliation', from, to, askedBy } as const;
  return cellOver(from, name, checkpoint, work, limit, context, (engine, data) =>
    reconciliationKeyParts(checkpoint, engine, from, to, limit, data),
  );
}

function divergenceCell(
  pruned: CheckpointUse,
  dense: CheckpointUse,
  use: DivergenceUse,
  askedBy: readonly string[],
  context: MeasuredContext,
): Cell {
  const limit = limitOf(context.pipeline, context.variant, null);
  const work = { kind: 'divergence', use, dense, askedBy } as const;
  const cell = cellOver(use, divergenceName(dense, use), pruned, work, limit, context, (engine, data) =>
    dense.lock === null ? null : divergenceKeyParts(pruned, dense, dense.lock, engine, use, limit, data),
  );
  return { ...cell, inputs: [...cell.inputs, dense.lockFile] };
}

function cellOver(
  corpus: CorpusUse,
  name: string,
  checkpoint: CheckpointUse,
  work: CellWork,
  limit: number | null,
  { root, pipeline, variant, engine, locks, catalog }: MeasuredContext,
  keyParts: (engine: EngineIdentity, data: DataDigests) => Record<string, JsonValue> | null,
): Cell {
  const file = corpusFile(root, pipeline.name, corpus, catalog);
  const data = digestsOf(new Map([['corpus', file]]), locks);
  const isLocked = checkpoint.lock !== null && engine !== null && data !== null;
  const own = isLocked ? keyParts(engine, data) : null;
  const parts = own === null ? null : { ...own, ...textFileParts(file.path) };
  return {
    ...cellFacts(pipeline, variant, checkpoint, name, [file]),
    work,
    limit,
    inputs: [checkpoint.lockFile, ...lockFiles([file])],
    keyParts: parts,
    key: parts === null ? null : keyOf(parts),
  };
}

/** A file as it is; in a data set's folder, the split's file: JSON lines unless only another kind is there. */
function corpusFile(root: string, pipeline: string, corpus: CorpusUse, catalog: LockedCatalog): DataFile {
  const { data, split } = corpus;
  const hub = hubCorpus(corpus);
  if (hub !== null) return hubCorpusFile(root, pipeline, hub, split, catalog);
  const names = ['jsonl', 'parquet', 'txt'].map((kind) => `${data}/${split}.${kind}`);
  const path =
    extname(data) === ''
      ? (names.find((name) => existsSync(locateDataFile(root, pipeline, name).path)) ??
        `${join(data, split)}.jsonl`)
      : data;
  return locateDataFile(root, pipeline, path);
}
