/**
 * A checkpoint's chat template and special tokens, from its folder, as transformers finds them: chat_template.jinja,
 * else tokenizer_config.json. Both files are part of the checkpoint's digest.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, UserError } from '@evalgraph/formats';
import { type ChatTemplate, chatTemplateOf } from '@evalgraph/tasks';
import { messages } from '../messages.ts';
import type { ChatUse } from '../spec/index.ts';

/** The largest tokenizer_config.json in public models (each added token spelt out) is about 10 MB. */
const MAX_BYTES = 64 * 1024 * 1024;
const TOKEN_NAMES = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;
/** What a template calls to tell the date. */
const DATE_FUNCTION = 'strftime_now';

/** What prepareTask takes; nothing where `chat` is null. @throws UserError: no template, several without a default one. */
export async function promptForm(
  folder: string,
  chat: ChatUse | null,
): Promise<{
  readonly systemInstruction: string | null;
  readonly applyChatTemplate: ChatTemplate | null;
  readonly fewshotAsMultiturn: boolean;
}> {
  return {
    systemInstruction: chat?.systemInstruction ?? null,
    applyChatTemplate: chat?.applyTemplate === true ? await readTemplate(folder, chat.date) : null,
    fewshotAsMultiturn: chat?.multiturn ?? true,
  };
}

async function readTemplate(folder: string, date: string | null): Promise<ChatTemplate> {
  const file = join(folder, 'tokenizer_config.json');
  const config = parseConfig(file, await readText(file));
  const template = (await readText(join(folder, 'chat_template.jinja'))) ?? templateIn(folder, config);
  if (template.includes(DATE_FUNCTION) && date === null) throw new UserError(messages.chatDate(folder));
  const variables = TOKEN_NAMES.flatMap((name) => {
    const text = tokenText(config[name]);
    return text === null ? [] : [[name, text] as const];
  });
  // Noon: the date is the same in every time zone of the machine.
  return chatTemplateOf(template, {
    variables: Object.fromEntries(variables),
    now: new Date(`${date ?? '2000-01-01'}T12:00:00`),
  });
}

/** A text, or a list of named ones of which `default` is taken. */
function templateIn(folder: string, config: Readonly<Record<string, unknown>>): string {
  const found = config['chat_template'];
  if (typeof found === 'string') return found;
  const named: readonly unknown[] = Array.isArray(found) ? found : [];
  for (const one of named) {
    if (typeof one !== 'object' || one === null) continue;
    const { name, template } = one as { name?: unknown; template?: unknown };
    if (name === 'default' && typeof template === 'string') return template;
  }
  throw new UserError(messages.noChatTemplate(folder));
}

/** "<s>", or { content: "<s>", ... } as older files have it. */
function tokenText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'content' in value) return tokenText(value.content);
  return null;
}

function parseConfig(file: string, text: string | null): Readonly<Record<string, unknown>> {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (error) {
    throw new UserError(messages.badTokenizer(file, String(error)));
  }
  throw new UserError(messages.badTokenizer(file, 'it holds no JSON object'));
}

async function readText(path: string): Promise<string | null> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw new UserError(messages.badTokenizer(path, `${size} bytes are too many`));
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
