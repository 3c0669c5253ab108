/** Commands as they are typed, in this process and in any workspace. */
import type { Print } from '../../../cli/src/command.ts';
import { buildProgram, runProgram } from '../../../cli/src/program.ts';

type RunCommand = (root: string, args: readonly string[], print: Print) => Promise<void>;

/** @throws UserError as the command line would print it. */
function commandOf(name: string): RunCommand {
  return async (root, args, print) => {
    const words = [name, ...args];
    await runProgram(
      buildProgram(words, async () => ({ root, print }), print),
      words,
    );
  };
}

export const compareCommand: RunCommand = commandOf('compare');
export const doctorCommand: RunCommand = commandOf('doctor');
export const exportCommand: RunCommand = commandOf('export');
export const followCommand: RunCommand = commandOf('follow');
export const importCommand: RunCommand = commandOf('import');
export const initCommand: RunCommand = commandOf('init');
export const lockCommand: RunCommand = commandOf('lock');
export const planCommand: RunCommand = commandOf('plan');
export const pplCommand: RunCommand = commandOf('ppl');
export const questionsCommand: RunCommand = commandOf('questions');
export const reportCommand: RunCommand = commandOf('report');
export const showCommand: RunCommand = commandOf('show');
export const tasksCommand: RunCommand = commandOf('tasks');
export const verifyCommand: RunCommand = commandOf('verify');
export const watchCommand: RunCommand = commandOf('watch');
export const whyCommand: RunCommand = commandOf('why');
