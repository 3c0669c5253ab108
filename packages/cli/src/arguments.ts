/** Arguments of a command: names and flags; anything else is refused with the usage. */

import { parseArgs } from 'node:util';
import { UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';

export interface Arguments {
  readonly names: readonly string[];
  readonly flags: ReadonlySet<string>;
  /** Of flags that take a value: --cells 6. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * @param usage begins with the command's name.
 * @param known flags without a value
 * @param valued flags with one
 * @throws UserError at an unknown flag, or one whose value is missing.
 */
export function readArguments(
  args: readonly string[],
  usage: string,
  known: readonly string[],
  valued: readonly string[] = [],
): Arguments {
  const command = usage.split(' ')[0] ?? usage;
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries([
        ...known.map((flag) => [flag, { type: 'boolean' as const }]),
        ...valued.map((flag) => [flag, { type: 'string' as const }]),
      ]),
    });
    const given = Object.entries(values);
    return {
      names: positionals,
      flags: new Set(given.map(([flag]) => flag)),
      values: new Map(given.flatMap(([flag, value]) => (typeof value === 'string' ? [[flag, value]] : []))),
    };
  } catch (error) {
    const detail = error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error);
    throw new UserError(messages.badArguments(command, detail, `npx evalgraph ${usage}`));
  }
}
