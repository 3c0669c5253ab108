/** The command line: words that were typed -> an exit code. 0: done; 1: the user's mistake, or a failure. */
import { UserError } from '@evalgraph/formats/text';
import { writeError, writeOut } from '@evalgraph/system/terminal';
import type { OpenOptions, Print } from './command.ts';
import { buildProgram, runProgram } from './program.ts';

function onOutputError(error: NodeJS.ErrnoException): void {
  // Its terminal was closed: the work goes on without a reader.
  if (error.code === 'EIO') return;
  if (error.code !== 'EPIPE') throw error;
  // `evalgraph tasks | head` closes the pipe: nobody reads on, so there is nothing more to do.
  process.exit(0);
}

export async function main(argv: readonly string[]): Promise<number> {
  process.stdout.off('error', onOutputError).on('error', onOutputError);
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const words = argv.length > 0 ? argv : [isTerminal ? 'menu' : 'help'];
  try {
    await runProgram(buildProgram(words, findWorkspace, print), words);
    return 0;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    writeError(`${error.message}\n`);
    return 1;
  }
}

const print: Print = (line) => writeOut(`${line}\n`);

/** Whatever only a command needs is loaded here, so that the help costs nothing. */
async function findWorkspace({ ownSignals = false }: OpenOptions): Promise<{ root: string; print: Print }> {
  const [{ findRoot }, { handleSignals }] = await Promise.all([
    import('@evalgraph/spec/layout'),
    import('@evalgraph/system'),
  ]);
  if (!ownSignals) handleSignals();
  return { root: findRoot(process.cwd()), print };
}
