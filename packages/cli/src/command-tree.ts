/** Looks into the program: which command words name, what it is typed with, and what is said of its options. */
import type { Argument, CommandUnknownOpts, Option } from '@commander-js/extra-typings';

/** The command that the words name, as deep as they do: `tasks show x` names `show` of `tasks`. */
export function calledCommand(program: CommandUnknownOpts, words: readonly string[]): CommandUnknownOpts {
  const [name, ...rest] = words;
  const found = program.commands.find((command) => command.name() === name);
  return found === undefined ? program : calledCommand(found, rest);
}

/** Commands that the help lists. */
export function visibleNames(program: CommandUnknownOpts): readonly string[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((command) => command.name());
}

/** `npx evalgraph tasks show`, as the user types it. */
export function pathOf(command: CommandUnknownOpts): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** `[pipeline]`: what a command is typed with, but for its options. */
export function argumentsOf(command: CommandUnknownOpts): string {
  return command.usage().replace(/^\[options\] ?/, '');
}

/** The description of an option or an argument, with its legal values and its default where it has them. */
export function described({
  description,
  argChoices,
  defaultValue,
  defaultValueDescription,
}: Pick<
  Option & Argument,
  'description' | 'argChoices' | 'defaultValue' | 'defaultValueDescription'
>): string {
  const preset: unknown = defaultValueDescription ?? defaultValue;
  const isPreset = typeof preset === 'number' || (typeof preset === 'string' && preset !== '');
  const notes = [
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]),
    ...(isPreset ? [`default: ${preset}`] : []),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
}
