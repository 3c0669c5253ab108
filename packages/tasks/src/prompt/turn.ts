/** One question, with or without its answer, as the text that lm-eval makes of it. */
import { isSpace } from '../python/text.ts';
import { isIntLike, isList, PythonError, typeName, type Value } from '../python/value.ts';

export interface Turn {
  readonly question: Value;
  /** null or '': no answer follows. */
  readonly answer: Value;
  readonly choices: readonly string[] | null;
  readonly genPrefix: string;
  readonly targetDelimiter: string;
  /** After the answer. */
  readonly fewshotDelimiter: string;
}

export function turnText(turn: Turn): string {
  const { question, answer, choices, genPrefix, targetDelimiter } = turn;
  if (typeof question !== 'string') {
    throw new PythonError('AssertionError', `the question is no text but ${typeName(question)}`);
  }
  const hasAnswer = answer !== null && answer !== '';
  if (!hasAnswer) {
    return (
      question + (genPrefix !== '' && needsDelimiter(question, genPrefix) ? targetDelimiter : '') + genPrefix
    );
  }
  const delimiter = genPrefix === '' || needsDelimiter(question, genPrefix) ? targetDelimiter : '';
  return question + delimiter + joined(genPrefix, answerText(answer, choices)) + turn.fewshotDelimiter;
}

function answerText(answer: Value, choices: readonly string[] | null): string {
  const text =
    choices !== null && choices.length > 0 && isIntLike(answer)
      ? choices.at(Number(answer))
      : isList(answer)
        ? answer[0]
        : answer;
  if (typeof text === 'string') return text;
  const what =
    text === undefined || text === null ? 'missing (an index outside of the choices)' : typeName(text);
  throw new PythonError('AssertionError', `the answer is no text but ${what}`);
}

/** Between two texts of which neither has white space at the seam. */
export function needsDelimiter(before: string, after: string): boolean {
  return before !== '' && !(isSpace(before.at(-1)) || isSpace(after[0]));
}

/** Prefix and text with a single space between them where the seam has no white space. */
export function joined(prefix: string, text: string): string {
  if (prefix === '' || text === '') return prefix + text;
  return isSpace(prefix.at(-1)) || isSpace(text[0]) ? prefix + text : `${prefix} ${text}`;
}
