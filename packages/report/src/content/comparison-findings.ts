/** What the table of tasks says, in sentences. */
import type { ComparisonRecord, PairedTask } from '@evalgraph/formats';
import { formatDifference } from '../format.ts';
import { metricLabel } from '../headline-metric.ts';
import { plainText } from '../plain-text.ts';

/** The findings of the task table in sentences. */
export function findingItems(record: ComparisonRecord): readonly string[] {
  // A slip in the pipeline, as a rule: a test that lacks documents is not what is to be told then.
  if (record.dense.digest === record.pruned.digest)
    return ['Both sides are the same checkpoint, file for file: there is nothing to find.'];
  const judged = record.tasks.filter(({ verdict }) => typeof verdict === 'string');
  if (judged.length === 0) return [];
  const named = (verdict: string): readonly PairedTask[] => judged.filter((task) => task.verdict === verdict);
  const list = (tasks: readonly PairedTask[]): string =>
    tasks.map((task) => `${taskName(task)} ${formatDifference(task.difference)}`).join(', ');
  const [significant, underpowered, none] = [
    named('significant'),
    named('underpowered'),
    named('not significant'),
  ];
  const worse = significant.filter(isWorse);
  const better = significant.filter((task) => !isWorse(task));
  return [
    ...(worse.length === 0
      ? []
      : [`Significantly worse (${worse.length} of ${judged.length}): ${list(worse)}.`]),
    ...(better.length === 0
      ? []
      : [`Significantly better (${better.length} of ${judged.length}): ${list(better)}.`]),
    ...(none.length === 0 ? [] : [`No difference that matters (${none.length}): ${names(none)}.`]),
    ...(underpowered.length === 0
      ? []
      : [
          `Cannot be told at this number of documents (${underpowered.length}): ${names(underpowered)}. This is no finding of equality.`,
        ]),
  ];
}

function names(tasks: readonly PairedTask[]): string {
  return tasks.map(taskName).join(', ');
}

function isWorse({ difference, higherIsBetter }: PairedTask): boolean {
  return difference < 0 === higherIsBetter;
}

export function taskName(task: PairedTask): string {
  return `${plainText(task.task)} (${metricLabel(task)})`;
}
