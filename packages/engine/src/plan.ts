/**
 * The plan of a call: requests -> passes and decode batches, as pure data. No model, no clock, no random number:
 * the same requests and the same shape give the same plan, whatever the requests' order.
 */
import { MAX_DECODE_ROWS, maxDecodePositions, type PassShape, passCost, pieceLength } from './cost.ts';
import { type Group, isGroup, type Layout, layOut } from './layout.ts';
import { checkRequests, inputLength, positionsOf, type TokenRequest } from './requests.ts';
import { buildTrie, endOf, type TrieNode } from './trie.ts';

/** One log-probability that a pass yields. */
export interface Target {
  /** Index into the pass's headRows. */
  readonly head: number;
  readonly token: number;
  readonly request: number;
  /** Index into the request's continuation. */
  readonly index: number;
}

/** A context that is complete in this pass and will be generated from. */
export interface ContextEnd {
  readonly request: number;
  /** Row of the context's last token. */
  readonly row: number;
  /** Index into the pass's headRows: its greedy token is the first one generated. */
  readonly head: number;
}

/** One run of the model over a token tree whose root continues a path of kept keys and values. */
export interface Pass {
  readonly id: number;
  /** The pass that kept the last token of the past; null where the past is empty. */
  readonly parent: number | null;
  /** Tokens of the path that precede every row. */
  readonly past: number;
  /** The tokens of the pass stand in depth-first order, parents first. */
  readonly tokens: Int32Array;
  /** Row of each token's predecessor; -1: the past's last token (none, where the past is empty). */
  readonly parents: Int32Array;
  readonly positions: Int32Array;
  /** Rows that need logits, ascending. */
  readonly headRows: Int32Array;
  readonly targets: readonly Target[];
  readonly contexts: readonly ContextEnd[];
  /** The first rows, a plain chain, that later passes continue from. */
  readonly keptRows: number;
}

/** Requests that are decoded together, as soon as the last of their contexts is computed. */
export interface DecodeBatch {
  readonly requests: readonly number[];
  /** Pass after which the batch is decoded. */
  readonly afterPass: number;
  /** Positions of keys and values a row. */
  readonly capacity: number;
}

export interface PassPlan {
  readonly requests: number;
  /** They run in this order. A pass's past is always what the passes before it left. */
  readonly passes: readonly Pass[];
  readonly decodeBatches: readonly DecodeBatch[];
  /** What a program computes that runs each request by itself: the sum of the inputs' lengths. */
  readonly tokensAsked: number;
  /** Nodes of the trie over the inputs. */
  readonly tokensDistinct: number;
  /** Rows of all passes; tokens that decoding feeds back are counted while it runs. */
  readonly tokensComputed: number;
  /** Longest past + rows on one path, generated tokens included. */
  readonly positions: number;
}

/**
 * Tokens of requests that something else computes: the sum of the inputs' lengths, and how many of them differ.
 * @throws UserError as `planPasses` does
 */
export function countTokens(
  requests: readonly TokenRequest[],
  limits: Pick<PassShape, 'vocabSize' | 'maxPositions'>,
): { readonly asked: number; readonly distinct: number } {
  checkRequests(requests, limits);
  // Whatever the length of the edges, each token is on one of them.
  return countNodes(
    requests,
    buildTrie(requests, () => limits.maxPositions),
  );
}

function countNodes(
  requests: readonly TokenRequest[],
  nodes: readonly TrieNode[],
): { readonly asked: number; readonly distinct: number } {
  return {
    asked: requests.reduce((sum, request) => sum + inputLength(request), 0),
    distinct: nodes.reduce((sum, node) => sum + node.tokens.length, 0),
  };
}

/** @throws UserError where a request is bad (see checkRequests). */
export function planPasses(requests: readonly TokenRequest[], shape: PassShape): PassPlan {
  checkRequests(requests, shape);
  const cost = passCost(shape);
  const nodes = buildTrie(requests, (past) => pieceLength(shape, cost, past));
  const layouts = layOut(nodes, shape, cost);
  const { asked, distinct } = countNodes(requests, nodes);
  const passes = orderPasses(nodes, layouts).map((draft, id) => buildPass(id, draft, requests));
  return {
    requests: requests.length,
    passes,
    decodeBatches: batchContexts(passes, requests, shape),
    tokensAsked: asked,
    tokensDistinct: distinct,
    tokensComputed: passes.reduce((sum, pass) => sum + pass.tokens.length, 0),
    positions: requests.reduce((most, request) => Math.max(most, positionsOf(request)), 0),
  };
}

interface PassDraft {
  readonly parent: number | null;
  readonly past: number;
  readonly nodes: readonly TrieNode[];
  keptRows: number;
}

