/** hellaswag/utils.py: WikiHow's marks are cleaned away, query and choices become columns. */
import { capitalize, compileRegex, type Dict, PythonError, strip, type Value } from '@evalgraph/templates';
import { column, text, texts } from './doc.ts';
import type { Port } from './port.ts';

function preprocess(source: string): string {
  const titled = strip(source).replaceAll(' [title]', '. ');
  return compileRegex('\\[.*?\\]').sub('', titled).replaceAll('  ', ' ');
}

function toInt(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^\s*[-+]?\d+\s*$/.test(value)) return Number(value);
  throw new PythonError('ValueError', `invalid literal for int(): ${String(value)}`);
}

function processDoc(doc: Dict): Dict {
  const context = `${text(doc, 'ctx_a')} ${capitalize(text(doc, 'ctx_b'))}`;
  return new Map([
    ...doc,
    ['query', preprocess(`${text(doc, 'activity_label')}: ${context}`)],
    ['choices', texts(doc, 'endings').map(preprocess)],
    ['gold', toInt(column(doc, 'label'))],
  ]);
}

export const hellaswagPorts: readonly Port[] = [
  {
    role: 'process_docs',
    name: 'hellaswag/utils.process_docs',
    version: 1,
    run: (rows) => rows.map(processDoc),
  },
];
