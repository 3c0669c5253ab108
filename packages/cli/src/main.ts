/** The command line: one command, its arguments, an exit code. 0 done, 1 the user's mistake or a failure. */

import { suggest, UserError } from '@evalgraph/formats';
import { findRoot } from '@evalgraph/spec';
import { handleSignals, writeError, writeOut } from '@evalgraph/system';
import type { Command, Print } from './command.ts';
import { compareCommand } from './commands/compare.ts';
import { diffCommand } from './commands/diff.ts';
import { doctorCommand } from './commands/doctor.ts';
import { exportCommand } from './commands/export.ts';
import { followCommand } from './commands/follow.ts';
import { importCommand } from './commands/import.ts';
import { initCommand } from './commands/init.ts';
import { lockCommand } from './commands/lock.ts';
import { menuCommand } from './commands/menu.ts';
import { planCommand } from './commands/plan.ts';
import { pplCommand } from './commands/ppl.ts';
import { questionsCommand } from './commands/questions.ts';
import { reportCommand } from './commands/report.ts';
import { serveCommand } from './commands/serve.ts';
import { showCommand } from './commands/show.ts';
import { tasksCommand } from './commands/tasks.ts';
import { verifyCommand } from './commands/verify.ts';
import { watchCommand } from './commands/watch.ts';
import { whyCommand } from './commands/why.ts';
import { commandHelp, HELP } from './help.ts';
import { messages } from './messages.ts';

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['doctor', doctorCommand],
  ['export', exportCommand],
  ['import', importCommand],
  ['init', initCommand],
  ['lock', lockCommand],
  ['plan', planCommand],
  ['tasks', tasksCommand],
  ['verify', verifyCommand],
  ['why', whyCommand],
  ['serve', serveCommand],
  ['show', showCommand],
  ['questions', questionsCommand],
  ['watch', watchCommand],
  ['follow', followCommand],
  ['diff', diffCommand],
  ['report', reportCommand],
  ['menu', menuCommand],
  ['ppl', pplCommand],
  ['compare', compareCommand],
]);

/** The server ends by its own rules, the menu outlives what it starts, and who watches has nothing to lose. */
const OWN_SIGNALS: ReadonlySet<string> = new Set(['serve', 'menu', 'watch']);

function onOutputError(error: NodeJS.ErrnoException): void {
  // Its terminal was closed: the work goes on without a reader.
  if (error.code === 'EIO') return;
  if (error.code !== 'EPIPE') throw error;
  // `evalgraph tasks | head` closes the pipe: nobody reads on, so there is nothing more to do.
  process.exit(0);
}

export async function main(argv: readonly string[]): Promise<number> {
  const print: Print = (line) => writeOut(`${line}\n`);
  process.stdout.off('error', onOutputError).on('error', onOutputError);
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const [name = isTerminal ? 'menu' : 'help', ...args] = argv;
  if (name === 'help' || name === '--help' || name === '-h') {
    const [about] = args;
    print(about === undefined ? HELP : commandHelp(about));
    return 0;
  }
  if (COMMANDS.has(name) && args.some((arg) => arg === '--help' || arg === '-h')) {
    print(commandHelp(name));
    return 0;
  }
  try {
    const command = COMMANDS.get(name);
    if (command === undefined) {
      const known = [...COMMANDS.keys(), 'help'];
      throw new UserError(messages.unknownCommand(name, known, suggest(name, known)));
    }
    if (!OWN_SIGNALS.has(name)) handleSignals();
    await command(findRoot(process.cwd()), args, print);
    return 0;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    writeError(`${error.message}\n`);
    return 1;
  }
}
