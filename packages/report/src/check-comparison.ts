/** A comparison record came through a file: every number that will be shown must be one. */
import type { ComparisonRecord, Problem, SeriesComparisonRecord } from '@evalgraph/formats';
import { messages } from './messages.ts';

export function checkComparison(record: ComparisonRecord): readonly Problem[] {
  const problems: Problem[] = [];
  walk(record, `comparison ${record.name}`, problems);
  for (const side of ['dense', 'pruned'] as const) {
    if (record.sparsity[side].linear.elements === 0) {
      problems.push(messages.nothingToShow(`linear weight of the ${side} model of ${record.name}`));
    }
  }
  return problems;
}

export function checkSeries(record: SeriesComparisonRecord): readonly Problem[] {
  const problems: Problem[] = [];
  walk(record, `comparison ${record.name}`, problems);
  if (record.steps.length === 0)
    problems.push(messages.nothingToShow(`step that both series of ${record.name} have`));
  return problems;
}

function walk(value: unknown, path: string, problems: Problem[]): void {
  if (typeof value === 'number' && !Number.isFinite(value)) problems.push(messages.notFinite(path, value));
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) walk(item, `${path}.${key}`, problems);
}
