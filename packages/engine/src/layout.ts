/**
 * Which nodes of the trie share a pass. Bottom-up over the tree, for each node the cheaper of two:
 *  - `whole`: the node and everything under it in one pass (a token tree);
 *  - `split`: its edge first, with keys and values kept, then passes that continue from its end. Small whole
 *    children are packed together, and the edge rides in front of one of these passes (its `lead`) where that
 *    saves a pass.
 */
import { costOf, fits, type PassCost, type PassShape } from './cost.ts';
import { endOf, type TrieNode } from './trie.ts';

/** Whole children of one node that are computed in one pass. */
export interface Group {
  readonly nodes: readonly TrieNode[];
  readonly rows: number;
  readonly headRows: number;
}

export type Layout =
  | { readonly kind: 'whole'; readonly rows: number; readonly headRows: number; readonly cost: number }
  | {
      readonly kind: 'split';
      /** What the edge rides in front of; null: it is a pass of its own. */
      readonly lead: Group | TrieNode | null;
      /** The other passes that continue from the edge's end. */
      readonly rest: readonly (Group | TrieNode)[];
      /** Rows of the pass that the edge is in. */
      readonly rows: number;
      readonly headRows: number;
      /** The cost of everything in and under the node. */
      readonly cost: number;
    };

export function isGroup(part: Group | TrieNode): part is Group {
  return 'nodes' in part;
}

/** @param nodes parents before children, as buildTrie gives them. */
export function layOut(
  nodes: readonly TrieNode[],
  shape: PassShape,
  cost: PassCost,
): ReadonlyMap<TrieNode, Layout> {
  const layouts = new Map<TrieNode, Layout>();
  const sizes = new Map<TrieNode, { rows: number; headRows: number }>();
  for (const node of nodes.toReversed()) {
    const size = { rows: node.tokens.length, headRows: node.headRows };
    for (const child of node.children) {
      const below = sizes.get(child) ?? { rows: 0, headRows: 0 };
      size.rows += below.rows;
      size.headRows += below.headRows;
    }
    sizes.set(node, size);
    const split = splitLayout(node, layouts, shape, cost);
    const wholeCost = costOf(cost, size.rows, node.start);
    const whole = node.parent !== null && fits(shape, size.rows, size.headRows, node.start);
    const chosen = whole && (node.children.length === 0 || wholeCost <= split.cost);
    layouts.set(node, chosen ? { kind: 'whole', ...size, cost: wholeCost } : split);
  }
  return layouts;
}

function splitLayout(
  node: TrieNode,
  layouts: ReadonlyMap<TrieNode, Layout>,
  shape: PassShape,
  cost: PassCost,
): Layout {
  const past = endOf(node);
  const parts = packChildren(node, layouts, shape, cost);
  const sizeOf = (part: Group | TrieNode): { rows: number; headRows: number } =>
    isGroup(part) ? part : (layouts.get(part) ?? { rows: 0, headRows: 0 });
  let total = 0;
  for (const part of parts) {
    total += isGroup(part) ? costOf(cost, part.rows, past) : (layouts.get(part)?.cost ?? 0);
  }
  const own = { rows: node.tokens.length, headRows: node.headRows };
  if (node.parent === null) return { kind: 'split', lead: null, rest: parts, ...own, cost: total };
  const alone = costOf(cost, own.rows, node.start);
  let best: { lead: Group | TrieNode | null; added: number } = { lead: null, added: alone };
  for (const part of parts) {
    const size = sizeOf(part);
    if (!fits(shape, size.rows + own.rows, size.headRows + own.headRows, node.start)) continue;
    const added = costOf(cost, size.rows + own.rows, node.start) - costOf(cost, size.rows, past);
    if (added < best.added) best = { lead: part, added };
  }
  const { lead } = best;
  const joined = lead === null ? { rows: 0, headRows: 0 } : sizeOf(lead);
  return {
    kind: 'split',
    lead,
    rest: parts.filter((part) => part !== lead),
    rows: own.rows + joined.rows,
    headRows: own.headRows + joined.headRows,
    cost: total + best.added,
  };
}

/** Whole children, one after the other, share a pass while that is cheaper than two. */
function packChildren(
  node: TrieNode,
  layouts: ReadonlyMap<TrieNode, Layout>,
  shape: PassShape,
  cost: PassCost,
): readonly (Group | TrieNode)[] {
  const past = endOf(node);
  const parts: (Group | TrieNode)[] = [];
  let open: Group | null = null;
  for (const child of node.children) {
    const layout = layouts.get(child);
    if (layout?.kind !== 'whole') {
      parts.push(child);
      continue;
    }
    if (open !== null) {
      const rows: number = open.rows + layout.rows;
      const headRows: number = open.headRows + layout.headRows;
      const apart = costOf(cost, open.rows, past) + costOf(cost, layout.rows, past);
      if (fits(shape, rows, headRows, past) && costOf(cost, rows, past) < apart) {
        open = { nodes: [...open.nodes, child], rows, headRows };
        continue;
      }
      parts.push(open);
    }
    open = { nodes: [child], rows: layout.rows, headRows: layout.headRows };
  }
  if (open !== null) parts.push(open);
  return parts;
}
