/** The identity of answers that came from a completions server; planning needs it without the client. */
import type { EngineIdentity } from '@evalgraph/formats';
import type { OpenAiUse } from '@evalgraph/spec';

/** Raise it when the way of asking changes what is answered. */
const OPENAI_VERSION = 1;

/**
 * The URL is not in it: the same server may move. The model's name is: a server with several models answers by
 * it. What the server computes in is the user's word, since servers do not tell.
 */
export function openAiIdentity(use: OpenAiUse): EngineIdentity {
  return { name: 'openai', numericsVersion: OPENAI_VERSION, dtype: use.dtype, details: { model: use.model } };
}
