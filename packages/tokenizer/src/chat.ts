/** A checkpoint's chat template and the special tokens it may name, as transformers finds them. No text is tokenised here. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, UserError } from '@evalgraph/formats';
import { CHAT_TEMPLATE_FILE, objectOf, readText, readTokenizerFiles } from './files.ts';
import { messages } from './messages.ts';
import { specialTokens } from './special-tokens.ts';
import { tokenizerClass } from './tokenizer-class.ts';

/** Named templates of a folder's own, beside which transformers ignores the one in tokenizer_config.json. */
const TEMPLATE_FOLDER = 'additional_chat_templates';

export interface CheckpointChat {
  /** null: there is none, or several without one named default. */
  readonly template: string | null;
  /** The tokens by their names: bos_token, eos_token, … and the model's own. */
  readonly specialTexts: ReadonlyMap<string, string>;
}

/** @throws UserError as openTokenizer does; unsupported-tokenizer for templates that only a folder of their own has. */
export async function readChat(folder: string): Promise<CheckpointChat> {
  const files = await readTokenizerFiles(folder);
  const { named } = specialTokens(files, tokenizerClass(files));
  const specialTexts = new Map([...named].map(([key, { content }]) => [key, content]));
  const ownFile = await readText(join(folder, CHAT_TEMPLATE_FILE));
  if (ownFile !== null) return { template: ownFile, specialTexts };
  const others = await templateNames(join(folder, TEMPLATE_FOLDER));
  if (others.length > 0) {
    throw new UserError(
      messages.unsupportedTokenizer.byKey(
        folder,
        TEMPLATE_FOLDER,
        others,
        `transformers takes templates from there alone, where ${CHAT_TEMPLATE_FILE} is missing.`,
      ),
    );
  }
  return { template: templateIn(files.tokenizerConfig.get('chat_template')), specialTexts };
}

/** A text, or a list (or an object) of named ones of which `default` is taken. */
function templateIn(found: unknown): string | null {
  if (typeof found === 'string') return found;
  const named = objectOf(found)?.get('default');
  if (typeof named === 'string') return named;
  const list: readonly unknown[] = Array.isArray(found) ? found : [];
  const texts = list.flatMap((one) => {
    const entry = objectOf(one);
    const template = entry?.get('template');
    return entry?.get('name') === 'default' && typeof template === 'string' ? [template] : [];
  });
  return texts.at(-1) ?? null;
}

async function templateNames(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.jinja')).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
