/** super_glue/copa/utils.py: the premise's full stop becomes a connector, the alternatives begin in lower case. */
import { type Dict, equals, PythonError, strip, type Value } from '@evalgraph/templates';
import { column, text } from './doc.ts';
import type { Port } from './port.ts';

const CONNECTORS = new Map([
  ['cause', 'because'],
  ['effect', 'therefore'],
]);

function continuation(doc: Dict, name: string): string {
  const [head, ...rest] = text(doc, name);
  if (head === undefined) throw new PythonError('IndexError', 'string index out of range');
  return ` ${head.toLowerCase()}${rest.join('')}`;
}

function docToText(doc: Dict): string {
  const question = text(doc, 'question');
  const connector = CONNECTORS.get(question);
  if (connector === undefined) throw new PythonError('KeyError', `'${question}'`);
  return `${[...strip(text(doc, 'premise'))].slice(0, -1).join('')} ${connector}`;
}

const port = (name: string, run: (doc: Dict) => Value): Port => ({
  role: 'field',
  name: `copa/utils.${name}`,
  version: 1,
  run,
});

export const copaPorts: readonly Port[] = [
  port('doc_to_text', docToText),
  port('doc_to_target', (doc) => continuation(doc, equals(column(doc, 'label'), 0) ? 'choice1' : 'choice2')),
  port('doc_to_choice', (doc) => [continuation(doc, 'choice1'), continuation(doc, 'choice2')]),
];
