/**
 * From texts to token ids, by lm-eval's rules (api/model.py `_encode_pair`, models/huggingface.py `tok_encode`,
 * utils.py `get_rolling_token_windows`). Pure: a tokenizer comes in as an interface. Truncation is from the left.
 */

import type { GenerateRequest, ScoreRequest } from '@evalgraph/engine';
import { UserError } from '@evalgraph/formats';
import type { SpecialTokenRule } from '@evalgraph/tokenizer';
import { messages } from './messages.ts';

export interface TextEncoder {
  /** Ids of the text; special tokens by lm-eval's rule for what is done with it. */
  encode(text: string, special: SpecialTokenRule): Promise<readonly number[]>;
  /** BOS, or EOS where there is no BOS: stands for an empty context and before a rolling text. */
  readonly prefixToken: number;
}

/** Python's str.rstrip(): the white space it removes differs from JavaScript's by six code points. */
const TRAILING_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/u;

/** @throws UserError where the continuation alone is longer than `maxLength` tokens, or has none. */
export async function tokenisePair(
  encoder: TextEncoder,
  context: string,
  continuation: string,
  maxLength: number,
): Promise<ScoreRequest> {
  if (context === '') return emptyContext(encoder, continuation, maxLength);
  const tail = TRAILING_SPACE.exec(context)?.[0] ?? '';
  const head = context.slice(0, context.length - tail.length);
  const contextTokens = await encoder.encode(head, 'default');
  const whole = await encoder.encode(context + continuation, 'default');
  const rest = whole.slice(contextTokens.length);
  // A context of nothing but white space, under a tokenizer without BOS, leaves nothing to condition on.
  const conditions = contextTokens.length === 0 ? [encoder.prefixToken] : contextTokens;
  return truncated(conditions, rest, continuation, maxLength);
}

/** lm-eval: the prefix token stands for the context, unless the continuation begins with it. */
async function emptyContext(
  encoder: TextEncoder,
  continuation: string,
  maxLength: number,
): Promise<ScoreRequest> {
  const tokens = await encoder.encode(continuation, 'none');
  if (tokens[0] === encoder.prefixToken) {
    return truncated(tokens.slice(0, 1), tokens.slice(1), continuation, maxLength);
  }
  return truncated([encoder.prefixToken], tokens, continuation, maxLength);
}

function truncated(
  context: readonly number[],
  continuation: readonly number[],
  text: string,
  maxLength: number,
): ScoreRequest {
  if (continuation.length === 0) throw new UserError(messages.emptyContinuation(text));
  if (continuation.length > maxLength) {
    throw new UserError(messages.continuationTooLong(text, continuation.length, maxLength));
  }
  const room = maxLength + 1 - continuation.length;
  return { kind: 'score', context: context.slice(-room), continuation };
}

/**
 * Rolling windows over a text: every token is scored once. The first window conditions on the prefix token, the
 * others on the last token before them, and the last one is filled from the left to `maxLength` tokens.
 */
export function rollingWindows(
  tokens: readonly number[],
  prefixToken: number,
  maxLength: number,
): readonly ScoreRequest[] {
  const windows: ScoreRequest[] = [];
  const first = Math.min(maxLength, tokens.length);
  if (first === 0) return windows;
  windows.push({ kind: 'score', context: [prefixToken], continuation: tokens.slice(0, first) });
  for (let start = first; start < tokens.length; ) {
    const length = Math.min(tokens.length - start, maxLength);
    const end = start + length;
    windows.push({
      kind: 'score',
      context: tokens.slice(end - maxLength - 1, start),
      continuation: tokens.slice(start, end),
    });
    start = end;
  }
  return windows;
}

/**
 * @param maxGenToks what lm-eval asks for: it leaves so much room for the answer
 * @param rules how the tokens are chosen; `maxNewTokens` is what transformers then generates, where a checkpoint overrules
 * @throws UserError where there is no room for a context, or the checkpoint's length does not fit the model.
 */
export async function tokeniseGeneration(
  encoder: TextEncoder,
  context: string,
  maxGenToks: number,
  maxLength: number,
  { maxNewTokens, ...rules }: ChosenBy = { maxNewTokens: null },
): Promise<GenerateRequest> {
  const room = maxLength - maxGenToks;
  if (room <= 0) throw new UserError(messages.noRoomForContext(maxGenToks, maxLength));
  const tokens = await encoder.encode(context, 'prompt');
  const kept = tokens.length === 0 ? [encoder.prefixToken] : tokens.slice(-room);
  if (maxNewTokens !== null && kept.length + maxNewTokens > maxLength) {
    throw new UserError(messages.checkpointNewTokens(maxNewTokens, kept.length, maxLength));
  }
  return { kind: 'generate', context: kept, maxNewTokens: maxNewTokens ?? maxGenToks, ...rules };
}

export interface ChosenBy extends Pick<GenerateRequest, 'sampling' | 'processing'> {
  /** The checkpoint's own; null: it has none. */
  readonly maxNewTokens: number | null;
}
