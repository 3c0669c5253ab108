/**
 * A completions server as a session: texts become token ids here, by the checkpoint's own tokenizer and lm-eval's
 * rules, so that no server's tokenisation is trusted; answers are delivered as they come.
 */
import { basename } from 'node:path';
import { countTokens } from '@evalgraph/engine/plan';
import { type GenerateRequest, inputLength, type ScoreRequest } from '@evalgraph/engine/requests';
import { suggest, UserError } from '@evalgraph/formats';
import type { OpenAiUse } from '@evalgraph/spec';
import {
  answerOf,
  collect,
  cutAtStops,
  stopStrings,
  type TokenisedCall,
  type TokenResponse,
  tokeniseCall,
} from '../embedded/tokenised-call.ts';
import { type CheckpointTokenizer, openTokenizer } from '../embedded/tokenizer.ts';
import type {
  RunCallbacks,
  Session,
  SessionRequest,
  SessionResponse,
  SessionSettings,
  TokenCounts,
} from '../session.ts';
import { type Client, openClient, type Reply, type Waiting } from './client.ts';
import {
  cachedTokens,
  type Extra,
  echoedTokens,
  generateBody,
  readGenerated,
  readScore,
  scoreBody,
  untellable,
} from './completion.ts';
import { workInLanes } from './lanes.ts';
import { configuredLength } from './max-length.ts';
import { messages, phrases } from './messages.ts';

/** Its tokens are echoed once before anything is scored: letters, a blank and digits are the same in every server. */
const PROBE_TEXT = 'Answer: yes 12';

/**
 * @param onFacts the server's name and version, as far as it tells; before the first answer.
 * @throws UserError where the tokenizer's files are missing or malformed.
 */
export async function openServerSession(
  use: OpenAiUse,
  folder: string,
  settings: SessionSettings,
  waiting: Waiting,
  onFacts: (facts: Readonly<Record<string, string>>) => void,
): Promise<Session> {
  const tokenizer = await openTokenizer(folder, settings);
  const maxLength = settings.maxLength ?? (await configuredLength(folder, tokenizer.modelMaxLength));
  const model = use.model.replaceAll('{checkpoint}', basename(folder));
  let opened: Client | null = null;
  let extra: Extra | null = null;
  let isMet = false;

  /** Opened by the first run: counting needs no server and no key. */
  const client = (): Client => {
    opened ??= openClient(use, waiting);
    return opened;
  };

  const refuse = async (reply: Reply & { ok: false }, signal: AbortSignal): Promise<never> => {
    throw new UserError(await refusal(client(), use, model, reply, signal));
  };

  async function score(request: ScoreRequest, tokensAsked: Extra, signal: AbortSignal) {
    const reply = await client().complete(scoreBody(model, request, tokensAsked), signal);
    if (!reply.ok) return refuse(reply, signal);
    const read = readScore(reply.value, request, tokensAsked);
    if (!read.ok) throw new UserError(messages.badServerAnswer(client().url, read.detail));
    return { response: read.value, computed: inputLength(request) - cachedTokens(reply.value) };
  }

  async function generate(
    request: GenerateRequest,
    until: readonly string[],
    signal: AbortSignal,
  ): Promise<{ response: SessionResponse; generated: number; computed: number }> {
    const rules = untellable(request);
    if (rules.length > 0) throw new UserError(messages.untellableRules(folder, rules));
    const stops = stopStrings(until, tokenizer.eosText);
    const reply = await client().complete(generateBody(model, request, stops), signal);
    if (!reply.ok) return refuse(reply, signal);
    const read = readGenerated(reply.value);
    if (!read.ok) throw new UserError(messages.badServerAnswer(client().url, read.detail));
    const { text, tokens } = read.value;
    const generated = tokens ?? (await tokenizer.encode(text, 'none')).length;
    const prompt = request.context.length - cachedTokens(reply.value);
    return {
      response: { kind: 'generate', text: cutAtStops(text, stops) },
      generated,
      computed: prompt + generated,
    };
  }

  async function checkTokenizer(echoed: readonly string[] | null, sent: readonly number[]): Promise<void> {
    const theirs = (echoed ?? []).slice(1, 1 + sent.length).join('');
    const ours = await tokenTexts(tokenizer, sent);
    const same = [withoutBlanks(ours), sent.map((token) => `token_id:${token}`).join('')];
    if (echoed === null || same.includes(withoutBlanks(theirs))) return;
    throw new UserError(messages.serverTokenizerDiffers(client().url, folder, ours, theirs.slice(0, 100)));
  }

  /** Whether the server gives a prompt's log-probabilities, and how many tokens it insists on generating. */
  async function probe(signal: AbortSignal): Promise<Extra> {
    const continuation = await tokenizer.encode(PROBE_TEXT, 'none');
    const request: ScoreRequest = { kind: 'score', context: [tokenizer.prefixToken], continuation };
    const details: string[] = [];
    for (const tokensAsked of [0, 1] as const) {
      const reply = await client().complete(scoreBody(model, request, tokensAsked), signal);
      if (reply.ok) {
        const read = readScore(reply.value, request, tokensAsked);
        if (read.ok) {
          await checkTokenizer(echoedTokens(reply.value), continuation);
          return tokensAsked;
        }
        details.push(phrases.answerDetail(tokensAsked, read.detail));
      } else {
        if (!isAboutTheRequest(reply, model)) return refuse(reply, signal);
        details.push(phrases.statusDetail(tokensAsked, reply.status, reply.detail));
      }
    }
    throw new UserError(messages.serverCannotEcho(client().url, details));
  }

  async function run(requests: readonly SessionRequest[], callbacks: RunCallbacks): Promise<TokenCounts> {
    const call = await tokeniseCall(requests, tokenizer, maxLength);
    const pending = call.tokenRequests
      .map((request, index) => ({ request, index, owner: call.owner[index] ?? -1 }))
      .filter(({ owner }) => !callbacks.done.has(owner));
    const collected = new Map<number, (TokenResponse | null)[]>();
    const totals = { generated: 0, computed: 0 };
    const count = (generated: number, computed: number): void => {
      totals.generated += generated;
      totals.computed += computed;
      callbacks.onProgress(totals.computed);
    };
    if (!isMet && pending.length > 0) {
      onFacts(await client().facts(new AbortController().signal));
      isMet = true;
    }
    if (extra === null && pending.some(({ request }) => request.kind === 'score')) {
      extra = await probe(new AbortController().signal);
    }
    await workInLanes(pending, use.concurrency, async ({ request, index, owner }, signal) => {
      const asked = requests[owner];
      if (asked === undefined) throw new RangeError(`no request ${owner}`);
      if (request.kind === 'generate') {
        const until = asked.kind === 'generate' ? asked.until : [];
        const { response, generated, computed } = await generate(request, until, signal);
        callbacks.onAnswers([{ request: owner, response }]);
        count(generated, computed);
        return;
      }
      const { response, computed } = await score(request, extra ?? 0, signal);
      for (const { responses } of collect(call, collected, [{ request: index, response }])) {
        callbacks.onAnswers([{ request: owner, response: await answerOf(asked, responses, tokenizer) }]);
      }
      count(0, computed);
    });
    const { asked, distinct } = countCall(call, tokenizer.vocabSize, maxLength);
    return {
      asked: asked + totals.generated,
      distinct: distinct + totals.generated,
      computed: totals.computed,
    };
  }

  return {
    facts: () =>
      Promise.resolve({ maxLength, bosToken: tokenizer.bosToken, prefixToken: tokenizer.prefixToken }),
    encode: (text) => tokenizer.encode(text, 'default'),
    count: async (requests) =>
      countCall(await tokeniseCall(requests, tokenizer, maxLength), tokenizer.vocabSize, maxLength),
    run,
    close: async () => opened?.close(),
  };
}

