/** wikitext/preprocess_wikitext.py: undoes the corpus's tokenization; words and bytes are the original page's. */

import { countBytes, countWords } from '@evalgraph/metrics';
import { compileRegex, type Dict, PyTuple, type Value } from '@evalgraph/templates';
import { text } from './doc.ts';
import type { Port } from './port.ts';

/** The order matters: a later step sees what an earlier one wrote. [pattern, replacement, is a regex]. */
const STEPS: readonly (readonly [string, string, 'text' | 'regex'])[] = [
  ["s '", "s'", 'text'],
  ["/' [0-9]/", "/'[0-9]/", 'regex'],
  [' @-@ ', '-', 'text'],
  [' @,@ ', ',', 'text'],
  [' @.@ ', '.', 'text'],
  [' : ', ': ', 'text'],
  [' ; ', '; ', 'text'],
  [' . ', '. ', 'text'],
  [' ! ', '! ', 'text'],
  [' ? ', '? ', 'text'],
  [' , ', ', ', 'text'],
  ['\\(\\s*([^\\)]*?)\\s*\\)', '(\\1)', 'regex'],
  ['\\[\\s*([^\\]]*?)\\s*\\]', '[\\1]', 'regex'],
  ['{\\s*([^}]*?)\\s*}', '{\\1}', 'regex'],
  ['"\\s*([^"]*?)\\s*"', '"\\1"', 'regex'],
  ["'\\s*([^']*?)\\s*'", "'\\1'", 'regex'],
  ['= = = =', '====', 'text'],
  ['= = =', '===', 'text'],
  ['= =', '==', 'text'],
  [' \u00b0 ', '\u00b0', 'text'],
  [' \n', '\n', 'text'],
  ['\n ', '\n', 'text'],
  [' N ', ' 1 ', 'text'],
  [" 's", "'s", 'text'],
];

/** A page of WikiText as lm-eval's `wikitext` scores it. */
export function detokenize(page: string): string {
  return STEPS.reduce(
    (at, [pattern, by, kind]) =>
      kind === 'text' ? at.replaceAll(pattern, () => by) : compileRegex(pattern).sub(by, at),
    page,
  );
}

function processResults(doc: Dict, results: readonly Value[]): ReadonlyMap<string, Value> {
  const page = text(doc, 'page');
  const logLikelihood = results[0] ?? null;
  const bytes = countBytes(page);
  return new Map<string, Value>([
    ['word_perplexity', new PyTuple([logLikelihood, countWords(page)])],
    ['byte_perplexity', new PyTuple([logLikelihood, bytes])],
    ['bits_per_byte', new PyTuple([logLikelihood, bytes])],
  ]);
}

export const wikitextPorts: readonly Port[] = [
  {
    role: 'field',
    name: 'wikitext/preprocess_wikitext.wikitext_detokenizer',
    version: 1,
    run: (doc) => detokenize(text(doc, 'page')),
  },
  {
    role: 'process_results',
    name: 'wikitext/preprocess_wikitext.process_results',
    version: 1,
    run: processResults,
  },
];
