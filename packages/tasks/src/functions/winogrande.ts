/** winogrande/preprocess_winogrande.py: the option is put into the context, what follows it is scored. */
import { type Dict, PythonError, strip } from '@evalgraph/templates';
import { text } from './doc.ts';
import type { Port } from './port.ts';

function blankAt(doc: Dict): number {
  const at = text(doc, 'sentence').indexOf('_');
  if (at === -1) throw new PythonError('ValueError', "substring '_' not found in sentence");
  return at;
}

function goldOf(doc: Dict): number {
  const answer = text(doc, 'answer');
  if (answer !== '1' && answer !== '2') throw new PythonError('KeyError', `'${answer}'`);
  return Number(answer) - 1;
}

const port = (name: string, run: (doc: Dict) => string | number | readonly string[]): Port => ({
  role: 'field',
  name: `winogrande/preprocess_winogrande.${name}`,
  version: 1,
  run,
});

export const winograndePorts: readonly Port[] = [
  port('doc_to_text', goldOf),
  port('doc_to_target', (doc) => strip(text(doc, 'sentence').slice(blankAt(doc) + 1))),
  port('doc_to_choice', (doc) => {
    const head = text(doc, 'sentence').slice(0, blankAt(doc));
    return [head + text(doc, 'option1'), head + text(doc, 'option2')];
  }),
];
