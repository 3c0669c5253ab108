/** What lm-eval writes of groups beside their scores, made of their tasks as lm-eval makes it. */
import type { CellResults } from '@evalgraph/formats';

/** Metric and filter -> documents of the tasks below the group that have it. null: the name is no group. */
export function sampleCountOf(
  { results, groupSubtasks }: CellResults,
  name: string,
): Readonly<Record<string, number>> | null {
  if (!Object.hasOwn(groupSubtasks, name)) return null;
  const tasks = tasksBelow(groupSubtasks, name);
  const counts: [string, number][] = [];
  for (const metric of Object.keys(results[name]?.metrics ?? {})) {
    if (/_stderr,/.test(metric)) continue;
    const having = tasks.flatMap((task) => {
      const row = Object.hasOwn(results, task) ? results[task] : undefined;
      return row !== undefined && Object.hasOwn(row.metrics, metric) ? [row.samples ?? 0] : [];
    });
    if (having.length > 0) counts.push([metric, having.reduce((sum, size) => sum + size, 0)]);
  }
  return Object.fromEntries(counts);
}

/** The directions of every task, and of every group whose tasks agree; null where they do not, as in lm-eval. */
export function directionsOf({
  higherIsBetter,
  groupSubtasks,
}: CellResults): Readonly<Record<string, Readonly<Record<string, boolean | null>>>> {
  const groups = Object.keys(groupSubtasks).filter((name) => !Object.hasOwn(higherIsBetter, name));
  const made = groups.map((group) => {
    const found = new Map<string, boolean | null>();
    for (const task of tasksBelow(groupSubtasks, group)) {
      const own = Object.hasOwn(higherIsBetter, task) ? higherIsBetter[task] : undefined;
      for (const [metric, isHigher] of Object.entries(own ?? {}))
        found.set(metric, (found.get(metric) ?? isHigher) === isHigher ? isHigher : null);
    }
    return [group, Object.fromEntries(found)] as const;
  });
  return { ...higherIsBetter, ...Object.fromEntries(made.filter(([, own]) => Object.keys(own).length > 0)) };
}

/** Each once, however many groups have it; a record that leads back to itself ends. */
function tasksBelow(groups: CellResults['groupSubtasks'], name: string): readonly string[] {
  const seen = new Set<string>();
  const visit = (one: string): readonly string[] => {
    if (seen.has(one)) return [];
    seen.add(one);
    const children = Object.hasOwn(groups, one) ? groups[one] : undefined;
    return children === undefined ? [one] : children.flatMap(visit);
  };
  return visit(name);
}
