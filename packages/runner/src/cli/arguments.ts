/** Arguments of a command: names and flags; anything else is refused with the usage. */
import { parseArgs } from 'node:util';
import { UserError } from '@evalgraph/formats';
import { messages } from '../messages.ts';

export interface Arguments {
  readonly names: readonly string[];
  readonly flags: ReadonlySet<string>;
}

/** @param usage begins with the command's name. @throws UserError at an unknown flag. */
export function readArguments(args: readonly string[], usage: string, known: readonly string[]): Arguments {
  const command = usage.split(' ')[0] ?? usage;
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(known.map((flag) => [flag, { type: 'boolean' as const }])),
    });
    return { names: positionals, flags: new Set(Object.keys(values)) };
  } catch (error) {
    const detail = error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error);
    throw new UserError(messages.badArguments(command, detail, `npx evalgraph ${usage}`));
  }
}
