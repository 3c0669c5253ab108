/** `evalgraph serve <model folder>`: the embedded engine as an OpenAI-compatible completions server. */

import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Access } from '@evalgraph/engines/serve';
import { type Serving, serveMessages, serveModel } from '@evalgraph/engines/serve';
import { UserError } from '@evalgraph/formats';
import { isLoopback, writeError } from '@evalgraph/system';
import type { Print } from '../command.ts';
import { messages } from '../messages.ts';

const USAGE =
  'serve <model folder> [--port 8000] [--host 127.0.0.1] [--threads n] [--allow-host NAME] [--allow-origin ORIGIN]';
const MAX_PORT = 65535;
const MAX_THREADS = 1024;

interface ServeArguments {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  readonly threads: number;
  readonly access: Access;
}

/** Returns after Ctrl-C or SIGTERM. @throws UserError at bad arguments, a bad model, a taken port, a dead engine. */
export async function serveCommand(_root: string, args: readonly string[], print: Print): Promise<void> {
  const { folder, host, port, threads, access } = readServeArguments(args);
  const name = basename(folder);
  const onDefect = (text: string): void => {
    writeError(`${text}\n`);
  };
  const serving = await serveModel({ folder, name, host, port, threads, onDefect }, access);
  print(serveMessages.listening(name, serving.url, threads, serving.contextLength));
  if (!isLoopback(host)) print(serveMessages.exposed(host));
  await untilStopped(serving);
  print(serveMessages.stopped(serving.prompts()));
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

function readServeArguments(args: readonly string[]): ServeArguments {
  const refuse = (detail: string): never => {
    throw new UserError(messages.badArguments('serve', detail, `npx evalgraph ${USAGE}`));
  };
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return refuse(error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error));
  }
  const { positionals, values } = parsed;
  const [folder, ...rest] = positionals;
  if (folder === undefined || rest.length > 0) return refuse(serveMessages.nameOneFolder());
  const port = values.port ?? '8000';
  const threads = values.threads ?? String(availableParallelism());
  if (!isWhole(port, 0, MAX_PORT)) return refuse(serveMessages.badPort(port));
  if (!isWhole(threads, 1, MAX_THREADS)) return refuse(serveMessages.badThreads(threads));
  const host = values.host ?? '127.0.0.1';
  const { 'allow-host': hosts = [], 'allow-origin': origins = [] } = values;
  for (const name of hosts) if (!/^[\w.-]+$/.test(name)) return refuse(serveMessages.badHost(name));
  for (const origin of origins) {
    if (URL.parse(origin)?.origin !== origin.toLowerCase()) return refuse(serveMessages.badOrigin(origin));
  }
  // A name that is listened on is a name that is answered to; of addresses the one that was asked is.
  const named = (isIP(host) === 0 ? [...hosts, host] : hosts).map((name) => name.toLowerCase());
  return {
    folder: resolve(folder),
    host,
    access: {
      hosts: new Set(named),
      origins: new Set(origins.map((origin) => origin.toLowerCase())),
    },
    port: Number(port),
    threads: Number(threads),
  };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{ port: { type: 'string' }, host: { type: 'string' }, threads: { type: 'string' } },
      'allow-host': { type: 'string', multiple: true },
      'allow-origin': { type: 'string', multiple: true },
    },
  });
}

function isWhole(text: string, least: number, most: number): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= least && Number(text) <= most;
}
