/** Template and variables in, text out: the one entrance to this folder. Parsed templates are kept. */
import type { Value } from '../python/value.ts';
import type { Block } from './ast.ts';
import { type Environment, evaluate } from './evaluate.ts';
import type { Dialect } from './lex.ts';
import { parseTemplate } from './parse.ts';

/** lm-eval's: StrictUndefined, keep_trailing_newline. */
const TASK_DIALECT: Dialect = { keepTrailingNewline: true, trimBlocks: false, chatTags: false };
const TASK_ENVIRONMENT: Environment = { lenient: false, globals: new Map(), filters: new Map() };
/** transformers': trim_blocks, lstrip_blocks, loop controls. */
const CHAT_DIALECT: Dialect = { keepTrailingNewline: false, trimBlocks: true, chatTags: true };

const parsedTasks = new Map<string, Block>();
const parsedChats = new Map<string, Block>();

/** A template of a task's YAML. @throws PythonError where Python's Jinja2 would raise. */
export function renderTemplate(template: string, doc: ReadonlyMap<string, Value>): string {
  return evaluate(parsed(parsedTasks, template, TASK_DIALECT), doc, TASK_ENVIRONMENT);
}

/** A tokenizer's chat template. @throws PythonError where Python's Jinja2 would raise. */
export function renderChat(
  template: string,
  variables: ReadonlyMap<string, Value>,
  environment: Omit<Environment, 'lenient'>,
): string {
  const block = parsed(parsedChats, template, CHAT_DIALECT);
  return evaluate(block, variables, { ...environment, lenient: true });
}

function parsed(known: Map<string, Block>, template: string, dialect: Dialect): Block {
  const kept = known.get(template);
  if (kept !== undefined) return kept;
  const block = parseTemplate(template, dialect);
  known.set(template, block);
  return block;
}
