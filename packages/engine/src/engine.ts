/**
 * The embedded engine over one checkpoint's folder: token ids in, log-probabilities and tokens out. It knows no
 * text, no task and no metric, starts no thread of its own, and blocks the one that calls it while computing.
 */
import type { Decoder } from '@evalgraph/architectures';
import { readModelConfig } from './config.ts';
import { type Distributions, distributionsOf } from './distributions.ts';
import { openOnnxSession } from './onnx-session.ts';
import type { PassPlan } from './plan.ts';
import { checkRequests, type TokenRequest } from './requests.ts';
import { type RunOptions, type RunStats, runPlan } from './run.ts';
import type { TokenSession } from './session.ts';

export interface EngineOptions {
  /** Threads of a matrix product. Numbers differ between thread counts by rounding only. */
  readonly threads: number;
}

export interface Engine {
  readonly config: Decoder;
  /** @throws UserError where a request is bad, before any computing; non-finite-logits while computing. */
  run(requests: readonly TokenRequest[], plan: PassPlan, options: RunOptions): Promise<RunStats>;
  /** The next token's whole distribution after each token, from index `from` on. @throws UserError as `run` does. */
  distributions(tokens: readonly number[], from?: number): AsyncGenerator<Distributions>;
  close(): Promise<void>;
}

/** @throws UserError: all that is wrong with config.json and the weights' headers. */
export async function openEngine(folder: string, options: EngineOptions): Promise<Engine> {
  const config = await readModelConfig(folder);
  return engineOver(config, await openOnnxSession(folder, config, options));
}

/** The same over any session: tests run plans over one that computes hashes. */
export function engineOver(config: Decoder, session: TokenSession): Engine {
  return {
    config,
    run: async (requests, plan, options) => {
      checkRequests(requests, config);
      return runPlan(session, requests, plan, options);
    },
    distributions: (tokens, from) => distributionsOf(session, config, tokens, from),
    close: () => session.close(),
  };
}
