/** The recurrent stand-in for a model of make_protocols.py: log-probabilities that depend on all context. */
import { readFileSync } from 'node:fs';

export interface ProtocolsFixture {
  readonly decay: number;
  readonly bos: number;
  readonly embedding: readonly (readonly number[])[];
  readonly head: readonly (readonly number[])[];
  readonly stream: readonly number[];
  readonly pages: readonly { readonly text: string; readonly tokens: readonly number[] }[];
  readonly wanda: readonly { readonly seqlen: number; readonly perplexity: number }[];
  readonly 'hf-strided': readonly {
    readonly seqlen: number;
    readonly stride: number;
    readonly perplexity: number;
  }[];
  readonly 'llama.cpp': readonly {
    readonly seqlen: number;
    readonly bos: number | null;
    readonly perplexity: number;
  }[];
  readonly 'lm-eval': readonly {
    readonly seqlen: number;
    readonly word_perplexity: number;
    readonly byte_perplexity: number;
    readonly bits_per_byte: number;
    readonly token_perplexity: number;
  }[];
}

export const fixture = JSON.parse(
  readFileSync(new URL('fixtures/protocols.json', import.meta.url), 'utf8'),
) as ProtocolsFixture;

/**
 * Log-probability of each token of the continuation.
 * @param decay another one makes another model
 */
export function standIn(
  context: readonly number[],
  continuation: readonly number[],
  decay = fixture.decay,
): readonly number[] {
  let state = fixture.embedding[0]?.map(() => 0) ?? [];
  const see = (token: number): void => {
    const added = fixture.embedding[token] ?? [];
    state = state.map((value, index) => decay * value + (added[index] ?? Number.NaN));
  };
  for (const token of context) see(token);
  return continuation.map((token) => {
    const logits = fixture.head.map((row) =>
      row.reduce((sum, weight, index) => sum + weight * (state[index] ?? Number.NaN), 0),
    );
    const most = Math.max(...logits);
    const norm = most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
    see(token);
    return (logits[token] ?? Number.NaN) - norm;
  });
}
