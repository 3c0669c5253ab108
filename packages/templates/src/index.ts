export type { ChatExtra, ChatOptions } from './chat/chat-template.ts';
export { chatTemplateOf, renderChatTemplate } from './chat/chat-template.ts';
export type { IsolationOptions } from './chat/isolated-chat.ts';
export { isolatedChatTemplate } from './chat/isolated-chat.ts';
export type { ChatMessage, ChatTemplate } from './chat/message.ts';
export { refuseChanged, renderTemplate } from './jinja/render.ts';
export { literalEval } from './python/literal.ts';
export type { PythonRegex } from './python/regex.ts';
export { compileRegex, escapeRegex } from './python/regex.ts';
export { repr, toStr } from './python/repr.ts';
export { capitalize, codePointLength, isBlank, isDigit, isSpace, split, strip } from './python/text.ts';
export type { Dict, DictKey, List, Value } from './python/value.ts';
export {
  compareText,
  dictGet,
  dictSet,
  equals,
  isDict,
  isInt,
  isIntLike,
  isList,
  isNumber,
  iterate,
  PyTuple,
  PythonError,
  typeName,
} from './python/value.ts';
