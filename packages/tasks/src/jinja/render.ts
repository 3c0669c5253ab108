/** Template and document in, text out: the one entrance to this folder. Parsed templates are kept. */
import type { Value } from '../python/value.ts';
import type { Block } from './ast.ts';
import { evaluate } from './evaluate.ts';
import { parseTemplate } from './parse.ts';

const parsed = new Map<string, Block>();

/** @throws PythonError where Python's Jinja2 would raise. */
export function renderTemplate(template: string, doc: ReadonlyMap<string, Value>): string {
  let block = parsed.get(template);
  if (block === undefined) {
    block = parseTemplate(template);
    parsed.set(template, block);
  }
  return evaluate(block, doc);
}
