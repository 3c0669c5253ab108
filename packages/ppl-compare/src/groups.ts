/** A group's tasks, and how much each counts in the group's score. */
import type { CellResults } from '@evalgraph/formats';

export interface Leaf {
  readonly task: string;
  readonly weight: number;
}

/** The tasks below `name`, a task itself where it is no group; each once, in the record's order. */
export function leavesOf(cell: CellResults, name: string): readonly string[] {
  const leaves = new Set<string>();
  const seen = new Set<string>();
  const walk = (task: string): void => {
    if (seen.has(task)) return;
    seen.add(task);
    const children = cell.groupSubtasks[task];
    if (children === undefined || children.length === 0) leaves.add(task);
    else for (const child of children) walk(child);
  };
  walk(name);
  return [...leaves];
}

/** A leaf weighs as many documents as it has: lm-eval's `weight_by_size: true`. `sizes` stand in the leaves' order. */
export function weightsBySize(leaves: readonly string[], sizes: readonly number[]): readonly Leaf[] {
  const total = sizes.reduce((whole, size) => whole + size, 0);
  return leaves.map((task, index) => ({ task, weight: (sizes[index] ?? 0) / total }));
}

/** Every task alike, whatever its size: `weight_by_size: false`. */
export function equalWeights(leaves: readonly string[]): readonly Leaf[] {
  return leaves.map((task) => ({ task, weight: 1 / leaves.length }));
}

/**
 * The group between `name` and each of its leaves: MMLU's humanities for mmlu_philosophy. null where the leaf stands
 * directly below; of several groups on the way the outermost one.
 */
export function categoriesOf(cell: CellResults, name: string): ReadonlyMap<string, string | null> {
  const found = new Map<string, string | null>();
  for (const child of cell.groupSubtasks[name] ?? []) {
    for (const leaf of leavesOf(cell, child)) {
      if (!found.has(leaf)) found.set(leaf, leaf === child ? null : child);
    }
  }
  return found;
}
