/** Template and variables in, text out: the one entrance to this folder. Parsed templates are kept. */
import { compileRegex } from '../python/regex.ts';
import { equals, isDict, isList, PyTuple, PythonError, type Value } from '../python/value.ts';
import type { Block } from './ast.ts';
import { type Environment, evaluate } from './evaluate.ts';
import type { Filter } from './filter.ts';
import type { Dialect } from './lex.ts';
import { CHANGES } from './members.ts';
import { parseTemplate } from './parse.ts';
import { integerArgument, textArgument, textOf } from './runtime.ts';

const TASK_FILTERS: ReadonlyMap<string, Filter> = new Map([
  [
    'regex_replace',
    (value, args) =>
      compileRegex(textArgument(args, 0, 'pattern')).sub(
        textArgument(args, 1, 'repl'),
        textOf(value),
        integerArgument(args, 2, 'count', 0),
      ),
  ],
]);
/** lm-eval's: StrictUndefined, keep_trailing_newline, one filter of its own. */
const TASK_DIALECT: Dialect = {
  keepTrailingNewline: true,
  trimBlocks: false,
  chatTags: false,
  filters: new Set(TASK_FILTERS.keys()),
};
/** transformers': trim_blocks, lstrip_blocks, loop controls, an immutable sandbox. */
const CHAT_DIALECT: Dialect = {
  keepTrailingNewline: false,
  trimBlocks: true,
  chatTags: true,
  filters: new Set(),
};
const CHAT_RULES = { lenient: true, sandboxed: true, changeable: false };

const parsedTasks = new Map<string, Block>();
const parsedChats = new Map<string, Block>();
/** Columns that a template changed in a document, each with that template. */
const changed = new WeakMap<object, Map<string, string>>();

/** A template of a task's YAML. @throws PythonError where Python's Jinja2 would raise. */
export function renderTemplate(template: string, doc: ReadonlyMap<string, Value>): string {
  refuseChanged(template, doc);
  const block = parsed(parsedTasks, template, TASK_DIALECT);
  const changeable = CHANGES.test(template);
  let copy = doc;
  const variables = (): ReadonlyMap<string, Value> => {
    copy = changeable ? copyOf(doc) : doc;
    return copy;
  };
  const environment: Environment = {
    rules: { lenient: false, sandboxed: false, changeable },
    globals: new Map(),
    filters: TASK_FILTERS,
  };
  const text = evaluate(block, variables, environment);
  if (changeable) noteChanged(template, doc, copy);
  return text;
}

/**
 * lm-eval renders all fields of a document from one dict, so what one template changes the next one sees. Here each
 * has a copy: a template that reads what another one changed is refused.
 */
export function refuseChanged(template: string, doc: ReadonlyMap<string, Value>): void {
  for (const [column, by] of changed.get(doc) ?? []) {
    if (by !== template && names(template, column)) {
      throw new PythonError(
        'TypeError',
        `another template of this task changes the column '${column}' (append, pop and the like), which is not supported where two templates read it`,
      );
    }
  }
}

/** Whether the column's name stands in the template as a word. */
function names(template: string, column: string): boolean {
  return /^[\p{L}\p{N}_]+$/u.test(column)
    ? template.split(/[^\p{L}\p{N}_]+/u).includes(column)
    : template.includes(column);
}

function noteChanged(
  template: string,
  doc: ReadonlyMap<string, Value>,
  copy: ReadonlyMap<string, Value>,
): void {
  for (const [column, value] of doc) {
    const isSame = typeof value !== 'object' || equals(value, copy.get(column) ?? null);
    if (!isSame) changed.set(doc, (changed.get(doc) ?? new Map()).set(column, template));
  }
}

function copyOf(doc: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  const copy = (value: Value): Value => {
    if (typeof value !== 'object' || value === null) return value;
    if (isDict(value)) return new Map([...value].map(([key, item]) => [key, copy(item)]));
    if (isList(value)) return value.map(copy);
    return value instanceof PyTuple ? new PyTuple(value.items.map(copy)) : value;
  };
  return new Map([...doc].map(([column, value]) => [column, copy(value)]));
}

/** A tokenizer's chat template. @throws PythonError where Python's Jinja2 would raise. */
export function renderChat(
  template: string,
  variables: ReadonlyMap<string, Value>,
  environment: Omit<Environment, 'rules'>,
): string {
  const block = parsed(parsedChats, template, CHAT_DIALECT);
  return evaluate(block, () => variables, { ...environment, rules: CHAT_RULES });
}

function parsed(known: Map<string, Block>, template: string, dialect: Dialect): Block {
  const kept = known.get(template);
  if (kept !== undefined) return kept;
  const block = parseTemplate(template, dialect);
  known.set(template, block);
  return block;
}
