/** What a chat template takes: turns with roles. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/**
 * Messages -> text, by a model's chat template.
 * @param addGenerationPrompt false: the last message is the beginning of the answer, and nothing stands after it.
 */
export type ChatTemplate = (messages: readonly ChatMessage[], addGenerationPrompt: boolean) => string;
