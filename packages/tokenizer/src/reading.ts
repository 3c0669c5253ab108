/**
 * Names the rules by which a checkpoint's files mean something else than tokenizer.json taken as it is. They are a part
 * of a key, which tells numbers from before these rules were known from those of now. Ordinary checkpoints have none.
 */
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { addedToken, isSameToken } from './added-token.ts';
import { type JsonObject, objectOf, readObject, readTokenizerFiles, type TokenizerFiles } from './files.ts';
import { changesGreedy, readGenerationFile } from './generation.ts';
import {
  addedTokens,
  fileTokens,
  SPECIAL_TOKEN_NAMES,
  type SpecialTokens,
  specialTokens,
} from './special-tokens.ts';
import { type TokenizerClass, tokenizerClass } from './tokenizer-class.ts';

/** Sorted; [] for an ordinary checkpoint. Files that we refuse have a rule of their own: nothing is served for them. */
export async function readingRules(folder: string): Promise<readonly string[]> {
  try {
    const files = await readTokenizerFiles(folder);
    const name = tokenizerClass(files);
    const special = specialTokens(files, name);
    const rules = [
      ...['truncation', 'padding'].filter((key) => (files.tokenizer.get(key) ?? null) !== null),
      ...['clean_up_tokenization_spaces', 'split_special_tokens'].filter((key) =>
        Boolean(files.tokenizerConfig.get(key)),
      ),
      ...(name === 'TokenizersBackend' ? [] : [name]),
      ...(addsTokens(files, name, special) ? ['added tokens'] : []),
      ...(namesOthers(files, special) ? ['special tokens'] : []),
      ...(await generationRulesOf(folder, files, special)),
    ];
    return rules.sort();
  } catch (error) {
    if (error instanceof UserError) return ['refused'];
    throw error;
  }
}

/** Whether a text may be matched otherwise than by the tokens that tokenizer.json lists. */
function addsTokens(files: TokenizerFiles, name: TokenizerClass, special: SpecialTokens): boolean {
  const listed = files.tokenizer.get('added_tokens');
  const own = (Array.isArray(listed) ? (listed as readonly unknown[]) : []).map(addedToken);
  return addedTokens(fileTokens(files, name), special).some(
    (token) => !own.some((other) => other !== null && isSameToken(other, { ...token, isText: false })),
  );
}

/** Whether a special token is not simply what tokenizer_config.json says. */
function namesOthers({ tokenizerConfig }: TokenizerFiles, { named }: SpecialTokens): boolean {
  const own = new Set(named.keys());
  for (const name of SPECIAL_TOKEN_NAMES) own.delete(name);
  if (own.size > 0) return true;
  return SPECIAL_TOKEN_NAMES.some((name) => {
    const value = tokenizerConfig.get(name) ?? null;
    const before = objectOf(value)?.get('content') ?? value;
    const now = named.get(name)?.content ?? null;
    return before !== now;
  });
}

async function generationRulesOf(
  folder: string,
  files: TokenizerFiles,
  { named }: SpecialTokens,
): Promise<readonly string[]> {
  const file = await readGenerationFile(folder);
  const own = await readObject(join(folder, 'generation_config.json'));
  const ends = (settings: JsonObject | null): readonly unknown[] =>
    [settings?.get('eos_token_id') ?? []].flat();
  // The tokenizer's own end token ends a text by what it reads as, whoever lists its id.
  const known = idIn(files, named.get('eos_token')?.content ?? '');
  const others = (ids: readonly unknown[]): ReadonlySet<unknown> => new Set(ids.filter((id) => id !== known));
  const before = others([...ends(files.modelConfig), ...ends(own)]);
  const now = others(ends(file.settings));
  return [
    ...(changesGreedy(file) ? ['generation'] : []),
    ...(before.size === now.size && [...before].every((end) => now.has(end)) ? [] : ['end tokens']),
  ];
}

/** A text's id in tokenizer.json, found without the tokenizers library; null: it has none there. */
function idIn({ tokenizer }: TokenizerFiles, text: string): number | null {
  const listed = tokenizer.get('added_tokens');
  const added = (Array.isArray(listed) ? (listed as readonly unknown[]) : []).map(objectOf);
  const vocabulary = objectOf(tokenizer.get('model'))?.get('vocab');
  const id = added.find((token) => token?.get('content') === text)?.get('id');
  const own: unknown = id ?? objectOf(vocabulary)?.get(text);
  return typeof own === 'number' ? own : null;
}
