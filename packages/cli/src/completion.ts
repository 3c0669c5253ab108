/** What Tab offers: the words that may follow those that were typed, found in the commands' own declarations. */
import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { calledCommand, visibleNames } from './command-tree.ts';

export interface Completions {
  readonly words: readonly string[];
  /** What may stand there besides. */
  readonly more: 'files' | 'pipelines' | null;
}

/** @param words what stands before the cursor, after `evalgraph`; the last one is unfinished, or empty. */
export function completionsOf(program: CommandUnknownOpts, words: readonly string[]): Completions {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = calledCommand(program, before);
  const offer = (offered: readonly string[], more: Completions['more'] = null): Completions => ({
    words: offered.filter((word) => word.startsWith(last)),
    more,
  });
  const offerValues = (name: string, choices: readonly string[] | undefined): Completions =>
    /^pipelines?$/.test(name)
      ? offer([], 'pipelines')
      : choices === undefined
        ? offer([], 'files')
        : offer(choices);
  const awaiting = optionsOf(command).find(({ long, required }) => required && long === before.at(-1));
  if (awaiting !== undefined) return offerValues(awaiting.name(), awaiting.argChoices);
  if (last.startsWith('-')) return offer([...optionsOf(command).map(({ long }) => long ?? ''), '--help']);
  const argument = command.registeredArguments[placeOf(command, before)] ?? variadicOf(command);
  if (argument !== undefined) return offerValues(argument.name(), argument.argChoices);
  return offer(command.commands.length > 0 ? visibleNames(command) : []);
}

/** How many arguments of the command stand before the cursor. */
function placeOf(command: CommandUnknownOpts, before: readonly string[]): number {
  const takesValue = (word: string | undefined): boolean =>
    optionsOf(command).some(({ long, required }) => required && long === word);
  const names = before.filter((word, index) => !word.startsWith('-') && !takesValue(before[index - 1]));
  return names.length - depthOf(command);
}

function depthOf({ parent }: CommandUnknownOpts): number {
  return parent === null ? 0 : 1 + depthOf(parent);
}

function variadicOf(
  command: CommandUnknownOpts,
): CommandUnknownOpts['registeredArguments'][number] | undefined {
  return command.registeredArguments.find(({ variadic }) => variadic);
}

/** A command's own options, and those of the commands that it belongs to. */
function optionsOf(command: CommandUnknownOpts): readonly Option[] {
  return [...command.options, ...(command.parent === null ? [] : optionsOf(command.parent))];
}
