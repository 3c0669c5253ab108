/**
 * A task under the pipeline's own name for it. Two uses of one task (0 and 10 shots, say) must not meet under one
 * name in results, samples files and comparisons, so everything below a renamed group is renamed too.
 */
import type { TaskNode } from '@evalgraph/tasks';

export function renameTask<Node extends TaskNode>(node: Node, alias: string): Node {
  return node.name === alias ? node : rename(node, alias);
}

function rename<Node extends TaskNode>(node: Node, name: string): Node {
  if (node.kind === 'task') return { ...node, name };
  const children = node.children.map((child) => rename(child, `${name}.${child.name}`));
  return { ...node, name, children };
}