/** Depth first, deeper branches before shallower ones: a pass overwrites only what no later pass needs. */
function orderPasses(
  nodes: readonly TrieNode[],
  layouts: ReadonlyMap<TrieNode, Layout>,
): readonly PassDraft[] {
  const drafts: PassDraft[] = [];
  const stack: { part: Group | TrieNode; parent: number | null; past: number }[] = [];
  const root = nodes[0];
  const rootLayout = root === undefined ? undefined : layouts.get(root);
  const push = (parts: readonly (Group | TrieNode)[], parent: number | null, past: number): void => {
    for (const part of parts.toReversed()) stack.push({ part, parent, past });
  };
  if (rootLayout?.kind === 'split') push(rootLayout.rest, null, 0);
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { part, parent, past } = item;
    const id = drafts.length;
    const kept = parent === null ? undefined : drafts[parent];
    if (kept !== undefined) kept.keptRows = Math.max(kept.keptRows, past - kept.past);
    const inPass: TrieNode[] = [];
    let lead: Group | TrieNode | null = part;
    while (lead !== null && !isGroup(lead)) {
      const layout: Layout | undefined = layouts.get(lead);
      if (layout?.kind !== 'split') throw new Error('a whole node outside a group');
      inPass.push(lead);
      push(layout.rest, id, endOf(lead));
      lead = layout.lead;
    }
    if (lead !== null) for (const node of lead.nodes) inPass.push(...subtree(node));
    drafts.push({ parent, past, nodes: inPass, keptRows: 0 });
  }
  return drafts;
}

function subtree(root: TrieNode): readonly TrieNode[] {
  const nodes: TrieNode[] = [];
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    nodes.push(node);
    stack.push(...node.children.toReversed());
  }
  return nodes;
}

function buildPass(id: number, draft: PassDraft, requests: readonly TokenRequest[]): Pass {
  const rows = draft.nodes.reduce((sum, node) => sum + node.tokens.length, 0);
  const tokens = new Int32Array(rows);
  const parents = new Int32Array(rows);
  const positions = new Int32Array(rows);
  const headRows: number[] = [];
  const targets: Target[] = [];
  const contexts: ContextEnd[] = [];
  const lastRows = new Map<TrieNode, number>();
  let row = 0;
  for (const node of draft.nodes) {
    const firstRow = row;
    const firstHead = headRows.length;
    const headStart = node.tokens.length - node.headRows;
    node.tokens.forEach((token, i) => {
      tokens[row] = token;
      parents[row] = i > 0 ? row - 1 : node.parent === null ? -1 : (lastRows.get(node.parent) ?? -1);
      positions[row] = node.start + i;
      if (i >= headStart) headRows.push(row);
      row += 1;
    });
    lastRows.set(node, row - 1);
    /** Index into headRows of the token at this position. */
    const headAt = (position: number): number => firstHead + position - node.start - headStart;
    for (const request of node.scored) targets.push(...targetsOn(node, request, requests, headAt));
    for (const request of node.contexts) {
      contexts.push({ request, row: firstRow + node.tokens.length - 1, head: headAt(endOf(node) - 1) });
    }
  }
  const { parent, past, keptRows } = draft;
  return {
    id,
    parent,
    past,
    tokens,
    parents,
    positions,
    headRows: Int32Array.from(headRows),
    targets,
    contexts,
    keptRows,
  };
}

/** Continuation token i is predicted by the row at position context + i - 1. */
function targetsOn(
  node: TrieNode,
  request: number,
  requests: readonly TokenRequest[],
  headAt: (position: number) => number,
): readonly Target[] {
  const asked = requests[request];
  if (asked?.kind !== 'score') throw new Error(`request ${request} is not scored`);
  const first = asked.context.length - 1;
  const targets: Target[] = [];
  for (let position = Math.max(first, node.start); position < endOf(node); position += 1) {
    const index = position - first;
    targets.push({ head: headAt(position), token: asked.continuation[index] ?? -1, request, index });
  }
  return targets;
}

/** Contexts in the order of the passes, so that keys and values wait as short as possible. */
function batchContexts(
  passes: readonly Pass[],
  requests: readonly TokenRequest[],
  shape: PassShape,
): readonly DecodeBatch[] {
  const limit = maxDecodePositions(shape);
  const batches: DecodeBatch[] = [];
  for (const pass of passes) {
    for (const { request } of pass.contexts) {
      const asked = requests[request];
      if (asked === undefined) throw new Error(`no request ${request}`);
      const needed = positionsOf(asked);
      const open = batches.at(-1);
      const rows = (open?.requests.length ?? 0) + 1;
      const capacity = Math.max(open?.capacity ?? 0, needed);
      if (open !== undefined && rows <= MAX_DECODE_ROWS && rows * capacity <= limit) {
        batches[batches.length - 1] = { requests: [...open.requests, request], afterPass: pass.id, capacity };
      } else batches.push({ requests: [request], afterPass: pass.id, capacity: needed });
    }
  }
  return batches;
}
