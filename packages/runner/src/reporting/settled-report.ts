/** A report's results and comparisons with the committed figures in the place of their own, where noise moved these. */
import { join } from 'node:path';
import {
  type CellResults,
  type ComparisonRecord,
  readRecordSync,
  type SeriesComparisonRecord,
} from '@evalgraph/formats';
import { figuresFile } from '@evalgraph/spec';
import { cellsOfComparison, type Plan } from '../plan/plan.ts';
import {
  type CommittedFigures,
  committedFigures,
  type Figures,
  settleCell,
  settleComparison,
} from './committed-figures.ts';

export interface ReadComparisons {
  /** Pairs; of several models against one each by itself. */
  readonly records: readonly ComparisonRecord[];
  readonly series: readonly SeriesComparisonRecord[];
  /** The digest of the keys of all that a comparison was computed from, by its record's name. */
  readonly keys: ReadonlyMap<string, string>;
  readonly missing: readonly string[];
}

export interface SettledReport {
  /** Results by the cell's id. */
  readonly results: ReadonlyMap<string, CellResults>;
  readonly comparisons: ReadComparisons;
  /** What both are made of, for the next report. */
  readonly figures: CommittedFigures;
}

/** @throws UserError where the committed figures are damaged, by a merge's conflict marks for example. */
export function readFigures(root: string, { pipeline, variant }: Plan): CommittedFigures {
  const file = figuresFile(pipeline.name, variant);
  const remedy = `Restore it (git checkout -- ${file}), or delete it: the report is then made of the results alone.`;
  const none: CommittedFigures = { cells: new Map(), comparisons: new Map() };
  return readRecordSync(join(root, file), { file, remedy }, committedFigures) ?? none;
}

export function settleReport(
  plan: Plan,
  found: ReadonlyMap<string, CellResults>,
  read: ReadComparisons,
  committed: CommittedFigures,
): SettledReport {
  const results = new Map<string, CellResults>();
  const cells = new Map<string, Figures>();
  const moved = new Set<string>();
  for (const [id, result] of found) {
    const { value, figures, isCommitted } = settleCell(result, result.key, committed.cells.get(id));
    results.set(id, value);
    cells.set(id, figures);
    if (!isCommitted) moved.add(id);
  }
  const firm = new Set(
    plan.comparisons
      .filter((comparison) => cellsOfComparison(comparison).every(({ id }) => !moved.has(id)))
      .map(({ use }) => use.name),
  );
  const records = new Map<string, Figures>();
  const present = new Set<string>();
  const settled = <T extends { readonly name: string }>(record: T, comparison: string): T => {
    const { name } = record;
    const earlier = firm.has(comparison) ? committed.comparisons.get(name) : undefined;
    const { value, figures } = settleComparison(record, read.keys.get(name) ?? '', earlier);
    records.set(name, figures);
    present.add(comparison);
    return value;
  };
  const comparisons = {
    ...read,
    records: read.records.map((record) => settled(record, record.among?.comparison ?? record.name)),
    series: read.series.map((record) => settled(record, record.name)),
  };
  // A partial report keeps the figures of what is still to come: they are as committed as before.
  for (const { id } of plan.cells) keepEarlier(id, cells, committed.cells);
  const absent = plan.comparisons.map(({ use }) => use.name).filter((name) => !present.has(name));
  for (const name of committed.comparisons.keys()) {
    if (absent.some((one) => name === one || name.startsWith(`${one}/`))) {
      keepEarlier(name, records, committed.comparisons);
    }
  }
  return { results, comparisons, figures: { cells, comparisons: records } };
}

function keepEarlier(
  name: string,
  figures: Map<string, Figures>,
  committed: ReadonlyMap<string, Figures>,
): void {
  const earlier = committed.get(name);
  if (earlier !== undefined && !figures.has(name)) figures.set(name, earlier);
}
