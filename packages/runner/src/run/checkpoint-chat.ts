/**
 * A checkpoint's chat template with its special tokens, as tasks take it. The files that they come from are part of the
 * checkpoint's digest.
 */

import { UserError } from '@evalgraph/formats';
import type { ChatUse } from '@evalgraph/spec';
import { type ChatTemplate, isolatedChatTemplate } from '@evalgraph/templates';
import { readChat } from '@evalgraph/tokenizer/chat';
import { messages } from './messages.ts';

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
  const { template, specialTexts } = await readChat(folder);
  if (template === null) throw new UserError(messages.noChatTemplate(folder));
  if (template.includes(DATE_FUNCTION) && date === null) throw new UserError(messages.chatDate(folder));
  // Noon: the date is the same in every time zone of the machine.
  const now = new Date(`${date ?? '2000-01-01'}T12:00:00`);
  return isolatedChatTemplate(
    template,
    { variables: Object.fromEntries(specialTexts), now },
    { checkpoint: folder },
  );
}
