/**
 * One request to the hub and its answer: redirections followed, the token given to the endpoint alone, silence ended,
 * failures sorted into those that another try can mend and those that it cannot. Tries once; `patience.ts` repeats.
 */
import * as http from 'node:http';
import type { HubSettings } from './settings.ts';

export type Failure =
  /** Nothing came back, or it broke off. */
  | { readonly kind: 'network'; readonly reason: string }
  | { readonly kind: 'certificate'; readonly reason: string }
  /** An answer with a status that says no. */
  | {
      readonly kind: 'status';
      readonly status: number;
      /** The hub's X-Error-Code; '' where there is none. */
      readonly code: string;
      /** The hub's X-Error-Message, shortened; '' where there is none. */
      readonly said: string;
      readonly retryAfterMs: number | null;
    }
  /** An answer that cannot be what was asked for: a web page, broken JSON, wrong bytes. */
  | { readonly kind: 'content'; readonly detail: string };

/** Thrown inside this folder only; whoever gives up turns it into a UserError. */
export class HubFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.kind);
    this.name = 'HubFailure';
    this.failure = failure;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Pieces as they arrive; ends with a HubFailure when the connection breaks or falls silent. */
  pieces(): AsyncGenerator<Uint8Array>;
  /** Gives the connection back unread. */
  discard(): void;
}

const MAX_REDIRECTS = 5;
/** A listing has 1,000 files of some 300 bytes a page; an old repository's record some megabytes. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;
const MAX_SAID = 200;

/** @param address absolute, of the endpoint. @throws HubFailure for anything but 2xx. */
export async function request(
  settings: HubSettings,
  address: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  useProxies();
  let url = new URL(address);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const watch = watchSilence(settings.patience.silenceMs);
    const response = await once(settings, url, headers, watch);
    const next = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || next === null) {
      return accepted(response, watch);
    }
    watch.stop();
    await response.body?.cancel().catch(() => {});
    url = redirected(url, next);
  }
  throw new HubFailure({ kind: 'content', detail: `more than ${MAX_REDIRECTS} redirections` });
}

let proxiesSet = false;

/** Node's fetch heeds HTTP_PROXY, HTTPS_PROXY and NO_PROXY only when told to. */
function useProxies(): void {
  if (proxiesSet) return;
  proxiesSet = true;
  const named = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].some((name) => process.env[name]);
  // Absent before Node 24.14: there NODE_USE_ENV_PROXY=1 does it from outside.
  const { setGlobalProxyFromEnv: set } = http as { setGlobalProxyFromEnv?: () => unknown };
  if (named && set !== undefined) set();
}

function redirected(from: URL, location: string): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from) : null;
  const downgraded = from.protocol === 'https:' && url?.protocol !== 'https:';
  if (url === null || !/^https?:$/.test(url.protocol) || downgraded) {
    throw new HubFailure({ kind: 'content', detail: 'a redirection that cannot be followed' });
  }
  return url;
}

async function once(
  settings: HubSettings,
  url: URL,
  headers: Readonly<Record<string, string>>,
  watch: Watch,
): Promise<Response> {
  const own = url.origin === new URL(settings.endpoint).origin;
  const token = own && settings.token !== null ? { authorization: `Bearer ${settings.token.value}` } : {};
  try {
    return await fetch(url.href, {
      redirect: 'manual',
      signal: watch.signal,
      headers: { 'user-agent': 'evalgraph', 'accept-encoding': 'identity', ...headers, ...token },
    });
  } catch (error) {
    watch.stop();
    throw networkFailure(error, watch);
  }
}

