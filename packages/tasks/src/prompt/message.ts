/** A prompt as lm-eval holds it before it becomes text: turns with roles, each with what follows it in plain text. */
import { type ChatMessage, isSpace } from '@evalgraph/templates';

export interface Message extends ChatMessage {
  /** Stands after the content in plain text; a chat template never sees it. */
  readonly delimiter: string;
}

export function plainText(messages: readonly Message[]): string {
  return messages.map(({ content, delimiter }) => content + delimiter).join('');
}

/** Shots as turns of their own. */
export function multiTurn(messages: readonly Message[]): readonly ChatMessage[] {
  return messages.map(({ role, content }) => ({ role, content }));
}

/** Shots and question as one user message; a system message before and the answer's beginning after it stay apart. */
export function singleTurn(messages: readonly Message[]): readonly ChatMessage[] {
  const system = messages.filter((message, index) => index === 0 && message.role === 'system');
  const rest = messages.slice(system.length);
  const answer = rest.filter((message, index) => index === rest.length - 1 && message.role === 'assistant');
  const asked = rest.slice(0, rest.length - answer.length);
  const last = asked.length - 1;
  const content = plainText(
    asked.map((message, index) => (index === last ? { ...message, delimiter: '' } : message)),
  );
  return [...multiTurn(system), { role: 'user', content }, ...multiTurn(answer)];
}

/** Whether two texts need a delimiter between them: neither has white space at the seam. */
export function needsDelimiter(before: string, after: string): boolean {
  return before !== '' && !(isSpace(before.at(-1)) || isSpace(after[0]));
}

/** Prefix and text with a delimiter between them where the seam has no white space. */
export function joined(prefix: string, text: string, delimiter: string): string {
  return prefix !== '' && text !== '' && needsDelimiter(prefix, text)
    ? prefix + delimiter + text
    : prefix + text;
}
