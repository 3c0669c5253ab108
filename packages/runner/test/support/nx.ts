/** The real `nx` in a workspace of a test, with caches of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repository, type Workspace } from './workspace.ts';

export interface Ran {
  readonly code: number | null;
  readonly text: string;
}

function environment(workspace: Workspace): NodeJS.ProcessEnv {
  const { PATH = '' } = process.env;
  return {
    ...process.env,
    PATH: `${join(repository, 'node_modules/.bin')}:${PATH}`,
    NX_DAEMON: 'false',
    // Without a process for each plugin a start costs half; nx.test.ts starts it as users do.
    NX_ISOLATE_PLUGINS: 'false',
    NX_CACHE_DIRECTORY: join(workspace.root, '.nx/cache'),
    NX_WORKSPACE_DATA_DIRECTORY: join(workspace.root, '.nx/workspace-data'),
    NO_COLOR: '1',
  };
}

export function nx(workspace: Workspace, args: string, env: Readonly<Record<string, string>> = {}): Ran {
  const result = spawnSync('nx', args.split(' '), {
    cwd: workspace.root,
    env: { ...environment(workspace), ...env },
    encoding: 'utf8',
  });
  return { code: result.status, text: `${result.stdout}${result.stderr}` };
}

/** Ends what `NX_DAEMON: 'true'` started. */
export function stopDaemon(workspace: Workspace): void {
  nx(workspace, 'daemon --stop', { NX_DAEMON: 'true' });
}

/** In a process group of its own, so that all of it can be killed. */
export function startNx(workspace: Workspace, args: string): ChildProcess {
  return spawn('nx', args.split(' '), {
    cwd: workspace.root,
    env: environment(workspace),
    stdio: 'ignore',
    detached: true,
  });
}

/** `fresh (init): made` and its like, by the stage: what became of each. */
export function stageOutcomes(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/^(\S+ \((?:corpus|pack|init|train|prune)\)): (made already|made)\b/gm)].map(
      (match) => [match[1] ?? '', match[2] ?? ''],
    ),
  );
}

/** Cells whose target ran; those that Nx took from its cache are not among them. Of the static output style. */
export function cellsRun(text: string): readonly string[] {
  return [...text.matchAll(/^> nx run (\S+):eval(:quick)?$/gm)].map((match) => match[1] ?? '').sort();
}
