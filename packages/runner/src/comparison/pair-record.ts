/** What a pair has beside its tasks: reconciliations, the divergence, sparsity in full. Record -> files. */

import {
  type ComparisonRecord,
  divergenceRecord,
  prettyJson,
  type Reconciliation,
  type Shape,
  UserError,
} from '@evalgraph/formats';
import {
  ANALYSIS_DEFAULTS,
  comparisonFiles,
  type DetailedComparison,
  ratioInterval,
  reconcile,
  reconciliationPath,
  type SparsityProfile,
} from '@evalgraph/ppl-compare';
import { renderComparison } from '@evalgraph/report/data';
import { messages } from '../messages.ts';
import type { Cell, PlannedPair } from '../plan/plan.ts';
import { cellPlace, placedSource, readPlacedRecord } from '../results/placed.ts';
import { DIVERGENCE_FILE, RECONCILIATION_FILE } from '../results/result-files.ts';
import { type ReconciliationFile, reconciliationFile } from '../run/perplexity-work.ts';
import { type ReadSide, sourceOf } from './compared-side.ts';

/** @throws UserError where a measurement is missing or stale */
export async function pairRecord(
  root: string,
  pair: PlannedPair,
  detailed: DetailedComparison,
  dense: ReadSide,
  pruned: ReadSide,
): Promise<ComparisonRecord> {
  return {
    ...detailed,
    perplexity: detailed.perplexity.map((figures) => ({
      ...figures,
      interval95: ratioInterval(figures.dense, figures.pruned, ANALYSIS_DEFAULTS),
    })),
    sparsityProfile: { dense: withoutMaps(dense.profile), pruned: withoutMaps(pruned.profile) },
    reconciliations: await readReconciliations(root, detailed.pipeline, pair),
    divergence:
      pair.divergence === null
        ? null
        : await readBeside(root, detailed.pipeline, pair.divergence, DIVERGENCE_FILE, divergenceRecord),
  };
}

/** The files by name: what users' scripts read, the heat maps, and comparison_report.md. */
export function pairFiles(
  record: ComparisonRecord,
  pair: PlannedPair,
  dense: ReadSide,
  pruned: ReadSide,
): ReadonlyMap<string, string> {
  const files = new Map(
    comparisonFiles(record, { dense: sourceOf(pair.dense), pruned: sourceOf(pair.pruned) }),
  );
  // Heat maps of every matrix: for those who draw them, and too many numbers for the record.
  files.set('sparsity.json', prettyJson({ dense: dense.profile, pruned: pruned.profile }));
  files.set('comparison_report.md', renderComparison(record));
  return files;
}

function withoutMaps(profile: SparsityProfile) {
  return { ...profile, matrices: profile.matrices.map(({ heat: _map, ...matrix }) => matrix) };
}

async function readReconciliations(
  root: string,
  pipeline: string,
  { reconciliations }: PlannedPair,
): Promise<readonly Reconciliation[]> {
  const read = (cell: Cell): Promise<ReconciliationFile> =>
    readBeside(root, pipeline, cell, RECONCILIATION_FILE, reconciliationFile);
  const all: Reconciliation[] = [];
  for (const cells of reconciliations) {
    const dense = await read(cells.dense);
    const pruned = await read(cells.pruned);
    const { from, to } = dense;
    all.push(
      reconcile(from, to, reconciliationPath(from, to), [along('dense', dense), along('pruned', pruned)]),
    );
  }
  return all;
}

function along(model: string, { figures }: ReconciliationFile) {
  const [start = Number.NaN, ...steps] = figures.map(({ reported }) => reported);
  return { model, start, steps };
}

/** A file of a cell whose results.json was checked. @throws UserError where it is missing, damaged or of another key */
async function readBeside<File extends { readonly key: string }>(
  root: string,
  pipeline: string,
  cell: Cell,
  name: string,
  shape: Shape<File>,
): Promise<File> {
  const place = cellPlace(root, pipeline, cell);
  const { file: path } = placedSource(place, name);
  const file = await readPlacedRecord(place, name, shape);
  if (file === null) throw new UserError(messages.resultMissing(path, place.command));
  if (file.key !== cell.key) throw new UserError(messages.resultStale(path, place.command));
  return file;
}
