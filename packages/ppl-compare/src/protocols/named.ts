/**
 * The protocols by the names of the programs that print them. Each function gives the program's choices; what a
 * choice does is defined once, in windows.ts and figure.ts.
 */
import { UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';
import type { Divisor, Recipe } from './recipe.ts';

export const PROTOCOLS = ['wanda', 'gptq', 'llama.cpp', 'hf-strided', 'lm-eval'] as const;
export type ProtocolName = (typeof PROTOCOLS)[number];

/** A named protocol with its options filled in. */
export interface Protocol {
  readonly name: ProtocolName;
  readonly recipe: Recipe;
}

export interface ProtocolOptions {
  /** Tokens of a window. */
  readonly seqlen: number;
  /** hf-strided only. */
  readonly stride: number;
  /** What lm-eval's figure is spread over; the other programs print a perplexity a token. */
  readonly divisor: Divisor;
}

/** Raise it when a definition changes: it belongs into a cell's key. */
export const PROTOCOLS_VERSION = 1;

/** @throws UserError bad-window, bad-stride */
export function protocol(name: ProtocolName, options: ProtocolOptions): Protocol {
  const { seqlen } = options;
  switch (name) {
    case 'wanda':
      return { name, recipe: wandaRecipe(seqlen) };
    case 'gptq':
      return { name, recipe: gptqRecipe(seqlen) };
    case 'llama.cpp':
      return { name, recipe: llamaCppRecipe(seqlen) };
    case 'hf-strided':
      return { name, recipe: hfStridedRecipe(seqlen, options.stride) };
    case 'lm-eval':
      return { name, recipe: lmEvalRecipe(seqlen, options.divisor) };
  }
}

/**
 * Wanda's `eval_ppl_wikitext` (Sun, Liu, Bair, Kolter 2023, "A Simple and Effective Pruning Approach for Large
 * Language Models"; locuslab/wanda, lib/eval.py): exp(1/n sum_i mean_{t in window i} nll_t) over n = floor(T/seqlen)
 * windows side by side; a window's first token has no context and is not scored; the tail is dropped. seqlen: 2048 in
 * papers' tables, the model's max_position_embeddings in the program.
 */
export function wandaRecipe(seqlen: number): Recipe {
  return {
    text: 'lines',
    documents: 'joined',
    windowing: blocks(seqlen),
    scored: 'all',
    tail: 'dropped',
    bos: 'as-tokenised',
    averaging: 'windows',
    divisor: 'tokens',
  };
}

/**
 * GPTQ's evaluation (Frantar, Ashkboos, Hoefler, Alistarh 2022, "GPTQ: Accurate Post-Training Quantization for
 * Generative Pre-trained Transformers"; IST-DASLab/gptq, opt.py `opt_eval`, datautils.py `get_wikitext2`). On
 * WikiText-2 the same definition as `wanda`, which took it over by way of SparseGPT; both names exist because papers
 * cite both. The programs differ in their other corpora only (PTB joined by spaces; C4 256 random windows here, the
 * first 1,100 documents there), and in precision: GPTQ's and Wanda's programs run in float16.
 */
export function gptqRecipe(seqlen: number): Recipe {
  return wandaRecipe(seqlen);
}

/**
 * llama.cpp's `llama-perplexity` without --ppl-stride (ggml-org/llama.cpp, tools/perplexity/perplexity.cpp): windows
 * of n_ctx (512 unless told otherwise) side by side over the file's text, tail dropped; BOS overwrites each window's
 * first token (where the model adds BOS); with half = floor(n_ctx/2), the logits at positions half to n_ctx - 2 are
 * scored, so n_ctx - half - 1 targets a window (255 of 512); exp of the mean over all targets. The program refuses
 * texts shorter than 2 n_ctx.
 */
export function llamaCppRecipe(seqlen: number): Recipe {
  return {
    text: 'file',
    documents: 'joined',
    windowing: blocks(seqlen),
    scored: 'second-half',
    tail: 'dropped',
    bos: 'each-window',
    averaging: 'tokens',
    divisor: 'tokens',
  };
}

/**
 * The program on the page "Perplexity of fixed-length models" of the transformers documentation: windows of `seqlen`
 * every `stride` tokens, up to the first that reaches the end; a window's loss is the mean over its new tokens; the
 * windows are averaged with weight (new tokens - 1), which is the number of targets where a window begins with new
 * tokens, and one too few elsewhere (kept, because it is what the program prints). The page uses 1024 and 512.
 */
export function hfStridedRecipe(seqlen: number, stride: number): Recipe {
  checkWindow(seqlen);
  if (!Number.isSafeInteger(stride) || stride < 1 || stride > seqlen) {
    throw new UserError(messages.badStride(stride, seqlen));
  }
  return {
    text: 'lines',
    documents: 'joined',
    windowing: { kind: 'strided', seqlen, stride },
    scored: 'all',
    tail: 'kept',
    bos: 'as-tokenised',
    averaging: 'strided',
    divisor: 'tokens',
  };
}

/**
 * lm-evaluation-harness's `wikitext` (lm_eval/tasks/wikitext, utils.py `get_rolling_token_windows`): each page by
 * itself, detokenised, every token scored once in rolling windows of the model's maximum length, a prefix token (BOS,
 * else EOS) before each page. word_perplexity = exp(-sum LL / words of the original pages), byte_perplexity
 * likewise, bits_per_byte = log2(byte_perplexity). `divisor` 'tokens' is the perplexity a token of the same sum,
 * which lm-eval does not print and which alone compares with the other protocols.
 */
export function lmEvalRecipe(seqlen: number, divisor: Divisor): Recipe {
  checkWindow(seqlen);
  return {
    text: 'pages',
    documents: 'apart',
    windowing: { kind: 'rolling', seqlen },
    scored: 'all',
    tail: 'kept',
    bos: 'before-each-document',
    averaging: 'tokens',
    divisor,
  };
}

function blocks(seqlen: number): Recipe['windowing'] {
  checkWindow(seqlen);
  return { kind: 'blocks', seqlen };
}

function checkWindow(seqlen: number): void {
  if (!Number.isSafeInteger(seqlen) || seqlen < 2) throw new UserError(messages.badWindow(seqlen));
}
