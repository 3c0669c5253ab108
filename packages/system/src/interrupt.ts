/**
 * What a signal from outside does to a process that evaluates: a short message, the exit code that shells expect, and no
 * engine left behind. Journals are written answer by answer, so there is nothing to save at that moment.
 */

import type { ChildProcess } from 'node:child_process';
import { phrases } from './messages.ts';

/** 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

const children = new Set<ChildProcess>();

/** The child ends with this process, also where it is busy in native code and hears nothing. */
export function endWithUs(child: ChildProcess): void {
  if (children.size === 0) process.once('exit', killAll);
  children.add(child);
  child.once('exit', () => {
    children.delete(child);
    if (children.size === 0) process.off('exit', killAll);
  });
}

function killAll(): void {
  for (const child of children) child.kill('SIGKILL');
}

/**
 * From now on SIGINT and SIGTERM end the process with a message, and SIGHUP does nothing: a closed terminal ends no
 * run. (Node undoes what nohup sets, so somebody has to ignore it.)
 * @returns ends that: what comes after the work is nobody's interruption (Nx ends its batch processes by SIGTERM).
 */
export function handleSignals(): () => void {
  const on = (signal: keyof typeof EXIT_CODES): void => {
    process.stderr.write(`\n${phrases.interrupted(signal)}\n`);
    process.exit(EXIT_CODES[signal]);
  };
  const hangUp = (): void => {};
  process.on('SIGINT', on);
  process.on('SIGTERM', on);
  process.on('SIGHUP', hangUp);
  return () => {
    process.off('SIGINT', on);
    process.off('SIGTERM', on);
    process.off('SIGHUP', hangUp);
  };
}