async function tokenTexts(tokenizer: CheckpointTokenizer, tokens: readonly number[]): Promise<string> {
  const texts = await Promise.all(tokens.map((token) => tokenizer.decodeRaw([token])));
  return texts.join('');
}

/** Servers differ in how they show the blank at a token's front: as it is, as the vocabulary's sign, not at all. */
function withoutBlanks(text: string): string {
  return text.replace(/[\s\u2581\u0120]/gu, '');
}

/** What a server shares is its own affair: `computed` is what it computes without a cache of prefixes. */
function countCall({ tokenRequests }: TokenisedCall, vocabSize: number, maxLength: number): TokenCounts {
  const { asked, distinct } = countTokens(tokenRequests, { vocabSize, maxPositions: maxLength });
  return { asked, distinct, computed: asked };
}

type Refused = Reply & { ok: false };

function isAboutTheRequest({ status, detail }: Refused, model: string): boolean {
  return status !== 401 && status !== 403 && status !== 404 && !mentionsModel(detail, model);
}

function mentionsModel(detail: string, model: string): boolean {
  return /model/i.test(detail) && detail.includes(model);
}

async function refusal(client: Client, use: OpenAiUse, model: string, reply: Refused, signal: AbortSignal) {
  const { status, detail } = reply;
  const { url } = client;
  if (status === 401 || status === 403)
    return messages.apiKeyRefused(url, status, detail, use.apiKeyVariable);
  if (status === 404 || mentionsModel(detail, model)) {
    const served = await client.models(signal);
    if (served !== null && !served.includes(model)) {
      return messages.unknownServedModel(url, model, served, suggest(model, served));
    }
    if (status === 404) return messages.noCompletionsHere(url, detail);
  }
  return messages.requestRefused(url, status, detail);
}
