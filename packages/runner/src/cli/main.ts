/** The command line: one command, its arguments, an exit code. 0 done, 1 the user's mistake or a failure. */
import { suggest, UserError } from '@evalgraph/formats';
import { findRoot } from '../layout.ts';
import { messages } from '../messages.ts';
import { lockCommand } from './commands/lock.ts';
import { planCommand } from './commands/plan.ts';
import { whyCommand } from './commands/why.ts';
import { HELP } from './help.ts';

export type Print = (line: string) => void;
/** @throws UserError at a user's mistake. */
export type Command = (root: string, args: readonly string[], print: Print) => Promise<void>;

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['lock', lockCommand],
  ['plan', planCommand],
  ['why', whyCommand],
]);

export async function main(argv: readonly string[]): Promise<number> {
  const print: Print = (line) => process.stdout.write(`${line}\n`);
  const [name = 'help', ...args] = argv;
  if (name === 'help' || name === '--help' || name === '-h' || args.includes('--help')) {
    print(HELP);
    return 0;
  }
  try {
    const command = COMMANDS.get(name);
    if (command === undefined) {
      const known = [...COMMANDS.keys(), 'help'];
      throw new UserError(messages.unknownCommand(name, known, suggest(name, known)));
    }
    await command(findRoot(process.cwd()), args, print);
    return 0;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
