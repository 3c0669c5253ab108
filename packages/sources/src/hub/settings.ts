/**
 * What the environment says about the hub, by the variables that Hugging Face's own libraries read. Read once; the
 * token stays in this value and goes to one place, the header of a request to the endpoint.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { isInTheOpen } from '@evalgraph/system';
import { messages } from './messages.ts';

export interface HubSettings {
  /** Origin and path prefix, without a slash at the end: `https://huggingface.co`. */
  readonly endpoint: string;
  /** Absolute: the folder with `models--owner--name`. */
  readonly cacheFolder: string;
  readonly offline: boolean;
  readonly token: HubToken | null;
  readonly patience: Patience;
  /** false: snapshots hold the files themselves, for file systems without links. */
  readonly symlinks: boolean;
  /** Files that are downloaded at once. */
  readonly parallel: number;
}

export interface HubToken {
  readonly value: string;
  /** `HF_TOKEN`, or the file that it stands in: for messages. */
  readonly from: string;
}

/** When to try again, and when to give up. */
export interface Patience {
  /** Tries in a row that bring nothing new. */
  readonly attempts: number;
  /** Wait before the second try; doubled each time. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** A server that asks for more than this is not waited for. */
  readonly longestRetryAfterMs: number;
  /** A connection that says nothing for so long is given up. */
  readonly silenceMs: number;
}

export const DEFAULT_ENDPOINT = 'https://huggingface.co';

export const DEFAULT_PATIENCE: Patience = {
  attempts: 6,
  firstWaitMs: 500,
  longestWaitMs: 20_000,
  longestRetryAfterMs: 5 * 60_000,
  silenceMs: 30_000,
};

const PARALLEL_FILES = 4;
/** Tokens have some 40 characters; a file that is longer is no token. */
const MAX_TOKEN_LENGTH = 1000;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws UserError where HF_ENDPOINT is no address, a token is none, or it would travel in the open. */
export function hubSettings(env: Environment = process.env): HubSettings {
  const home = folderOf(
    env['HF_HOME'],
    join(folderOf(env['XDG_CACHE_HOME'], join(homedir(), '.cache')), 'huggingface'),
  );
  const cacheFolder = folderOf(
    env['HF_HUB_CACHE'],
    folderOf(env['HUGGINGFACE_HUB_CACHE'], join(home, 'hub')),
  );
  const endpoint = endpointOf(env['HF_ENDPOINT']);
  return {
    endpoint,
    cacheFolder,
    offline: isTrue(env['HF_HUB_OFFLINE']) || isTrue(env['TRANSFORMERS_OFFLINE']),
    token: sendable(tokenOf(env, home), endpoint, env),
    patience: { ...DEFAULT_PATIENCE, silenceMs: silenceOf(env['HF_HUB_DOWNLOAD_TIMEOUT']) },
    symlinks: !isTrue(env['HF_HUB_DISABLE_SYMLINKS']),
    parallel: PARALLEL_FILES,
  };
}

/** `~` and $VARIABLES as the hub's libraries expand them. */
function folderOf(text: string | undefined, otherwise: string): string {
  if (text === undefined || text === '') return otherwise;
  const home = text.replace(/^~(?=$|\/)/, homedir());
  return resolve(home.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (all, a, b) => process.env[a ?? b] ?? all));
}

function isTrue(text: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes((text ?? '').toUpperCase());
}

/** Seconds; never less than our own patience, since Python's default of 10 s is short for a busy mirror. */
function silenceOf(text: string | undefined): number {
  const seconds = Number(text ?? '');
  return Number.isFinite(seconds)
    ? Math.max(DEFAULT_PATIENCE.silenceMs, seconds * 1000)
    : DEFAULT_PATIENCE.silenceMs;
}

function endpointOf(text: string | undefined): string {
  if (text === undefined || text === '') return DEFAULT_ENDPOINT;
  const url = URL.canParse(text) ? new URL(text) : null;
  const legal = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '';
  if (!legal) throw new UserError(messages.badEndpoint());
  return text.replace(/\/+$/, '');
}

function tokenOf(env: Environment, home: string): HubToken | null {
  const named = env['HF_TOKEN'] ?? env['HUGGING_FACE_HUB_TOKEN'];
  const file = folderOf(env['HF_TOKEN_PATH'], join(home, 'token'));
  const fromFile = named === undefined || named.trim() === '';
  const from = fromFile ? file : 'HF_TOKEN';
  const value = (fromFile ? readToken(file) : named).trim();
  if (value === '') return null;
  // Anything else cannot stand in a header; the value itself is not for a message.
  if (value.length > MAX_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(value)) {
    throw new UserError(messages.badToken.malformed(from));
  }
  return { value, from };
}

/** Whether a token may go to another machine over plain http: 1, or 0 to go on without the token. */
const OVER_HTTP = 'EVALGRAPH_HF_TOKEN_OVER_HTTP';

/** @throws UserError where the token would travel in the open and nobody consented. */
function sendable(token: HubToken | null, endpoint: string, env: Environment): HubToken | null {
  if (token === null || !isInTheOpen(new URL(endpoint))) return token;
  const word = env[OVER_HTTP] ?? '';
  if (isTrue(word)) return token;
  if (word.trim() === '') throw new UserError(messages.tokenInTheOpen(endpoint, token.from, OVER_HTTP));
  return null;
}

/** A token that cannot be read is none: public repositories need none, and others will say so. */
function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(0, MAX_TOKEN_LENGTH + 10);
  } catch {
    return '';
  }
}
