/** What a pair has beside its tasks: reconciliations, the divergence, sparsity in full. Record -> files. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ComparisonRecord, prettyJson, UserError } from '@evalgraph/formats';
import {
  ANALYSIS_DEFAULTS,
  comparisonFiles,
  type DetailedComparison,
  type Reconciliation,
  ratioInterval,
  reconcile,
  reconciliationPath,
  type SparsityProfile,
} from '@evalgraph/ppl-compare';
import { renderComparison } from '@evalgraph/report/data';
import { messages } from '../messages.ts';
import type { Cell, PlannedPair } from '../plan/plan.ts';
import { type ReadSide, sourceOf } from './compared-side.ts';
import type { DivergenceFile } from './divergence-work.ts';
import type { ReconciliationFile } from './perplexity-work.ts';
import { DIVERGENCE_FILE, RECONCILIATION_FILE } from './result-files.ts';

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
    reconciliations: await readReconciliations(root, pair),
    divergence:
      pair.divergence === null
        ? null
        : await readBeside<DivergenceFile>(root, pair.divergence, DIVERGENCE_FILE),
  };
}

/** By name: what users' scripts read, the heat maps, and comparison_report.md. */
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
  { reconciliations }: PlannedPair,
): Promise<readonly Reconciliation[]> {
  const read: Reconciliation[] = [];
  for (const cells of reconciliations) {
    const dense = await readBeside<ReconciliationFile>(root, cells.dense, RECONCILIATION_FILE);
    const pruned = await readBeside<ReconciliationFile>(root, cells.pruned, RECONCILIATION_FILE);
    const { from, to } = dense;
    read.push(
      reconcile(from, to, reconciliationPath(from, to), [along('original', dense), along('pruned', pruned)]),
    );
  }
  return read;
}

function along(model: string, { figures }: ReconciliationFile) {
  const [start = Number.NaN, ...steps] = figures.map(({ reported }) => reported);
  return { model, start, steps };
}

/** A file of a cell whose results.json was checked. @throws UserError where it is missing or of another key */
async function readBeside<File extends { readonly key: string }>(
  root: string,
  cell: Cell,
  name: string,
): Promise<File> {
  const path = join(cell.output, name);
  const command = 'npx nx run-many -t eval --skip-nx-cache';
  let file: File;
  try {
    file = JSON.parse(await readFile(join(root, path), 'utf8')) as File;
  } catch {
    throw new UserError(messages.resultMissing(path, command));
  }
  if (file.key !== cell.key) throw new UserError(messages.resultStale(path, command));
  return file;
}
