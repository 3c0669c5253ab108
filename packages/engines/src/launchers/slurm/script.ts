/** The script of a job. Pure. */

/** The program's exit code, written by the script itself: not every site keeps an accounting that could be asked. */
export const EXIT_FILE = 'exit-code';

/**
 * The environment is the submitting shell's (--export=ALL), so that no token of it is written to a file; `environment`
 * is what is added.
 */
export function jobScript(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  folder: string,
): string {
  const exit = quoted(`${folder}/${EXIT_FILE}`);
  const staged = quoted(`${folder}/${EXIT_FILE}.new`);
  return [
    '#!/bin/bash',
    // A job that was put back into the queue begins anew.
    `rm -f ${exit}`,
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`),
    command.map(quoted).join(' '),
    'code=$?',
    `echo "$code" > ${staged} && mv ${staged} ${exit}`,
    'exit "$code"',
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
