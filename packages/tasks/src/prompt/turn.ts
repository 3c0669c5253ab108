/** One question, with or without its answer, as the messages that lm-eval makes of it. */
import { isIntLike, isList, PythonError, typeName, type Value } from '@evalgraph/templates';
import { joined, type Message, needsDelimiter } from './message.ts';

export interface Turn {
  readonly question: Value;
  /** null or '': no answer follows. */
  readonly answer: Value;
  readonly choices: readonly string[] | null;
  readonly genPrefix: string;
  readonly targetDelimiter: string;
  /** What stands after the answer. */
  readonly fewshotDelimiter: string;
}

export function turnMessages(turn: Turn): readonly Message[] {
  const { question, answer, choices, genPrefix, targetDelimiter } = turn;
  if (typeof question !== 'string') {
    throw new PythonError('AssertionError', `the question is no text but ${typeName(question)}`);
  }
  const hasAnswer = answer !== null && answer !== '';
  const delimited = genPrefix === '' ? hasAnswer : needsDelimiter(question, genPrefix);
  const asked: Message = { role: 'user', content: question, delimiter: delimited ? targetDelimiter : '' };
  if (hasAnswer) {
    const content = joined(genPrefix, answerText(answer, choices), ' ');
    return [asked, { role: 'assistant', content, delimiter: turn.fewshotDelimiter }];
  }
  return genPrefix === '' ? [asked] : [asked, { role: 'assistant', content: genPrefix, delimiter: '' }];
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
