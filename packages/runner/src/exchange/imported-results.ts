/** An imported checkpoint's task or group as the record that every other part reads. */
import { byName, type CellResults, type EngineIdentity } from '@evalgraph/formats';
import type { ImportedCheckpoint, ImportedOrigin, ImportedTask } from './imported-checkpoint.ts';

/** Stands in place of an engine where nothing is computed. */
export const IMPORTED_IDENTITY: EngineIdentity = {
  name: 'imported',
  numericsVersion: 1,
  dtype: 'unknown',
  details: {},
};

/**
 * @param task its name in the record; it and everything below it are taken
 * @param name its name in the pipeline
 * @returns all but what the pipeline says of the cell
 */
export function importedResults(
  record: ImportedCheckpoint,
  task: string,
  name: string,
): Omit<CellResults, 'key' | 'pipeline' | 'checkpoint'> {
  const rename = (one: string): string => (one === task ? name : one);
  const names = below(record, task);
  const rows = names.map((one) => [rename(one), taskOf(record, one)] as const);
  const pick = <T>(value: (task: ImportedTask) => T | null): Record<string, T> =>
    byName(
      rows.flatMap(([row, one]) => {
        const found = value(one);
        return found === null ? [] : [[row, found] as const];
      }),
    );
  const origin = record.origins[taskOf(record, task).origin];
  return {
    format: 1,
    task: name,
    configs: pick((one) => one.config),
    results: byName(
      names.map((one) => {
        const { alias, metrics } = taskOf(record, one);
        return [rename(one), { alias, metrics, samples: samplesOf(record, one) }] as const;
      }),
    ),
    groupSubtasks: byName(
      names.flatMap((one) => {
        const children = record.groupSubtasks[one];
        return children === undefined ? [] : [[rename(one), children] as const];
      }),
    ),
    numFewshot: pick((one) => one.numFewshot),
    limit: taskOf(record, task).limit,
    versions: pick((one) => one.version),
    higherIsBetter: pick((one) => one.higherIsBetter),
    chance: {},
    sampleCounts: pick((one) => one.samples),
    engine: {
      ...IMPORTED_IDENTITY,
      dtype: origin?.dtype ?? IMPORTED_IDENTITY.dtype,
      details: origin === undefined ? {} : { program: programOf(origin) },
    },
  };
}

/** For the report: what computed a checkpoint's results, when, and in which files they came. */
export function originOf({ origins }: ImportedCheckpoint): {
  readonly program: string;
  readonly date: string | null;
  readonly files: readonly string[];
} {
  const dates = origins.flatMap(({ date }) => (date === null ? [] : [date.slice(0, 10)])).sort();
  return {
    program: [...new Set(origins.map(programOf))].join('; '),
    date: dates.at(-1) ?? null,
    files: origins.map(({ file }) => file),
  };
}

function programOf({ lmEval, model, gitHash }: ImportedOrigin): string {
  const commit = gitHash === null ? '' : ` (${gitHash})`;
  return `lm-eval ${lmEval}${commit}${model === null ? '' : `, ${model}`}`;
}

function taskOf(record: ImportedCheckpoint, name: string): ImportedTask {
  const task = record.tasks[name];
  if (task === undefined) throw new Error(`the record let a missing task '${name}' pass`);
  return task;
}

/** A name and everything below it, each once. */
function below(record: ImportedCheckpoint, name: string): readonly string[] {
  const names = new Set<string>();
  const add = (one: string): void => {
    if (names.has(one)) return;
    names.add(one);
    for (const child of record.groupSubtasks[one] ?? []) add(child);
  };
  add(name);
  return [...names];
}

/** A group has the sum over its tasks; null where one is not known. */
function samplesOf(record: ImportedCheckpoint, name: string): number | null {
  const leaves = below(record, name).filter((one) => record.groupSubtasks[one] === undefined);
  return leaves.reduce<number | null>((sum, one) => {
    const count = taskOf(record, one).samples?.effective ?? null;
    return sum === null || count === null ? null : sum + count;
  }, 0);
}
