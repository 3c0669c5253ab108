/**
 * The worker thread of one checkpoint: its tokenizer and its engine. onnxruntime's run blocks the thread that
 * calls it, so the runner's own thread stays free for progress, journals and signals.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type Engine, openEngine, planPasses, readModelConfig } from '@evalgraph/engine';
import { UserError } from '@evalgraph/formats';
import type { SessionRequest, TokenCounts } from '../session.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './protocol.ts';
import {
  answerOf,
  collect,
  stopStrings,
  type TokenisedCall,
  type TokenResponse,
  tokeniseCall,
} from './tokenised-call.ts';
import { openTokenizer } from './tokenizer.ts';

/** lm-eval's default where neither the pipeline, the config nor the tokenizer names a length. */
const DEFAULT_MAX_LENGTH = 2048;

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');
const setup = workerData as WorkerSetup;
const send = (message: FromWorker): void => port.postMessage(message);

const config = await failSoft(0, () => readModelConfig(setup.folder));
const tokenizer = await failSoft(0, () => openTokenizer(setup.folder, setup.settings));
const maxLength =
  setup.settings.maxLength ?? config.maxPositions ?? tokenizer.modelMaxLength ?? DEFAULT_MAX_LENGTH;
const aborted = new Set<number>();
/** Opened by the first run: counting tokens needs no weights. */
let engine: Engine | null = null;

/** Start-up problems belong to whichever call comes first; the main side waits for call 0. */
async function failSoft<T>(call: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    report(call, error);
    port?.close();
    // Never settles: the thread has nothing more to do, and ends with its port.
    return new Promise<T>(() => {});
  }
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
  const call = await tokeniseCall(requests, tokenizer, maxLength);
  const plan = planPasses(call.tokenRequests, config);
  return { asked: plan.tokensAsked, distinct: plan.tokensDistinct, computed: plan.tokensComputed };
}

async function run(
  id: number,
  requests: readonly SessionRequest[],
  done: readonly number[],
): Promise<TokenCounts> {
  const call = await tokeniseCall(requests, tokenizer, maxLength);
  const plan = planPasses(call.tokenRequests, config);
  engine ??= await openEngine(setup.folder, { threads: setup.threads });
  const collected = new Map<number, (TokenResponse | null)[]>();
  const stats = await engine.run(call.tokenRequests, plan, {
    done: tokenIndices(call, done),
    stopWhen: (index, tokens) => isStopped(call, requests, index, tokens),
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
): Promise<boolean> {
  const last = tokens.at(-1);
  if (last !== undefined && tokenizer.eosTokens.has(last)) return true;
  const request = requestAt(requests, call.owner[index] ?? -1);
  if (request.kind !== 'generate') return false;
  const text = await tokenizer.decodeRaw(tokens);
  return stopStrings(request.until, tokenizer.eosText).some((term) => text.includes(term));
}

async function handle(message: Exclude<ToWorker, { op: 'abort' }>): Promise<void> {
  const { call } = message;
  try {
    switch (message.op) {
      case 'encode':
        send({ call, op: 'result', value: await tokenizer.encode(message.text, 'default') });
        return;
      case 'count':
        send({ call, op: 'result', value: await count(message.requests) });
        return;
      case 'run':
        send({ call, op: 'result', value: await run(call, message.requests, message.done) });
        return;
      case 'close':
        await engine?.close();
        send({ call, op: 'result', value: null });
        port?.close();
    }
  } catch (error) {
    report(call, error);
  }
}

/** One call after the other: two runs at once would share the engine's key-value memory. */
let queue: Promise<void> = Promise.resolve();

port.on('message', (message: ToWorker) => {
  if (message.op === 'abort') aborted.add(message.call);
  else queue = queue.then(() => handle(message));
});
send({ call: 0, op: 'result', value: null });
