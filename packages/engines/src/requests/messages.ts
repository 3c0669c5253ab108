/** Messages of engines/requests. */
import { defineMessages } from '@evalgraph/formats';

export const messages = defineMessages({
  checkpointNewTokens: (maxNewTokens: number, context: number, maxLength: number) => ({
    message: `The checkpoint's generation_config.json sets max_new_tokens to ${maxNewTokens}, which transformers puts before what a task asks for; after ${context} tokens of a prompt that is more than the ${maxLength} tokens of the model.`,
    remedy: "Remove 'max_new_tokens' from generation_config.json: the task's max_gen_toks counts then.",
  }),
  emptyContinuation: (text: string) => ({
    message: `A request scores ${JSON.stringify(text)}, which adds no token to its context.`,
    remedy: 'Check doc_to_choice and doc_to_target of the task: a choice must add at least one token.',
  }),
  continuationTooLong: (text: string, tokens: number, maxLength: number) => ({
    message: `A request scores ${tokens} tokens, but the model takes ${maxLength}: ${JSON.stringify(`${text.slice(0, 60)}…`)}`,
    remedy: "Shorten the choices, or raise the model's 'max_length' if it was set too low.",
  }),
  noRoomForContext: (maxNewTokens: number, maxLength: number) => ({
    message: `The task generates up to ${maxNewTokens} tokens, but the model takes ${maxLength} in all: no room is left for the prompt.`,
    remedy: "Lower 'max_gen_toks' in the task's generation_kwargs.",
  }),
});
