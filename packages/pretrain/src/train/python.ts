/** Which Python runs the programs of this package. Nothing is installed here; uv does that when it is started. */
import { existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { packageFolder, UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';

/** pyproject.toml, requirements.lock and the programs. */
export const PYTHON_FOLDER: string = join(packageFolder(import.meta.url), 'python');

export interface Python {
  /** Program and first arguments; a script and its arguments follow. */
  readonly command: readonly string[];
  readonly from: 'EVALGRAPH_PYTHON' | 'uv' | '.venv';
}

/**
 * The first of: EVALGRAPH_PYTHON; uv on PATH, with the lock file; .venv in the folder.
 * @throws UserError no-python.
 */
export function findPython(
  env: Readonly<Record<string, string | undefined>>,
  folder: string = PYTHON_FOLDER,
): Python {
  const own = env.EVALGRAPH_PYTHON;
  if (own !== undefined && own !== '') {
    if (!isFile(own)) throw new UserError(messages.noPython.missing(own));
    return { command: [own], from: 'EVALGRAPH_PYTHON' };
  }
  const uv = onPath('uv', env.PATH ?? '');
  const lock = join(folder, 'requirements.lock');
  if (uv !== null && existsSync(lock)) {
    // Exact versions without addresses: uv's own lock would name the registry of whoever wrote it.
    const environment = ['--no-project', '--python', '>=3.11', '--with-requirements', lock];
    return { command: [uv, 'run', ...environment, 'python'], from: 'uv' };
  }
  const venv = join(folder, '.venv', 'bin', 'python');
  if (isFile(venv)) return { command: [venv], from: '.venv' };
  throw new UserError(messages.noPython.unset());
}

function onPath(name: string, path: string): string | null {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isFile) ?? null;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
