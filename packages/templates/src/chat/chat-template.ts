/**
 * A tokenizer's chat template on messages, as transformers' apply_chat_template renders it (to text, without tools and
 * documents), and around it what lm-eval does: a template that refuses a system message is tried without it.
 */
import type { Environment } from '../jinja/evaluate.ts';
import { define } from '../jinja/filter.ts';
import { indentation } from '../jinja/filters.ts';
import { renderChat } from '../jinja/render.ts';
import { Callable, itemsOf, textArgument, textOf } from '../jinja/runtime.ts';
import { jsonStyle, jsonText } from '../python/json-text.ts';
import { rstrip, strip } from '../python/text.ts';
import { PythonError, truthy, type Value } from '../python/value.ts';
import type { ChatMessage, ChatTemplate } from './message.ts';
import { strftime } from './strftime.ts';

export interface ChatExtra {
  /** Special tokens by name (bos_token, eos_token, ...) and the caller's own template variables. */
  readonly variables: Readonly<Record<string, Value>>;
  /** What strftime_now tells: a template that asks for it gives other prompts every day. */
  readonly now: Date;
}

export interface ChatOptions extends ChatExtra {
  readonly addGenerationPrompt: boolean;
  /** The last message is the beginning of an answer: everything after its content is cut off. */
  readonly continueFinalMessage: boolean;
}

/** transformers' own mark, with its space at the end: a template that trims contents is noticed by it. */
const TAG = 'CONTINUE_FINAL_MESSAGE_TAG ';

/** @throws PythonError where transformers would raise. */
export function renderChatTemplate(
  template: string,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): string {
  if (options.continueFinalMessage && !template.includes('content')) {
    throw new PythonError('ValueError', 'the chat template has no content whose end could be found');
  }
  const last = messages.length - 1;
  const marked = options.continueFinalMessage
    ? messages.map((message, index) =>
        index === last ? { ...message, content: message.content + TAG } : message,
      )
    : messages;
  const variables = new Map<string, Value>([
    ['messages', marked.map(({ role, content }) => new Map(Object.entries({ role, content })))],
    ['tools', null],
    ['documents', null],
    ['add_generation_prompt', options.addGenerationPrompt],
    ...Object.entries(options.variables),
  ]);
  const rendered = renderWithChatTemplate(template, variables, options.now);
  return options.continueFinalMessage ? cutAfter(rendered, messages[last]?.content ?? '') : rendered;
}

/** A template on any variables, in transformers' environment. @throws PythonError where Jinja2 would raise. */
export function renderWithChatTemplate(
  template: string,
  variables: ReadonlyMap<string, Value>,
  now: Date,
): string {
  return renderChat(template, variables, environmentOf(now));
}

/**
 * The template as lm-eval's HuggingFace models apply it, for `prepareTask`.
 * @throws PythonError (in use) where lm-eval would raise: prepareTask turns it into a UserError with the document.
 */
export function chatTemplateOf(template: string, extra: ChatExtra): ChatTemplate {
  return (messages, addGenerationPrompt) => {
    const options = { ...extra, addGenerationPrompt, continueFinalMessage: !addGenerationPrompt };
    try {
      return renderChatTemplate(template, messages, options);
    } catch (error) {
      if (!(error instanceof PythonError && TEMPLATE_ERRORS.has(error.kind))) throw error;
      const rest = messages.filter((message) => message.role !== 'system');
      return renderChatTemplate(template, rest, options);
    }
  };
}

/** jinja2.exceptions.TemplateError and what is derived from it. */
const TEMPLATE_ERRORS = new Set([
  'TemplateError',
  'TemplateSyntaxError',
  'TemplateAssertionError',
  'TemplateRuntimeError',
  'UndefinedError',
  'SecurityError',
]);

function cutAfter(rendered: string, content: string): string {
  const at = rendered.lastIndexOf(TAG.trimEnd());
  if (at === -1 || !rendered.includes(strip(content))) {
    throw new PythonError('ValueError', 'the final message does not appear in the rendered chat');
  }
  const head = rendered.slice(0, at);
  return rendered.startsWith(TAG, at) ? head : rstrip(head);
}

function environmentOf(now: Date): Omit<Environment, 'rules'> {
  return {
    globals: new Map([
      [
        'raise_exception',
        new Callable('raise_exception', (args) => {
          throw new PythonError('TemplateError', textArgument(args, 0, 'message'));
        }),
      ],
      [
        'strftime_now',
        new Callable('strftime_now', (args) => strftime(now, textArgument(args, 0, 'format'))),
      ],
    ]),
    filters: new Map([['tojson', TOJSON]]),
  };
}

/** transformers' own: json.dumps, which escapes nothing for HTML. */
const TOJSON = define(
  ['ensure_ascii', 'indent', 'separators', 'sort_keys'],
  0,
  (value, [ensureAscii, indent, separators, sortKeys]) => {
    const style = jsonStyle({
      indent: indentation(indent),
      ensureAscii: truthy(ensureAscii ?? false),
      sortKeys: truthy(sortKeys ?? false),
    });
    if (separators === undefined || separators === null) return jsonText(value, style);
    const [itemSeparator = ', ', keySeparator = ': '] = itemsOf(separators).map(textOf);
    return jsonText(value, { ...style, itemSeparator, keySeparator });
  },
);
