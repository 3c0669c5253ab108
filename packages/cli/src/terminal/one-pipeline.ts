/** Which pipeline a command is about: the one that is named, or the only one there is. */

import { suggest, UserError } from '@evalgraph/formats';
import { shellWord } from '@evalgraph/report/terminal';
import { runnerMessages } from '@evalgraph/runner';
import { messages as cliMessages } from '../messages.ts';
import { messages } from './messages.ts';

/**
 * @param given names of pipelines that were typed
 * @param typed every word that was typed after the command: the remedy repeats it
 * @throws UserError where there is none, none of that name, or several and none is named.
 */
export function onePipeline(
  known: readonly string[],
  given: readonly string[],
  usage: string,
  typed: readonly string[],
): string {
  const [name, ...rest] = given;
  const command = usage.split(' ')[0] ?? usage;
  if (rest.length > 0) {
    throw new UserError(
      cliMessages.badArguments(command, `one pipeline at a time`, `npx evalgraph ${usage}`),
    );
  }
  if (name !== undefined) {
    if (known.includes(name)) return name;
    throw new UserError(runnerMessages.unknownPipeline(name, known, suggest(name, known)));
  }
  const [first, second] = known;
  if (first === undefined) throw new UserError(messages.noPipeline());
  if (second !== undefined) {
    throw new UserError(
      messages.severalPipelines(
        known,
        `npx evalgraph ${[command, ...typed.map(shellWord), first].join(' ')}`,
      ),
    );
  }
  return first;
}
