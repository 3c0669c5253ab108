/** Perplexity cells: a corpus, cut into windows of tokens, and the figures that come of them. */

import type { Session, SessionRequest, SessionResponse, TokenFacts } from '@evalgraph/engines';
import {
  type CellResults,
  type MetricValues,
  type PerplexityFigure,
  perplexityRecipe,
  prettyJson,
  type ShapeOf,
  shape,
  UserError,
  writeResults,
} from '@evalgraph/formats';
import {
  type Corpus,
  corpusTexts,
  PROTOCOLS,
  type Protocol,
  type ProtocolFigure,
  perplexityFigure,
  planWindows,
  protocol,
  type Recipe,
  reconciliationPath,
  shareWindows,
  type TokenStream,
  type WindowPlan,
  windowSums,
} from '@evalgraph/ppl-compare';
import type { PerplexityUse } from '@evalgraph/spec';
import { askedBy, type Cell } from '../plan/plan.ts';
import { measuredConfig, RECONCILIATION_FILE } from '../results/result-files.ts';
import type { CellContext, PreparedWork } from './context.ts';
import { readCorpus } from './corpus-file.ts';
import { messages } from './messages.ts';

const { list, number, oneOf, record, text } = shape;

const protocolShape = record({ name: oneOf(...PROTOCOLS), recipe: perplexityRecipe });

export const reconciliationFile = record({
  format: oneOf(1),
  key: text,
  from: protocolShape,
  to: protocolShape,
  /** The figure under the first protocol, then the one after each step; each is a ProtocolFigure without its windows. */
  figures: list(record({ reported: number })),
});
export type ReconciliationFile = ShapeOf<typeof reconciliationFile>;

/** One protocol over one corpus. */
export async function preparePerplexity(
  cell: Cell,
  use: PerplexityUse,
  context: CellContext,
): Promise<PreparedWork> {
  const measured = await openText(cell, use, null, context);
  const own = protocolOf(use, measured.facts);
  const plan = await measured.plan(own.recipe, cell.limit);
  const all = cell.limit === null ? plan : await measured.plan(own.recipe, null);
  const { requests, places } = shareWindows([plan]);
  return {
    requests: requests.map((window): SessionRequest => ({ kind: 'window', ...window })),
    score: (responses) => {
      const sums = windowSums(places[0] ?? [], responses.map(logProbsOf));
      const figure = perplexityFigure(own.name, plan, sums, sourceOf(cell, use));
      return { results: results(cell, figure, all.windows.length, context), samples: new Map() };
    },
  };
}

/** Every figure from one protocol to another: their windows are asked together, each distinct one once. */
export async function prepareReconciliation(
  cell: Cell,
  uses: { readonly from: PerplexityUse; readonly to: PerplexityUse },
  context: CellContext,
): Promise<PreparedWork> {
  const measured = await openText(cell, uses.from, cell.limit, context);
  const [from, to] = [protocolOf(uses.from, measured.facts), protocolOf(uses.to, measured.facts)];
  const path = reconciliationPath(from, to);
  const plans: WindowPlan[] = [];
  for (const recipe of [from.recipe, ...path.map((step) => step.recipe)]) {
    plans.push(await measured.plan(recipe, null));
  }
  const { requests, places } = shareWindows(plans);
  return {
    requests: requests.map((window): SessionRequest => ({ kind: 'window', ...window })),
    score: (responses) => {
      const logProbs = responses.map(logProbsOf);
      const figures = plans.map((plan, index) => {
        const name = index === 0 ? from.name : index === path.length ? to.name : 'step';
        return perplexityFigure(
          name,
          plan,
          windowSums(places[index] ?? [], logProbs),
          sourceOf(cell, uses.from),
        );
      });
      const short = figures.map(({ windowNllNats: _nats, windowWeights: _weights, ...figure }) => figure);
      const file: ReconciliationFile = { format: 1, key: cell.key ?? '', from, to, figures: short };
      const metrics = Object.fromEntries(
        figures.map(({ reported }, step) => [`perplexity_after_${step}_steps,none`, reported]),
      );
      const size = figures[0]?.windows ?? 0;
      const text = writeResults({
        ...emptyResults(cell, context),
        configs: { [cell.name]: measuredConfig(cell) },
        results: { [cell.name]: { alias: cell.name, metrics, samples: size } },
      });
      return { results: text, samples: new Map([[RECONCILIATION_FILE, prettyJson(file)]]) };
    },
  };
}

export interface MeasuredText {
  readonly facts: TokenFacts;
  /** @param nsamples the first so many windows, or pages where they stand apart; null: all */
  plan(recipe: Recipe, nsamples: number | null): Promise<WindowPlan>;
}

