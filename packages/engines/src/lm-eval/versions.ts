/**
 * Versions of lm-eval and of what computes under it, asked of the Python that runs the program: importing torch
 * only to be told its version would take seconds, its package's metadata takes none.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '@evalgraph/formats';
import type { LmEvalUse } from '@evalgraph/spec';
import { type EngineVersions, lockedPackages } from './identity.ts';
import { messages } from './messages.ts';

const PROBE = `
import json, sys
from importlib import metadata
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
`;

/** Bytes of a script's first line that name its interpreter; pip's long form takes two lines. */
const SHEBANG_BYTES = 1024;

/** @param root what a relative program is relative to. @throws UserError: no program, no Python, no lm_eval. */
export async function askVersions(use: LmEvalUse, root: string): Promise<EngineVersions> {
  const python = await pythonOf(use.command, root);
  const shown = use.command.join(' ');
  const options = { cwd: root, quiet: true, nothrow: true } as const;
  const { $ } = await import('zx');
  const output = await $(options)`${python} -c ${PROBE} ${lockedPackages(use)}`;
  if (output.exitCode === 127) throw new UserError(messages.lmEvalNotFound(python[0] ?? shown));
  if (output.exitCode !== 0) throw new UserError(messages.lmEvalNoVersions(shown, lastLine(output.stderr)));
  const versions = parseVersions(output.stdout);
  if (versions === null) throw new UserError(messages.lmEvalNoVersions(shown, lastLine(output.stdout)));
  if (versions['lm_eval'] === undefined) throw new UserError(messages.lmEvalNotInstalled(python.join(' ')));
  return versions;
}

/** The program with a path where one was looked up. @throws UserError where it is not found. */
export async function findProgram(command: readonly string[], root: string): Promise<string> {
  const [program = ''] = command;
  if (program.includes('/')) {
    if (existsSync(resolve(root, program))) return resolve(root, program);
    throw new UserError(messages.lmEvalNotFound(program));
  }
  const { which } = await import('zx');
  const found = await which(program, { nothrow: true });
  if (found === null) throw new UserError(messages.lmEvalNotFound(program));
  return found;
}

/** The command that starts the Python which lm_eval runs under. */
async function pythonOf(command: readonly string[], root: string): Promise<readonly string[]> {
  const program = await findProgram(command, root);
  const module = command.indexOf('-m');
  if (module > 0) return [program, ...command.slice(1, module)];
  if (command.length > 1) return [program, ...command.slice(1, -1), 'python'];
  const named = interpreterOf(program);
  if (named !== null) return [named];
  const beside = ['python3', 'python'].map((name) => join(dirname(program), name)).find(existsSync);
  if (beside === undefined) {
    throw new UserError(messages.lmEvalNoVersions(program, 'it names no Python, and none lies beside it'));
  }
  return [beside];
}

/** Reads `#!/x/python3`, or the shell line that pip writes where that path is too long for the system. */
function interpreterOf(program: string): string | null {
  const head = readFileSync(program).subarray(0, SHEBANG_BYTES).toString('latin1');
  if (!head.startsWith('#!')) return null;
  const [first = '', second = ''] = head.split('\n');
  const direct = /^#!\s*(?:\/usr\/bin\/env\s+)?(\S*python[\d.]*)\s*$/.exec(first)?.[1];
  return direct ?? /^'''exec' "?([^"]*python[\d.]*)"?/.exec(second)?.[1] ?? null;
}

function parseVersions(text: string): EngineVersions | null {
  try {
    const found: unknown = JSON.parse(text.trim().split('\n').at(-1) ?? '');
    if (typeof found !== 'object' || found === null) return null;
    const entries = Object.entries(found).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    return Object.fromEntries(entries.map(([name, version]) => [name, version.replace(/\+.*$/, '')]));
  } catch {
    return null;
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) || 'it printed nothing';
}
