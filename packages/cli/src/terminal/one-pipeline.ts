/** Which pipeline a command is about: the one that is named, or the only one there is. */

import { suggest, UserError } from '@evalgraph/formats';
import { shellWord } from '@evalgraph/report/terminal';
import { runnerMessages } from '@evalgraph/runner';
import { messages } from './messages.ts';

/**
 * @param name what was typed; null: nothing
 * @param words every word that was typed: the remedy repeats them
 * @throws UserError where there is none, none of that name, or several and none is named.
 */
export function onePipeline(known: readonly string[], name: string | null, words: readonly string[]): string {
  if (name !== null) {
    if (known.includes(name)) return name;
    throw new UserError(runnerMessages.unknownPipeline(name, known, suggest(name, known)));
  }
  const [first, second] = known;
  if (first === undefined) throw new UserError(messages.unknownPipeline());
  if (second !== undefined) {
    const example = ['npx', 'evalgraph', ...words, first].map(shellWord).join(' ');
    throw new UserError(messages.severalPipelines(known, example));
  }
  return first;
}
