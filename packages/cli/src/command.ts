/** What a command of the command line is: its declaration says what it takes; its work is loaded when it is called. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';

export type Print = (line: string) => void;

/** What the work of a command gets besides its arguments. */
export interface Cli {
  /** The workspace's folder, absolute. */
  readonly root: string;
  readonly print: Print;
}

/** What the work of a command gets that repeats what was typed in a message. */
export interface Call extends Cli {
  /** Every word that was typed after `npx evalgraph`. */
  readonly words: readonly string[];
}

export interface OpenOptions {
  /** The command decides itself what Ctrl-C and SIGTERM do. */
  readonly ownSignals?: boolean;
}

/** Finds the workspace, and says what signals do. @throws UserError outside of a workspace. */
export type Open = (options?: OpenOptions) => Promise<Call>;

/** Adds a command to the program. It runs each time that the program starts, so it must import nothing that is slow. */
export type Declare = (program: CommandUnknownOpts, open: Open) => CommandUnknownOpts;
