/** `evalgraph serve <model folder>`: the embedded engine as an OpenAI-compatible completions server. */

import { isIP } from 'node:net';
import { basename, resolve } from 'node:path';
import { type Serving, serveModel, servePhrases } from '@evalgraph/engines/serve';
import { isLoopback, writeError } from '@evalgraph/system';
import type { Cli } from '../../command.ts';

export interface ServeArguments {
  readonly folder: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly threads: number;
  /** Names of hosts and origins of web pages, in lower case. */
  readonly allowHost: readonly string[];
  readonly allowOrigin: readonly string[];
}

/** Returns after Ctrl-C or SIGTERM. @throws UserError at a bad model, a taken port, a dead engine. */
export async function serveFolder({ print }: Cli, wanted: ServeArguments): Promise<void> {
  const { host, port, threads } = wanted;
  const folder = resolve(wanted.folder);
  const name = basename(folder);
  const onDefect = (text: string): void => {
    writeError(`${text}\n`);
  };
  // Whoever listens on a name answers to it; of addresses only the one that was asked answers.
  const named = isIP(host) === 0 ? [...wanted.allowHost, host.toLowerCase()] : wanted.allowHost;
  const access = { hosts: new Set(named), origins: new Set(wanted.allowOrigin) };
  const serving = await serveModel({ folder, name, host, port, threads, onDefect }, access);
  print(servePhrases.listening(name, serving.url, threads, serving.contextLength));
  if (!isLoopback(host)) print(servePhrases.exposed(host));
  await untilStopped(serving);
  print(servePhrases.stopped(serving.prompts()));
}

/** A second Ctrl-C ends the process at once: the first one takes its listener away. */
async function untilStopped(serving: Serving): Promise<void> {
  const { promise: asked, resolve: stop } = Promise.withResolvers<null>();
  const onSignal = (): void => stop(null);
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const death = await Promise.race([asked, serving.died]);
  process.removeListener('SIGINT', onSignal);
  process.removeListener('SIGTERM', onSignal);
  await serving.close();
  if (death !== null) throw death;
}
