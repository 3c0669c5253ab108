/**
 * race/preprocess_race.py: an article with several problems (a column that holds a Python literal); all but the last
 * stand in the prompt with their answers, the last is asked.
 */
import {
  type Dict,
  isDict,
  isList,
  literalEval,
  PythonError,
  typeName,
  type Value,
} from '@evalgraph/templates';
import { text, texts } from './doc.ts';
import type { Port } from './port.ts';

const LETTERS = ['A', 'B', 'C', 'D'];
/** A question that is a sentence with its end missing: the answer takes the blank's place. */
const BLANK_AT_END = '  _  .';

interface Problem {
  readonly question: string;
  readonly options: readonly string[];
  readonly answer: number;
}

function problemOf(value: Value): Problem {
  if (!isDict(value)) throw new PythonError('TypeError', `a problem must be a dict, not ${typeName(value)}`);
  const letter = text(value, 'answer');
  const answer = LETTERS.indexOf(letter);
  if (answer === -1) throw new PythonError('KeyError', `'${letter}'`);
  return { question: text(value, 'question'), options: texts(value, 'options'), answer };
}

function problemsOf(doc: Dict): { earlier: readonly Problem[]; last: Problem } {
  const values = literalEval(text(doc, 'problems'));
  const problems = isList(values) ? values.map(problemOf) : [];
  const last = problems.at(-1);
  if (last === undefined) throw new PythonError('IndexError', 'there is no problem');
  return { earlier: problems.slice(0, -1), last };
}

function option({ options }: Problem, index: number): string {
  const found = options[index];
  if (found === undefined) throw new PythonError('IndexError', 'list index out of range');
  return found;
}

function answered(problem: Problem): string {
  const { question } = problem;
  const answer = option(problem, problem.answer);
  if (question.endsWith(BLANK_AT_END)) return `${question.slice(0, 1 - BLANK_AT_END.length)}${answer}\n`;
  return `Question: ${question}\nAnswer: ${answer}\n`;
}

const port = (name: string, run: (doc: Dict) => Value): Port => ({
  role: 'field',
  name: `race/preprocess_race.${name}`,
  version: 1,
  run,
});

export const racePorts: readonly Port[] = [
  port('doc_to_text', (doc) => {
    const { earlier, last } = problemsOf(doc);
    return `Article: ${text(doc, 'article')}\n\n${earlier.map(answered).join('')}${last.question}`;
  }),
  port('doc_to_target', (doc) => problemsOf(doc).last.answer),
  port('doc_to_choice', (doc) => {
    const { last } = problemsOf(doc);
    return LETTERS.map((_, index) => option(last, index));
  }),
];
