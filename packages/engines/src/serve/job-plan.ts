/**
 * One prompt as token requests, and the engine's responses as a completion. A prompt's own log-probabilities are a
 * score of all its tokens but the first. One token after it comes with the same score: the likeliest token at the
 * place of one more token (whichever is put there) is what greedy decoding would give, so nothing is decoded.
 */
import type { BestToken, GenerateRequest, ScoreRequest, TokenResponse } from '@evalgraph/engine';
import type { GenerationRules } from '@evalgraph/tokenizer/generation';
import { cutAtStops, stopStrings } from '../embedded/tokenised-call.ts';
import type { CheckpointTokenizer } from '../embedded/tokenizer.ts';
import type { Completion, Job, LogProbs } from './protocol.ts';

export interface JobPlan {
  readonly job: Job;
  readonly prompt: readonly number[];
  readonly rules: GenerationRules;
  readonly score: ScoreRequest | null;
  readonly generate: GenerateRequest | null;
}

/** @param prompt at least one token. */
export function planJob(job: Job, prompt: readonly number[], rules: GenerationRules): JobPlan {
  const { processing } = rules;
  const scoresPrompt = job.echo && job.logprobs !== null;
  const start = scoresPrompt ? 1 : prompt.length;
  const isScored = job.maxTokens === 1 && processing === null;
  const onePlace = isScored ? prompt.slice(-1) : [];
  const continuation = [...prompt.slice(start), ...onePlace];
  return {
    job,
    prompt,
    rules,
    score:
      continuation.length === 0 ? null : { kind: 'score', context: prompt.slice(0, start), continuation },
    generate:
      job.maxTokens === 0 || isScored
        ? null
        : {
            kind: 'generate',
            context: prompt,
            maxNewTokens: job.maxTokens,
            ...(processing === null ? {} : { processing }),
          },
  };
}

/** Positions that the model needs for it. */
export function positionsNeeded(promptTokens: number, maxTokens: number): number {
  return promptTokens + maxTokens - 1;
}

/** A token and what it cost; `best` is null where the token itself is the likeliest. */
interface Scored {
  readonly token: number;
  readonly logProb: number | null;
  readonly best: BestToken | null;
}

/** Text of one token by itself. */
export type TokenText = (token: number) => Promise<string>;

/** @param score, generated what the engine answered to the plan's requests; null where it has none. */
export async function completionOf(
  plan: JobPlan,
  score: TokenResponse | null,
  generated: TokenResponse | null,
  tokenizer: CheckpointTokenizer,
  tokenText: TokenText,
): Promise<Completion> {
  const { job, prompt } = plan;
  const fresh = freshTokens(plan, score, generated);
  const ids = fresh.map(({ token }) => token);
  const stops = stopStrings(job.stop, tokenizer.eosText);
  const whole = ids.length === 0 ? '' : await tokenizer.decode(ids);
  const text = cutAtStops(whole, stops);
  const last = ids.at(-1);
  const ended = last !== undefined && plan.rules.eosTokens.has(last);
  const head = job.echo ? await promptText(job, prompt, tokenizer) : '';
  const listed = job.echo ? [...echoedTokens(plan, score), ...fresh] : fresh;
  return {
    text: head + text,
    logprobs: job.logprobs === null ? null : await logProbsOf(listed, job.logprobs, tokenText),
    finishReason: ended || text.length < whole.length ? 'stop' : 'length',
    promptTokens: prompt.length,
    completionTokens: ids.length,
  };
}

async function promptText(
  job: Job,
  prompt: readonly number[],
  tokenizer: CheckpointTokenizer,
): Promise<string> {
  return typeof job.prompt === 'string' ? job.prompt : tokenizer.decodeRaw(prompt);
}

function freshTokens(
  plan: JobPlan,
  score: TokenResponse | null,
  generated: TokenResponse | null,
): readonly Scored[] {
  if (plan.job.maxTokens === 0) return [];
  if (plan.generate === null) {
    const best = scoreOf(score).best?.at(-1);
    if (best === undefined) throw new TypeError('the engine gave no likeliest token');
    return [{ ...best, best: null }];
  }
  if (generated?.kind !== 'generate') throw new TypeError('a generation was answered by a score');
  const { tokens, logProbs = [] } = generated;
  return tokens.map((token, i) => ({ token, logProb: known(logProbs[i]), best: null }));
}

function echoedTokens({ prompt, job }: JobPlan, score: TokenResponse | null): readonly Scored[] {
  if (job.logprobs === null || prompt.length === 1 || score === null) {
    return prompt.map((token) => ({ token, logProb: null, best: null }));
  }
  const { logProbs, best = [] } = scoreOf(score);
  return prompt.map((token, i) => {
    if (i === 0) return { token, logProb: null, best: null };
    return { token, logProb: known(logProbs[i - 1]), best: best[i - 1] ?? null };
  });
}

function known(logProb: number | undefined): number {
  if (logProb === undefined) throw new TypeError('the engine gave no log-probability of a token');
  return logProb;
}

function scoreOf(response: TokenResponse | null): TokenResponse & { kind: 'score' } {
  if (response?.kind !== 'score') throw new TypeError('a score was answered by a generation');
  return response;
}

async function logProbsOf(
  listed: readonly Scored[],
  alternatives: number,
  tokenText: TokenText,
): Promise<LogProbs> {
  const tokens: string[] = [];
  const tops: (Readonly<Record<string, number>> | null)[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const { token, logProb, best } of listed) {
    const text = await tokenText(token);
    tokens.push(text);
    offsets.push(offset);
    offset += text.length;
    tops.push(
      logProb === null ? null : await topOf(text, logProb, alternatives > 0 ? best : null, tokenText),
    );
  }
  return {
    tokens,
    token_logprobs: listed.map(({ logProb }) => logProb),
    top_logprobs: tops,
    text_offset: offsets,
  };
}

/** Two tokens may have the same text (parts of a character): the larger value stays, so the likeliest one shows. */
async function topOf(
  text: string,
  logProb: number,
  best: BestToken | null,
  tokenText: TokenText,
): Promise<Readonly<Record<string, number>>> {
  if (best === null) return { [text]: logProb };
  const bestText = await tokenText(best.token);
  return bestText === text ? { [text]: best.logProb } : { [bestText]: best.logProb, [text]: logProb };
}
