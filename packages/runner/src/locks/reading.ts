/** The rules by which a checkpoint's files mean something else than earlier programs took them for; a lock names them. */
import { UserError } from '@evalgraph/formats';
import { usesMended } from '@evalgraph/tasks';
import { readChat } from '@evalgraph/tokenizer/chat';
import { readingRules } from '@evalgraph/tokenizer/reading';

/** The chat template uses what once rendered otherwise than in Python: it parts the keys of cells with chats alone. */
export const CHAT_RULE = 'chat template';

/** Sorted; [] for an ordinary checkpoint. */
export async function checkpointReading(folder: string): Promise<readonly string[]> {
  const rules = await readingRules(folder);
  return (await isMendedChat(folder)) ? [...rules, CHAT_RULE].sort() : rules;
}

async function isMendedChat(folder: string): Promise<boolean> {
  try {
    return usesMended((await readChat(folder)).template);
  } catch (error) {
    // A template that is refused renders nothing.
    if (error instanceof UserError) return false;
    throw error;
  }
}
