/** The examples at the end of a command's help. */

/** @param lines what is typed after `npx evalgraph`, and what it does; '' where that is plain. */
export function examples(...lines: readonly (readonly [command: string, does: string])[]): string {
  const typed = lines.map(([command]) => `npx evalgraph ${command}`);
  const width = Math.max(...typed.map((text) => text.length));
  const rows = lines.map(([, does], index) => `  ${(typed[index] ?? '').padEnd(width)}  ${does}`.trimEnd());
  return ['', 'Examples:', ...rows].join('\n');
}
