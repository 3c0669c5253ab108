/** The program: all commands under one roof, with one style of help and one form of complaint. */
import { Command, CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { suggest, UserError } from '@evalgraph/formats/text';
import type { Open, OpenOptions, Print } from './command.ts';
import { argumentsOf, calledCommand, described, pathOf, visibleNames } from './command-tree.ts';
import { commands } from './commands/index.ts';
import { messages, phrases } from './messages.ts';

const INTRODUCTION = `Evaluates checkpoint series and dense-versus-pruned pairs as an Nx graph.

  npx nx run-many -t report           everything: evaluate what is missing, compare, report
  npx nx run-many -t eval             every checkpoint x task that has no result yet
  npx nx run-many -t eval -c quick    a few checkpoints, few documents: minutes
  npx nx run-many -t eval --projects=tag:task:mmlu
                                      one task (also tag:model:…, tag:checkpoint:…, tag:pipeline:…)
  npx nx affected -t report           only what a change touches

Without a command a terminal shows a menu of what people do most.`;

const ENDING = `
A pipeline is pipelines/<name>/pipeline.yaml. Results lie in results/<name>/, the store in
.evalgraph/store (EVALGRAPH_STORE names another folder).
Exit code 0: done; 1: a message says what to do; 130, 143: interrupted, nothing that was computed is
lost.`;

/** Columns of a help text that goes into a file or a pipe. */
const WIDTH_OF_FILES = 100;

/**
 * @param find the workspace that a command works in
 * @param print what the help is printed with
 */
export function buildProgram(
  words: readonly string[],
  find: (options: OpenOptions) => Promise<{ readonly root: string; readonly print: Print }>,
  print: Print,
): CommandUnknownOpts {
  const program = new Command('npx evalgraph')
    .usage('<command> [options]')
    .description(INTRODUCTION)
    .helpOption('-h, --help', 'show this help')
    .commandsGroup('Help:')
    .helpCommand('help [command]', 'every command, or the help of one')
    .addHelpText('after', ENDING)
    .exitOverride()
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: (command) => `${command.name()} ${argumentsOf(command)}`.trimEnd(),
      optionDescription: described,
      argumentDescription: described,
    })
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      // Complaints are thrown, and printed by whoever catches them.
      writeErr: () => {},
      getOutHelpWidth: () => (process.stdout.isTTY ? process.stdout.columns : WIDTH_OF_FILES),
    });
  const open: Open = async (options = {}) => ({ ...(await find(options)), words });
  for (const [group, declarations] of commands) {
    for (const declare of declarations) declare(program, open).helpGroup(group);
  }
  return program;
}

/** Runs the command that the words name. @throws UserError at a word that is not understood. */
export async function runProgram(program: CommandUnknownOpts, words: readonly string[]): Promise<void> {
  const [name = ''] = words;
  const names = program.commands.map((command) => command.name());
  if (!name.startsWith('-') && ![...names, 'help'].includes(name)) {
    const known = visibleNames(program);
    throw new UserError(messages.unknownCommand(name, known, suggest(name, known)));
  }
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // The help was asked for, and it was shown.
    if (error.exitCode === 0) return;
    const command = calledCommand(program, words);
    const detail =
      error.code === 'commander.excessArguments'
        ? phrases.tooManyNames(command.registeredArguments.length, command.args)
        : error.message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)$/, "; did you mean '$1'?");
    const usage = `${pathOf(command)} ${command.usage()}`;
    throw new UserError(messages.badArguments(command.name(), detail, usage));
  }
}
