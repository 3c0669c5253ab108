/**
 * doc_to_text, doc_to_target, doc_to_choice and their kin on one document: a column, a template, a constant or a
 * ported function, with lm-eval's reading of digits and of lists in what a template rendered.
 */
import {
  type Dict,
  isDigit,
  isList,
  literalEval,
  PyTuple,
  PythonError,
  refuseChanged,
  renderTemplate,
  typeName,
  type Value,
} from '@evalgraph/templates';
import { portOf } from '../functions/registry.ts';
import type { FieldSpec } from '../task.ts';

export interface FieldContext {
  /** The evaluated documents' columns: a template that is one of them means the column. */
  readonly columns: ReadonlySet<string>;
  /** Whether the task has doc_to_choice: then rendered digits are an index. */
  readonly hasChoices: boolean;
}

/** A question's text, or the index of the right one where each choice has a question of its own. */
export function docToText(spec: FieldSpec, doc: Dict, context: FieldContext): Value {
  const rendered = basic(spec, doc, context);
  return rendered.isTemplate ? digitsAsInt(rendered.value, context) : rendered.value;
}

export function docToTarget(spec: FieldSpec, doc: Dict, context: FieldContext): Value {
  const rendered = basic(spec, doc, context);
  if (!rendered.isTemplate) return rendered.value;
  const { value } = rendered;
  if (typeof value !== 'string' || (isDigit(value) && context.hasChoices)) return digitsAsInt(value, context);
  if (value.length < 2 || !value.startsWith('[') || !value.endsWith(']')) return value;
  try {
    return literalEval(value);
  } catch (error) {
    if (error instanceof PythonError) return value;
    throw error;
  }
}

export function docToChoice(spec: FieldSpec, doc: Dict, context: FieldContext): readonly string[] {
  const rendered = basic(spec, doc, context);
  const value =
    rendered.isTemplate && typeof rendered.value === 'string' ? literalEval(rendered.value) : rendered.value;
  const items = value instanceof PyTuple ? value.items : value;
  if (!isList(items))
    throw new PythonError('TypeError', `the choices must be a list, not ${typeName(value)}`);
  if (items.length === 0) throw new PythonError('ValueError', 'there are no choices');
  return items.map((item) => {
    if (typeof item === 'string') return item;
    throw new PythonError('TypeError', `a choice must be a text, not ${typeName(item)}`);
  });
}

/** description, gen_prefix: a key of the document or a template; '' where there is none. */
export function docToPrefix(template: string | null, doc: Dict): string {
  if (template === null || template === '') return '';
  const value = doc.get(template);
  if (value === undefined) return renderTemplate(template, textKeys(doc));
  if (typeof value === 'string') return value;
  throw new PythonError('TypeError', `the column '${template}' must be a text, not ${typeName(value)}`);
}

function basic(spec: FieldSpec, doc: Dict, context: FieldContext): { value: Value; isTemplate: boolean } {
  switch (spec.kind) {
    case 'int':
      return { value: spec.value, isTemplate: false };
    case 'list':
      return { value: spec.items, isTemplate: false };
    case 'function':
      return { value: portOf(spec.function, 'field').run(doc), isTemplate: false };
    case 'template': {
      if (!context.columns.has(spec.template)) {
        return { value: renderTemplate(spec.template, textKeys(doc)), isTemplate: true };
      }
      refuseChanged(spec.template, textKeys(doc));
      const value = doc.get(spec.template);
      if (value === undefined) throw new PythonError('KeyError', `'${spec.template}'`);
      return { value, isTemplate: false };
    }
  }
}

function digitsAsInt(value: Value, context: FieldContext): Value {
  return typeof value === 'string' && isDigit(value) && context.hasChoices ? literalEval(value) : value;
}

function textKeys(doc: Dict): ReadonlyMap<string, Value> {
  return doc as ReadonlyMap<string, Value>;
}
