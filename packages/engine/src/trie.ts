/**
 * The radix tree over the inputs of all requests of a call: every token that has to be computed once is in exactly
 * one edge. Children are ordered by token id, so the tree does not depend on the requests' order.
 */
import { inputLength, type TokenRequest } from './requests.ts';

export interface TrieNode {
  /** null: the root, whose edge is empty. */
  readonly parent: TrieNode | null;
  /** Position of the edge's first token. */
  readonly start: number;
  readonly tokens: Int32Array;
  readonly children: readonly TrieNode[];
  /** Requests that have targets on this edge, or whose context to generate from ends here. Ascending. */
  readonly scored: readonly number[];
  readonly contexts: readonly number[];
  /** Last tokens of the edge whose rows need the head. */
  readonly headRows: number;
}

interface Draft {
  parent: Draft | null;
  start: number;
  tokens: Int32Array;
  children: Map<number, Draft>;
  scored: number[];
  contexts: number[];
}

/** Position after the edge's last token. */
export function endOf(node: { readonly start: number; readonly tokens: Int32Array }): number {
  return node.start + node.tokens.length;
}

/**
 * Edges are cut to at most `pieceLength(start)` tokens: the places where a pass may end.
 * @returns the root and all nodes, parents first, in depth-first order by token id.
 */
export function buildTrie(
  requests: readonly TokenRequest[],
  pieceLength: (start: number) => number,
): readonly TrieNode[] {
  const root = draft(null, 0, new Int32Array(0));
  const ends = requests.map((request) => insert(root, request));
  cutEdges(root, pieceLength, ends);
  requests.forEach((request, index) => {
    let node: Draft | null = ends[index] ?? null;
    if (request.kind === 'generate') {
      node?.contexts.push(index);
      return;
    }
    const first = request.context.length - 1;
    for (; node !== null && endOf(node) > first; node = node.parent) node.scored.push(index);
  });
  return freeze(root, requests);
}

function draft(parent: Draft | null, start: number, tokens: Int32Array): Draft {
  return { parent, start, tokens, children: new Map(), scored: [], contexts: [] };
}

function insert(root: Draft, request: TokenRequest): Draft {
  const input = inputOf(request);
  let node = root;
  while (endOf(node) < input.length) {
    const at = endOf(node);
    const child = node.children.get(input[at] ?? -1);
    if (child === undefined) {
      const leaf = draft(node, at, input.slice(at));
      node.children.set(input[at] ?? -1, leaf);
      return leaf;
    }
    const limit = Math.min(child.tokens.length, input.length - at);
    let common = 1;
    while (common < limit && child.tokens[common] === input[at + common]) common += 1;
    node = common === child.tokens.length ? child : splitEdge(child, common);
  }
  return node;
}

/** Puts a new node before the last tokens of `node`'s edge and returns it: it owns the first `length` tokens. */
function splitEdge(node: Draft, length: number): Draft {
  const upper = draft(node.parent, node.start, node.tokens.slice(0, length));
  node.parent?.children.set(upper.tokens[0] ?? -1, upper);
  node.parent = upper;
  node.start += length;
  node.tokens = node.tokens.slice(length);
  upper.children.set(node.tokens[0] ?? -1, node);
  return upper;
}

function inputOf(request: TokenRequest): Int32Array {
  const input = new Int32Array(inputLength(request));
  input.set(request.context);
  if (request.kind === 'score') input.set(request.continuation.slice(0, -1), request.context.length);
  return input;
}

/** The requests' ends stay valid: what is cut off goes before the node. */
function cutEdges(root: Draft, pieceLength: (start: number) => number, ends: readonly Draft[]): void {
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const child of node.children.values()) stack.push(child);
    for (let limit = pieceLength(node.start); node.tokens.length > limit; limit = pieceLength(node.start)) {
      // Even pieces: a last one of three tokens would cost a pass of its own.
      const pieces = Math.ceil(node.tokens.length / limit);
      splitEdge(node, Math.ceil(node.tokens.length / pieces));
    }
  }
  if (ends.some((end) => endOf(end) === 0)) throw new RangeError('a request without context');
}

function freeze(root: Draft, requests: readonly TokenRequest[]): readonly TrieNode[] {
  const nodes: TrieNode[] = [];
  const stack: { node: Draft; parent: (TrieNode & { children: TrieNode[] }) | null }[] = [
    { node: root, parent: null },
  ];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { node, parent } = item;
    const { start, tokens, scored, contexts } = node;
    const frozen = {
      parent,
      start,
      tokens,
      scored,
      contexts,
      headRows: headRowsOf(node, requests),
      children: [],
    };
    parent?.children.push(frozen);
    nodes.push(frozen);
    const children = [...node.children.values()].sort((a, b) => (b.tokens[0] ?? -1) - (a.tokens[0] ?? -1));
    for (const child of children) stack.push({ node: child, parent: frozen });
  }
  return nodes;
}

/** Requests end only where edges end, so the scored rows of an edge are its last ones. */
function headRowsOf(node: Draft, requests: readonly TokenRequest[]): number {
  const end = endOf(node);
  const rows = node.scored.map(
    (index) => end - Math.max(node.start, (requests[index]?.context.length ?? 1) - 1),
  );
  return rows.reduce((most, count) => Math.max(most, count), node.contexts.length > 0 ? 1 : 0);
}
