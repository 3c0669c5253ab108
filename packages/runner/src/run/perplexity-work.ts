/** A perplexity protocol's cell: a corpus, cut into windows of tokens, and the figure that comes of them. */
import { type CellResults, type PyValue, readJsonl, UserError, writeResults } from '@evalgraph/formats';
import { type WandaWindows, wandaPerplexity, wandaText, wandaWindows } from '@evalgraph/ppl-compare';
import type { SessionRequest, SessionResponse } from '../engines/session.ts';
import { messages } from '../messages.ts';
import type { Cell } from '../plan/plan.ts';
import type { PerplexityUse } from '../spec/index.ts';
import type { CellContext, PreparedWork, ScoredWork } from './context.ts';

export async function preparePerplexity(
  cell: Cell,
  use: PerplexityUse,
  context: CellContext,
): Promise<PreparedWork> {
  const file = cell.data[0];
  if (file === undefined) throw new Error(`${cell.id} has no corpus`);
  const lines: string[] = [];
  for await (const { line, value } of readJsonl(file.path))
    lines.push(textOf(value, use.column, file.path, line));
  const session = await context.session();
  const tokens = await session.encode(wandaText(lines));
  const all = wandaWindows(tokens, use.seqlen);
  const windows = { ...all, requests: all.requests.slice(0, cell.limit ?? undefined) };
  const requests = windows.requests.map((window): SessionRequest => ({ kind: 'window', ...window }));
  return {
    requests,
    score: (responses) => score(cell, use, windows, all.requests.length, responses, context),
  };
}

/** @throws UserError where the row has no such column of text. */
function textOf(row: PyValue, column: string, path: string, line: number): string {
  const value = row instanceof Map ? row.get(column) : undefined;
  if (typeof value === 'string') return value;
  const columns = row instanceof Map ? [...row.keys()].map(String) : [];
  throw new UserError(messages.noTextColumn(path, line, column, columns));
}

function score(
  cell: Cell,
  use: PerplexityUse,
  windows: WandaWindows,
  originalCount: number,
  responses: readonly SessionResponse[],
  context: CellContext,
): ScoredWork {
  const lock = cell.checkpoint.lock;
  if (lock === null) throw new Error(`${cell.id} is not locked`);
  const sums = responses.map((response) => {
    if (response.kind !== 'window') throw new TypeError('a window was answered by a text response');
    return response.logProbs.reduce((sum, value) => sum + value, 0);
  });
  const source = { corpus: use.data, tokenizerDigest: lock.tokenizerDigest };
  const figure = wandaPerplexity(windows, sums, source);
  const results: CellResults = {
    format: 1,
    key: cell.key ?? '',
    pipeline: '',
    checkpoint: { model: '', checkpoint: '', step: null, digest: lock.digest },
    task: cell.name,
    configs: {
      [cell.name]: { protocol: use.protocol, seqlen: use.seqlen, corpus: use.data, column: use.column },
    },
    results: {
      [cell.name]: {
        alias: cell.name,
        metrics: { 'perplexity,none': figure.perplexity, 'perplexity_stderr,none': 'N/A' },
        samples: figure.windows,
      },
    },
    groupSubtasks: {},
    numFewshot: {},
    limit: cell.limit,
    versions: {},
    higherIsBetter: { [cell.name]: { perplexity: false } },
    chance: {},
    sampleCounts: { [cell.name]: { original: originalCount, effective: figure.windows } },
    engine: context.engine.identity,
    perplexity: figure,
  };
  return { results: writeResults(results), samples: new Map() };
}
