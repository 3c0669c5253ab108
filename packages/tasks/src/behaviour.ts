/** What a task does with a document, whether its YAML says so or a ported class. */
import { type Dict, PythonError, type Value } from '@evalgraph/templates';
import { portOf } from './functions/registry.ts';
import { docToChoice, docToTarget, docToText, type FieldContext } from './prompt/fields.ts';
import type { FieldSpec, TaskConfig } from './task.ts';

export interface Behaviour {
  readonly text: (doc: Dict) => Value;
  readonly target: (doc: Dict) => Value;
  /** null where the task has no choices. */
  readonly choices: ((doc: Dict) => readonly string[]) | null;
  readonly shotText: (doc: Dict) => Value;
  readonly shotTarget: (doc: Dict) => Value;
  readonly shotChoices: ((doc: Dict) => readonly string[]) | null;
}

export function behaviourOf(config: TaskConfig, columns: ReadonlySet<string>): Behaviour {
  if (config.class !== null) {
    const { text, target } = portOf(config.class, 'class').task;
    return { text, target, choices: null, shotText: text, shotTarget: target, shotChoices: null };
  }
  const context: FieldContext = { columns, hasChoices: config.docToChoice !== null };
  const text = (spec: FieldSpec | null) => (doc: Dict) =>
    docToText(needed(spec, 'doc_to_text'), doc, context);
  const target = (spec: FieldSpec | null) => (doc: Dict) =>
    docToTarget(needed(spec, 'doc_to_target'), doc, context);
  const choices = (spec: FieldSpec | null) =>
    spec === null ? null : (doc: Dict) => docToChoice(spec, doc, context);
  return {
    text: text(config.docToText),
    target: target(config.docToTarget),
    choices: choices(config.docToChoice),
    shotText: text(config.fewshot.docToText),
    shotTarget: target(config.fewshot.docToTarget),
    shotChoices: choices(config.fewshot.docToChoice),
  };
}

function needed(spec: FieldSpec | null, key: string): FieldSpec {
  if (spec === null) throw new PythonError('TypeError', `the task has no ${key}`);
  return spec;
}
