/** Child processes with the Node of node_modules. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { join } from 'node:path';
import { repository } from './workspace.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Child {
  readonly ended: Promise<Ended>;
  readonly pid: number;
  kill(): void;
}

/** A script in TypeScript loads the packages' sources, as the test that starts it does. */
const SOURCES = '--conditions=evalgraph-source';

export function start(script: string, args: readonly string[], options: SpawnOptions = {}): Child {
  const program = [...(script.endsWith('.ts') ? [SOURCES] : []), join(repository, script)];
  const child = spawn(process.execPath, [...program, ...args], { stdio: 'pipe', ...options });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data) => {
    stdout += String(data);
  });
  child.stderr?.on('data', (data) => {
    stderr += String(data);
  });
  return {
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    }),
    pid: child.pid ?? -1,
    kill: () => child.kill('SIGKILL'),
  };
}

/** `npx evalgraph ...` in a workspace. */
export function evalgraph(root: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  return start('packages/cli/bin/evalgraph.js', args, { cwd: root, ...options }).ended;
}

export function evaluateChild(root: string, options: SpawnOptions = {}): Child {
  return start('packages/runner/test/support/evaluate-child.ts', [root], { cwd: root, ...options });
}
