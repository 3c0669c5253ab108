/** What a command of the command line is. */
export type Print = (line: string) => void;

/** @throws UserError at a user's mistake. */
export type Command = (root: string, args: readonly string[], print: Print) => Promise<void>;
