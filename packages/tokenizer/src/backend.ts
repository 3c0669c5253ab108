/** The tokenizers library, set up as transformers' TokenizersBackend sets it up (tokenization_utils_tokenizers.py). */
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { AddedToken, Tokenizer, templateProcessing } from 'tokenizers';
import { isNormalized, type TokenSpec, textToken } from './added-token.ts';
import type { TokenizerFiles } from './files.ts';
import { messages } from './messages.ts';
import { pipelineText } from './pipeline.ts';
import { addedTokens, fileTokens, type SpecialTokens } from './special-tokens.ts';
import type { TokenizerClass } from './tokenizer-class.ts';

/** Above this size transformers looks whether Mistral's wrong pattern is to be mended. */
const MISTRAL_PATTERN_SIZE = 100_000;

export interface Backend {
  readonly tokenizer: Tokenizer;
  /** The tokens that were added to what the file has, as they are matched. */
  readonly added: readonly TokenSpec[];
  /** An id by transformers' rule: a text without an id is the unknown token. null: there is none. */
  idOf(text: string): number | null;
}

/**
 * @param addBosToken as given to from_pretrained; null: not given. Given, it replaces the file's post-processor.
 * @throws UserError bad-tokenizer, unsupported-tokenizer.
 */
export function openBackend(
  files: TokenizerFiles,
  name: TokenizerClass,
  special: SpecialTokens,
  addBosToken: boolean | null,
): Backend {
  const path = join(files.folder, 'tokenizer.json');
  const tokenizer = guarded(path, () => Tokenizer.fromString(pipelineText(files, name)));
  // Truncation and padding of the file are state: transformers resets them on every call.
  tokenizer.disableTruncation();
  tokenizer.disablePadding();
  const added = [...addedTokens(fileTokens(files, name), special), ...classTokens(name, special)];
  guarded(path, () => tokenizer.addAddedTokens(added.map(nativeToken)));
  const configPath = join(files.folder, 'tokenizer_config.json');
  if (files.tokenizerConfig.get('fix_mistral_regex') && tokenizer.getVocabSize(true) > MISTRAL_PATTERN_SIZE) {
    throw new UserError(
      messages.unsupportedTokenizer.byKey(
        configPath,
        'fix_mistral_regex',
        files.tokenizerConfig.get('fix_mistral_regex'),
        'transformers replaces the pre-tokenizer’s pattern by another one.',
      ),
    );
  }
  const unknown = special.named.get('unk_token')?.content;
  const unknownId = unknown === undefined ? null : tokenizer.tokenToId(unknown);
  const idOf = (text: string): number | null => tokenizer.tokenToId(text) ?? unknownId;
  if (addBosToken !== null || name === 'GPTNeoXTokenizer') {
    const bos = addBosToken === true ? (special.named.get('bos_token')?.content ?? null) : null;
    guarded(path, () => tokenizer.setPostProcessor(beginning(bos, bos === null ? null : idOf(bos))));
  }
  return { tokenizer, added, idOf };
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw refusedBy(path, error);
  }
}

/** The library's own errors, as those of the file that it was made from. */
export function refusedBy(path: string, error: unknown): UserError {
  return new UserError(messages.badTokenizer(path, error instanceof Error ? error.message : String(error)));
}

/** The library adds nothing after the text either: transformers drops the file's add_eos_token. */
function beginning(bos: string | null, id: number | null): ReturnType<typeof templateProcessing> {
  if (bos === null) return templateProcessing('$A:0', '$A:0 $B:1', []);
  if (id === null) throw new Error(`the BOS token ${JSON.stringify(bos)} has no id`);
  return templateProcessing(`${bos}:0 $A:0`, `${bos}:0 $A:0 ${bos}:1 $B:1`, [[bos, id]]);
}

/** Qwen2Tokenizer adds its special tokens once more, with plain flags. */
function classTokens(name: TokenizerClass, { named, extra }: SpecialTokens): readonly TokenSpec[] {
  if (name !== 'Qwen2Tokenizer') return [];
  const contents = [...named.values(), ...extra].map(({ content }) => content);
  return [...new Set(contents)].map(textToken);
}

function nativeToken(token: TokenSpec): AddedToken {
  return new AddedToken(token.content, token.special, {
    singleWord: token.singleWord,
    leftStrip: token.lstrip,
    rightStrip: token.rstrip,
    normalized: isNormalized(token),
  });
}
