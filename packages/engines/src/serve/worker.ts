/**
 * The worker thread of `evalgraph serve`: the checkpoint's tokenizer and engine. A batch of prompts is one call of
 * the engine, so that prompts with a common beginning compute it once.
 */
import { parentPort, workerData } from 'node:worker_threads';
import {
  openEngine,
  planPasses,
  readModelConfig,
  type TokenRequest,
  type TokenResponse,
} from '@evalgraph/engine';
import { UserError } from '@evalgraph/formats';
import { stopStrings } from '../embedded/tokenised-call.ts';
import { openTokenizer } from '../embedded/tokenizer.ts';
import { completionOf, type JobPlan, planJob, positionsNeeded } from './job-plan.ts';
import { type ApiError, apiErrors } from './messages.ts';
import type { FromServeWorker, Job, JobResult, ServeSetup, ToServeWorker } from './protocol.ts';

/** Tokenising megabytes that cannot fit holds up everybody else; only runs of blanks come near this. */
const MAX_CHARACTERS_PER_TOKEN = 64;

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');
const setup = workerData as ServeSetup;
const send = (message: FromServeWorker): void => port.postMessage(message);

function report(error: unknown): void {
  if (error instanceof UserError) send({ op: 'problems', problems: error.problems });
  else send({ op: 'defect', text: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

async function open(): Promise<(message: ToServeWorker) => Promise<void>> {
  const config = await readModelConfig(setup.folder);
  const tokenizer = await openTokenizer(setup.folder, { maxLength: null, addBosToken: null });
  const engine = await openEngine(setup.folder, { threads: setup.threads });
  const texts = new Map<number, string>();
  const tokenText = async (token: number): Promise<string> => {
    const known = texts.get(token) ?? (await tokenizer.decodeRaw([token]));
    texts.set(token, known);
    return known;
  };

  async function prepare(job: Job): Promise<JobPlan | ApiError> {
    const { prompt: given, index, maxTokens } = job;
    if (typeof given === 'string' && given.length > config.maxPositions * MAX_CHARACTERS_PER_TOKEN) {
      return apiErrors.tooManyCharacters(index, given.length, config.maxPositions);
    }
    const prompt = typeof given === 'string' ? await tokenizer.encode(given, 'default') : given;
    if (prompt.length === 0) return apiErrors.emptyPrompt(index);
    const bad = prompt.findIndex((token) => token < 0 || token >= config.vocabSize);
    if (bad >= 0) return apiErrors.badToken(index, bad, prompt[bad] ?? -1, config.vocabSize);
    if (positionsNeeded(prompt.length, maxTokens) > config.maxPositions) {
      return apiErrors.tooLong(index, prompt.length, maxTokens, config.maxPositions);
    }
    try {
      return planJob(job, prompt, tokenizer.generation(job.generation, false));
    } catch (error) {
      if (error instanceof UserError) return apiErrors.checkpointRefused(error.message);
      throw error;
    }
  }

  async function answer(plans: readonly JobPlan[]): Promise<readonly JobResult[]> {
    const requests: TokenRequest[] = [];
    const owners: JobPlan[] = [];
    const places = plans.map((plan) => {
      const place = (request: TokenRequest | null): number => {
        if (request === null) return -1;
        owners.push(plan);
        return requests.push(request) - 1;
      };
      return { plan, score: place(plan.score), generate: place(plan.generate) };
    });
    const responses = new Map<number, TokenResponse>();
    await engine.run(requests, planPasses(requests, config), {
      best: true,
      done: new Set(),
      stopWhen: async (request, tokens) => {
        const last = tokens.at(-1);
        if (last !== undefined && owners[request]?.rules.eosTokens.has(last) === true) return true;
        const text = await tokenizer.decodeRaw(tokens);
        const stop = owners[request]?.job.stop ?? [];
        return stopStrings(stop, tokenizer.eosText).some((term) => text.includes(term));
      },
      onResponses: (batch) => {
        for (const { request, response } of batch) responses.set(request, response);
      },
    });
    const results: JobResult[] = [];
    for (const { plan, score, generate } of places) {
      const [scored, generated] = [responses.get(score) ?? null, responses.get(generate) ?? null];
      results.push({
        ok: true,
        completion: await completionOf(plan, scored, generated, tokenizer, tokenText),
      });
    }
    return results;
  }

  async function batch(jobs: readonly Job[]): Promise<readonly JobResult[]> {
    const prepared: (JobPlan | ApiError)[] = [];
    for (const job of jobs) prepared.push(await prepare(job));
    const plans = prepared.filter((entry): entry is JobPlan => 'job' in entry);
    const answers = (await answer(plans)).values();
    return prepared.map((entry) => {
      if (!('job' in entry)) return { ok: false, error: entry };
      const { value } = answers.next();
      if (value === undefined) throw new Error('a prompt was not answered');
      return value;
    });
  }

  send({ op: 'ready', contextLength: config.maxPositions });
  return async (message) => {
    if (message.op === 'batch') {
      send({ op: 'results', results: await batch(message.jobs) });
      return;
    }
    await engine.close();
    send({ op: 'closed' });
    port?.close();
  };
}

try {
  const handle = await open();
  port.on('message', (message: ToServeWorker) => void handle(message).catch(report));
} catch (error) {
  report(error);
  port.close();
}