function accepted(response: Response, watch: Watch): Answer {
  const discard = (): void => {
    watch.stop();
    void response.body?.cancel().catch(() => {});
  };
  if (!response.ok) {
    discard();
    throw new HubFailure({
      kind: 'status',
      status: response.status,
      code: (response.headers.get('x-error-code') ?? '').slice(0, 100),
      said: plainText(response.headers.get('x-error-message') ?? ''),
      retryAfterMs: retryAfter(response.headers),
    });
  }
  return {
    status: response.status,
    headers: response.headers,
    discard,
    async *pieces() {
      if (response.body === null) {
        watch.stop();
        return;
      }
      try {
        for await (const piece of response.body) {
          watch.touch();
          yield piece;
        }
      } catch (error) {
        throw error instanceof HubFailure ? error : networkFailure(error, watch);
      } finally {
        watch.stop();
      }
    },
  };
}

/** Keeps what a terminal can show of a foreign text. */
function plainText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '').slice(0, MAX_SAID);
}

/** `Retry-After` in seconds or as a date; else the hub's `RateLimit: "api";r=0;t=55`. */
function retryAfter(headers: Headers): number | null {
  const text = headers.get('retry-after');
  if (text !== null) {
    const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - Date.now();
    if (Number.isFinite(ms)) return Math.max(0, ms);
  }
  const limit = /;\s*r=0;\s*t=(\d{1,6})\b/.exec(headers.get('ratelimit') ?? '');
  return limit === null ? null : Number(limit[1]) * 1000;
}

interface Watch {
  readonly signal: AbortSignal;
  readonly silent: () => boolean;
  touch(): void;
  stop(): void;
}

/** Aborts when nothing was heard for so long; a slow connection that goes on is left alone. */
function watchSilence(silenceMs: number): Watch {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), silenceMs);
  return {
    signal: controller.signal,
    silent: () => controller.signal.aborted,
    touch: () => void timer.refresh(),
    stop: () => clearTimeout(timer),
  };
}

const CERTIFICATE = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/;

function networkFailure(error: unknown, watch: Watch): HubFailure {
  if (watch.silent()) return new HubFailure({ kind: 'network', reason: 'no answer within the time limit' });
  const code = codeOf(error);
  if (code !== null && CERTIFICATE.test(code)) return new HubFailure({ kind: 'certificate', reason: code });
  // Anything without a system's or undici's code is a defect of ours and must not be retried away.
  if (code === null && !(error instanceof TypeError)) throw error;
  return new HubFailure({
    kind: 'network',
    reason: REASONS[code ?? ''] ?? code ?? 'the connection broke off',
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known here: no network, or no name server',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'the connection was reset',
  ENETUNREACH: 'no network',
  EHOSTUNREACH: 'no way to the host',
  ETIMEDOUT: 'no answer within the time limit',
  UND_ERR_CONNECT_TIMEOUT: 'no answer within the time limit',
  UND_ERR_SOCKET: 'the connection broke off',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the connection broke off',
};

function codeOf(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
    // Several addresses were tried: the first failure speaks for all.
    if (at instanceof AggregateError && at.errors[0] instanceof Error) return codeOf(at.errors[0]);
  }
  return null;
}

export interface JsonAnswer {
  readonly value: unknown;
  readonly headers: Headers;
}

/** @throws HubFailure; of kind `content` where the answer is no JSON or too long. */
export async function requestJson(settings: HubSettings, address: string): Promise<JsonAnswer> {
  const answer = await request(settings, address, { accept: 'application/json' });
  if (isWebPage(answer.headers)) {
    answer.discard();
    throw new HubFailure({ kind: 'content', detail: 'a web page' });
  }
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of answer.pieces()) {
    length += piece.length;
    if (length > MAX_JSON_BYTES)
      throw new HubFailure({ kind: 'content', detail: 'more than 64 MiB of JSON' });
    pieces.push(piece);
  }
  try {
    return { value: JSON.parse(Buffer.concat(pieces).toString('utf8')), headers: answer.headers };
  } catch {
    throw new HubFailure({ kind: 'content', detail: 'something that is no JSON' });
  }
}

export function isWebPage(headers: Headers): boolean {
  return (headers.get('content-type') ?? '').toLowerCase().startsWith('text/html');
}
