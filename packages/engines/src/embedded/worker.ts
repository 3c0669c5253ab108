/**
 * The worker process of one checkpoint: its tokenizer and its engine. onnxruntime's run blocks the thread that
 * calls it, so the runner's own process stays free for progress, journals and signals.
 */
import { type Engine, openEngine, planPasses, readModelConfig } from '@evalgraph/engine';
import { UserError } from '@evalgraph/formats';
import type { SessionRequest, TokenCounts } from '../session.ts';
import { divergeWindows } from './divergence.ts';
import type { DivergenceWindow, FromWorker, ToWorker, WorkerSetup } from './protocol.ts';
import {
  answerOf,
  collect,
  generationOf,
  stopStrings,
  type TokenisedCall,
  type TokenResponse,
  tokeniseCall,
} from './tokenised-call.ts';
import { type CheckpointTokenizer, openTokenizer } from './tokenizer.ts';

interface Opened {
  readonly folder: string;
  readonly threads: number;
  readonly config: Engine['config'];
  readonly tokenizer: CheckpointTokenizer;
  readonly maxLength: number;
  /** Opened by the first run: counting tokens needs no weights. */
  engine: Engine | null;
}

const aborted = new Set<number>();
let opened: Opened | null = null;

function send(message: FromWorker): void {
  // The runner may be gone already; then the disconnect below ends this process.
  process.send?.(message, undefined, undefined, () => {});
}

async function open({ folder, settings, threads }: WorkerSetup): Promise<Opened> {
  const config = await readModelConfig(folder);
  const tokenizer = await openTokenizer(folder, settings);
  const maxLength = settings.maxLength ?? config.maxPositions;
  return { folder, threads, config, tokenizer, maxLength, engine: null };
}

function checkpoint(): Opened {
  if (opened === null) throw new Error('no checkpoint is open');
  return opened;
}

function report(call: number, error: unknown): void {
  if (error instanceof UserError) send({ call, op: 'problems', problems: error.problems });
  else
    send({
      call,
      op: 'defect',
      text: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
}

async function count(requests: readonly SessionRequest[]): Promise<TokenCounts> {
  const { tokenizer, maxLength, config } = checkpoint();
  const call = await tokeniseCall(requests, tokenizer, maxLength);
  const plan = planPasses(call.tokenRequests, config);
  return { asked: plan.tokensAsked, distinct: plan.tokensDistinct, computed: plan.tokensComputed };
}

async function run(
  id: number,
  requests: readonly SessionRequest[],
  done: readonly number[],
): Promise<TokenCounts> {
  const own = checkpoint();
  const { tokenizer } = own;
  const call = await tokeniseCall(requests, tokenizer, own.maxLength);
  const plan = planPasses(call.tokenRequests, own.config);
  own.engine ??= await openEngine(own.folder, { threads: own.threads });
  const collected = new Map<number, (TokenResponse | null)[]>();
  const stats = await own.engine.run(call.tokenRequests, plan, {
    done: tokenIndices(call, done),
    stopWhen: (index, tokens) => isStopped(call, requests, index, tokens, tokenizer),
    onResponses: async (batch) => {
      if (aborted.has(id)) throw new Error('aborted');
      const complete = collect(call, collected, batch);
      const answers = await Promise.all(
        complete.map(async ({ request, responses }) => ({
          request,
          response: await answerOf(requestAt(requests, request), responses, tokenizer),
        })),
      );
      if (answers.length > 0) send({ call: id, op: 'answers', answers });
    },
    onProgress: (tokens) => send({ call: id, op: 'progress', tokens }),
  });
  return {
    asked: plan.tokensAsked + stats.tokensGenerated,
    distinct: plan.tokensDistinct + stats.tokensGenerated,
    computed: stats.tokensComputed,
  };
}

async function diverge(
  call: number,
  dense: WorkerSetup,
  windows: readonly DivergenceWindow[],
): Promise<void> {
  const own = checkpoint();
  own.engine ??= await openEngine(own.folder, { threads: own.threads });
  await divergeWindows(own.engine, dense, windows, (window) => {
    if (aborted.has(call)) throw new Error('aborted');
    send({ call, op: 'window', window });
  });
}

function requestAt(requests: readonly SessionRequest[], index: number): SessionRequest {
  const request = requests[index];
  if (request === undefined) throw new RangeError(`no request ${index}`);
  return request;
}

function tokenIndices(call: TokenisedCall, done: readonly number[]): ReadonlySet<number> {
  const wanted = new Set(done);
  return new Set(call.owner.flatMap((owner, index) => (wanted.has(owner) ? [index] : [])));
}

async function isStopped(
  call: TokenisedCall,
  requests: readonly SessionRequest[],
  index: number,
  tokens: readonly number[],
  tokenizer: CheckpointTokenizer,
): Promise<boolean> {
  const request = requestAt(requests, call.owner[index] ?? -1);
  if (request.kind !== 'generate') return false;
  const last = tokens.at(-1);
  if (last !== undefined && generationOf(request, tokenizer).eosTokens.has(last)) return true;
  const text = await tokenizer.decodeRaw(tokens);
  return stopStrings(request.until, tokenizer.eosText).some((term) => text.includes(term));
}

async function handle(message: Exclude<ToWorker, { op: 'abort' }>): Promise<void> {
  const { call } = message;
  try {
    switch (message.op) {
      case 'open':
        opened = await open(message.setup);
        send({ call, op: 'result', value: null });
        return;
      case 'encode':
        send({ call, op: 'result', value: await checkpoint().tokenizer.encode(message.text, 'default') });
        return;
      case 'facts': {
        const { maxLength, tokenizer } = checkpoint();
        const { bosToken, prefixToken } = tokenizer;
        send({ call, op: 'result', value: { maxLength, bosToken, prefixToken } });
        return;
      }
      case 'texts': {
        const { tokenizer } = checkpoint();
        const texts = await Promise.all(message.tokens.map((tokens) => tokenizer.decodeRaw(tokens)));
        send({ call, op: 'result', value: texts });
        return;
      }
      case 'divergence':
        await diverge(call, message.dense, message.windows);
        send({ call, op: 'result', value: null });
        return;
      case 'count':
        send({ call, op: 'result', value: await count(message.requests) });
        return;
      case 'run':
        send({ call, op: 'result', value: await run(call, message.requests, message.done) });
        return;
      case 'close':
        await opened?.engine?.close();
        send({ call, op: 'result', value: null });
        process.disconnect();
    }
  } catch (error) {
    report(call, error);
  }
}

/** One call after the other: two runs at once would share the engine's key-value memory. */
let queue: Promise<void> = Promise.resolve();

process.on('message', (message: ToWorker) => {
  if (message.op === 'abort') aborted.add(message.call);
  else queue = queue.then(() => handle(message));
});
// Without the runner nobody wants the answers. After a close this is the regular end.
process.on('disconnect', () => process.exit(0));
// A terminal sends its signals to this process too; the runner decides what they mean.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
