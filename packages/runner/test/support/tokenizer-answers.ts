/** What our tokenizer and engine make of a folder, in the form in which tokenizer_judge.py writes transformers' answers. */
import { openEngine, planPasses } from '@evalgraph/engine';
import { openTokenizer } from '@evalgraph/tokenizer';
import {
  answerOf,
  type GenerateText,
  generationOf,
  samplingOf,
  stopStrings,
} from '../../../engines/src/embedded/tokenised-call.ts';
import { openTokenizer as openForSession } from '../../../engines/src/embedded/tokenizer.ts';

export interface TokenizerAnswer {
  readonly bos: number | null;
  readonly eos: number | null;
  readonly prefix: number | null;
  readonly eosText: string | null;
  readonly maxLength: number | null;
  readonly special: Readonly<Record<string, string>>;
  readonly size: number;
  readonly texts: readonly TextAnswer[];
  readonly generated: readonly { readonly tokens: readonly number[]; readonly text: string }[] | null;
  /** Only where it was asked for. */
  readonly drawnBy?: { readonly topK: number; readonly topP: number };
}

export interface Generation {
  readonly prompts: readonly (readonly number[])[];
  /** As lm-eval hands it on. */
  readonly kwargs: object;
  /** Whether it is asked what a sampled text is drawn from as well. */
  readonly isDrawn?: boolean;
}

export interface TextAnswer {
  readonly ids: readonly number[];
  readonly bare: readonly number[];
  /** As lm-eval encodes a text that is scored; null without a prefix token. */
  readonly scored: readonly number[] | null;
  readonly decoded: string;
  readonly raw: string;
}

export type Judged = (TokenizerAnswer & { readonly class: string }) | { readonly error: string };

export async function ourAnswer(
  folder: string,
  addBosToken: boolean | null,
  texts: readonly string[],
  generate: Generation | null,
): Promise<TokenizerAnswer> {
  const tokenizer = await openTokenizer(folder, { addBosToken });
  const answers: TextAnswer[] = [];
  for (const text of texts) {
    const ids = await tokenizer.encode(text, 'whole');
    answers.push({
      ids,
      bare: await tokenizer.encode(text, 'none'),
      scored: tokenizer.prefixToken === null ? null : await tokenizer.encode(text, 'default'),
      decoded: await tokenizer.decode(ids),
      raw: await tokenizer.decodeRaw(ids),
    });
  }
  return {
    bos: tokenizer.bosToken,
    eos: tokenizer.eosToken,
    prefix: tokenizer.prefixToken,
    eosText: tokenizer.eosText,
    maxLength: tokenizer.modelMaxLength,
    special: Object.fromEntries(tokenizer.specialTexts),
    size: tokenizer.vocabSize,
    texts: answers,
    generated: generate === null ? null : await generated(folder, addBosToken, generate),
    ...(generate?.isDrawn === true ? { drawnBy: await drawnBy(folder, addBosToken, generate) } : {}),
  };
}

async function drawnBy(
  folder: string,
  addBosToken: boolean | null,
  { kwargs }: Generation,
): Promise<{ readonly topK: number; readonly topP: number }> {
  const tokenizer = await openForSession(folder, { maxLength: null, addBosToken });
  const { top_k: asked = null, top_p: share = null } = kwargs as { top_k?: number; top_p?: number };
  const sampling = { temperature: 1, topK: asked, topP: share, seed: 0 };
  const request = { kind: 'generate', context: '', until: [], maxGenToks: 1, sampling } as const;
  const { topK, topP } = samplingOf(sampling, generationOf(request, tokenizer));
  return { topK, topP };
}

async function generated(
  folder: string,
  addBosToken: boolean | null,
  { prompts, kwargs }: Generation,
): Promise<TokenizerAnswer['generated']> {
  const tokenizer = await openForSession(folder, { maxLength: null, addBosToken });
  const { max_gen_toks: most, ...keys } = kwargs as { max_gen_toks: number };
  const request: GenerateText = {
    kind: 'generate',
    context: '',
    until: [],
    maxGenToks: most,
    generation: keys,
  };
  const { processing, eosTokens, maxNewTokens } = generationOf(request, tokenizer);
  const engine = await openEngine(folder, { threads: 1 });
  const requests = prompts.map((context) => ({
    kind: 'generate' as const,
    context,
    maxNewTokens: maxNewTokens ?? most,
    ...(processing === null ? {} : { processing }),
  }));
  const answers: { tokens: readonly number[]; text: string }[] = [];
  await engine.run(requests, planPasses(requests, engine.config), {
    done: new Set(),
    stopWhen: async (_, tokens) => {
      if (eosTokens.has(tokens.at(-1) ?? -1)) return true;
      const text = await tokenizer.decodeRaw(tokens);
      return stopStrings([], tokenizer.eosText).some((term) => text.includes(term));
    },
    onResponses: async (batch) => {
      for (const { request: index, response } of batch) {
        if (response.kind !== 'generate') throw new TypeError('a generation was answered by a score');
        const answer = await answerOf(request, [response], tokenizer);
        answers[index] = { tokens: response.tokens, text: answer.kind === 'generate' ? answer.text : '' };
      }
    },
  });
  await engine.close();
  return answers;
}
