/** What a task asks of a model, and what comes back: texts and numbers, no tokens. */
import type { GenerationKeys } from '@evalgraph/tokenizer/generation';

/** lm-eval's default where generation_kwargs names no length. */
export const DEFAULT_MAX_GEN_TOKS = 256;

/** Temperature above 0; topK 0 and topP 1 leave every token in; null: the checkpoint's own, or transformers' default. */
export interface SampledGeneration {
  readonly temperature: number;
  readonly topK: number | null;
  readonly topP: number | null;
  /** 32 bits; another one for every document and repeat. */
  readonly seed: number;
}

export type TextRequest =
  | { readonly kind: 'loglikelihood'; readonly context: string; readonly continuation: string }
  | { readonly kind: 'rolling'; readonly text: string }
  | {
      /** The model's end-of-text is one more stop: the engine knows it, the task does not. */
      readonly kind: 'generate';
      readonly context: string;
      readonly until: readonly string[];
      readonly maxGenToks: number;
      /** Left out: greedy. */
      readonly sampling?: SampledGeneration;
      /** Rules about how tokens are chosen, which go before the checkpoint's; left out: it sets none. */
      readonly generation?: GenerationKeys;
    };

export type TextResponse =
  | {
      readonly kind: 'loglikelihood';
      /** Nats, summed over the continuation's tokens. */
      readonly logLikelihood: number;
      /** Whether each token of the continuation is the likeliest one at its place. */
      readonly isGreedy: boolean;
      /** Tokens of the continuation. */
      readonly tokens: number;
    }
  | { readonly kind: 'rolling'; readonly logLikelihood: number; readonly tokens: number }
  | { readonly kind: 'generate'; readonly text: string };
