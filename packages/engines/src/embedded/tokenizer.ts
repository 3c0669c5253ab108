/**
 * A checkpoint's tokenizer and generation rules as a session uses them: what every request of an evaluation needs and a
 * checkpoint may lack (a prefix token) is checked here.
 */
import { UserError } from '@evalgraph/formats';
import {
  type CheckpointTokenizer as AnyTokenizer,
  type GenerationKeys,
  type GenerationRules,
  generationRules,
  tokenizerMessages as messages,
  openTokenizer as openAny,
  readGenerationFile,
} from '@evalgraph/tokenizer';
import type { TextEncoder } from '../requests/tokenise.ts';
import type { SessionSettings } from '../session.ts';

export interface CheckpointTokenizer extends Omit<AnyTokenizer, 'prefixToken'>, TextEncoder {
  readonly prefixToken: number;
  /** What a generation obeys. @throws UserError where the checkpoint's files or the keys ask for what is not computed. */
  generation(keys: GenerationKeys, isSampled: boolean): GenerationRules;
}

/** @throws UserError naming the file that is missing, malformed or not read as transformers would. */
export async function openTokenizer(folder: string, settings: SessionSettings): Promise<CheckpointTokenizer> {
  const tokenizer = await openAny(folder, settings);
  const { prefixToken } = tokenizer;
  if (prefixToken === null) throw new UserError(messages.noPrefixToken(folder));
  const file = await readGenerationFile(folder);
  const known = new Map<string, GenerationRules>();
  return {
    ...tokenizer,
    prefixToken,
    generation: (keys, isSampled) => {
      const name = JSON.stringify([isSampled, keys]);
      const rules = known.get(name) ?? generationRules(file, keys, isSampled);
      known.set(name, rules);
      return rules;
    },
  };
}
