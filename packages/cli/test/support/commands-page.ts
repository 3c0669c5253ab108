/** docs/commands.md, made of the commands' declarations. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { described, pathOf } from '../../src/command-tree.ts';

const HEAD = `# Commands

Every command, with its arguments and options. This page is made of the same declarations as \`npx evalgraph help\`, and a
test compares them: \`npx vitest run packages/cli/test/help.test.ts -u\` writes it anew.
`;

export function commandsPage(program: CommandUnknownOpts): string {
  return [HEAD, ...visible(program).flatMap(sections)].join('\n');
}

function visible(command: CommandUnknownOpts): readonly CommandUnknownOpts[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
}

function sections(command: CommandUnknownOpts): readonly string[] {
  const help = command.createHelp();
  const rows = [
    ...help.visibleArguments(command).map((argument) => [argument.name(), described(argument)]),
    ...help
      .visibleOptions(command)
      .filter(({ long }) => long !== '--help')
      .map((option) => [option.flags, described(option)]),
  ];
  const table = rows.map(
    ([term = '', text = '']) => `| \`${term.replaceAll('|', '\\|')}\` | ${text.replaceAll('|', '\\|')} |`,
  );
  const usage = command
    .usage()
    .replace(rows.length === 0 ? '[options]' : '', '')
    .trim();
  const own = [
    `## ${pathOf(command).replace('npx evalgraph ', '')}`,
    '',
    `\`${pathOf(command)} ${usage}\`. ${command.description()}`,
    '',
    ...(table.length === 0 ? [] : ['| argument or option | meaning |', '|---|---|', ...table, '']),
  ];
  return [...own, ...visible(command).flatMap(sections)];
}