/** The cell's corpus, tokenised once for each way in which a protocol wants its text. */
export async function openText(
  cell: Cell,
  use: Parameters<typeof readCorpus>[1],
  pages: number | null,
  context: CellContext,
): Promise<MeasuredText> {
  const file = cell.data[0];
  if (file === undefined) throw new Error(`${cell.id} has no corpus`);
  const corpus = await readCorpus(file.path, use, pages);
  const session = await context.session();
  const facts = await session.facts();
  const known = new Map<string, Promise<readonly TokenStream[]>>();
  return {
    facts,
    plan: async (recipe, nsamples) => {
      const way = `${recipe.text} ${recipe.documents}`;
      const streams = known.get(way) ?? tokenise(corpus, recipe, session);
      known.set(way, streams);
      const { bosToken, prefixToken, maxLength } = facts;
      const planned = planWindows(recipe, await streams, { bosToken, prefixToken, nsamples });
      // The last token is predicted, never read.
      const longest = planned.windows.reduce((most, { start, end }) => Math.max(most, end - start - 1), 0);
      if (longest > maxLength) {
        throw new UserError(
          messages.windowTooLong(
            measureOf(cell, longest + 1),
            cell.checkpoint.model.name,
            askedBy(cell),
            longest + 1,
            maxLength,
          ),
        );
      }
      return planned;
    },
  };
}

/** What somebody declared: a way from one measure to another has no windows of its own. */
function measureOf({ name, work }: Cell, seqlen: number): string {
  if (work.kind !== 'reconciliation') return name;
  return (work.to.seqlen === seqlen ? work.to : work.from).name;
}

async function tokenise(
  corpus: Corpus,
  { text, documents }: Recipe,
  session: Session,
): Promise<readonly TokenStream[]> {
  const streams: TokenStream[] = [];
  for (const { text: own, words, bytes } of corpusTexts(corpus, text, documents)) {
    streams.push({ tokens: await session.encode(own), words, bytes });
  }
  return streams;
}

/** The named protocol, with what the pipeline chose otherwise. */
function protocolOf(use: PerplexityUse, { maxLength }: TokenFacts): Protocol {
  const seqlen = use.seqlen ?? maxLength;
  const { name, recipe } = protocol(use.protocol, {
    seqlen,
    stride: use.stride ?? seqlen,
    // lm-eval's headline; a token's perplexity and a byte's stand beside it.
    divisor: 'words',
  });
  const text = use.text ?? recipe.text;
  return {
    name,
    recipe: {
      ...recipe,
      text,
      documents: text === 'pages' ? recipe.documents : 'joined',
      bos: use.bos ?? recipe.bos,
    },
  };
}

function logProbsOf(response: SessionResponse): readonly number[] {
  if (response.kind !== 'window') throw new TypeError('a window was answered by a text response');
  return response.logProbs;
}

function sourceOf(
  cell: Cell,
  use: PerplexityUse,
): { readonly corpus: string; readonly tokenizerDigest: string } {
  const { lock, id } = cell.checkpoint;
  if (lock === null) throw new Error(`${id} is not locked`);
  return { corpus: use.data, tokenizerDigest: lock.tokenizerDigest };
}

function results(cell: Cell, figure: ProtocolFigure, originalCount: number, context: CellContext): string {
  const metrics: MetricValues = {
    'perplexity,none': figure.perplexity,
    'perplexity_stderr,none': 'N/A',
    ...(figure.perWord === null ? {} : { 'word_perplexity,none': figure.perWord }),
    ...(figure.perByte === null ? {} : { 'byte_perplexity,none': figure.perByte }),
    ...(figure.bitsPerByte === null ? {} : { 'bits_per_byte,none': figure.bitsPerByte }),
  };
  const lower = Object.keys(metrics)
    .filter((name) => !name.includes('stderr'))
    .map((name) => [name.replace(',none', ''), false]);
  const perplexity: PerplexityFigure = figure;
  return writeResults({
    ...emptyResults(cell, context),
    configs: { [cell.name]: measuredConfig(cell) },
    results: { [cell.name]: { alias: cell.name, metrics, samples: figure.windows } },
    higherIsBetter: { [cell.name]: Object.fromEntries(lower) },
    sampleCounts: { [cell.name]: { original: originalCount, effective: figure.windows } },
    perplexity,
  });
}

/** A results file without a score yet. */
export function emptyResults(cell: Cell, context: CellContext): CellResults {
  return {
    format: 1,
    key: cell.key ?? '',
    pipeline: '',
    checkpoint: { model: '', checkpoint: '', step: null, digest: cell.checkpoint.lock?.digest ?? '' },
    task: cell.name,
    configs: {},
    results: {},
    groupSubtasks: {},
    numFewshot: {},
    limit: cell.limit,
    versions: {},
    higherIsBetter: {},
    chance: {},
    sampleCounts: {},
    engine: context.engine.identity,
  };
}
