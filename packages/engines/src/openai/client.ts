/** A client of one completions server: its key, its retries, its answers as JSON. Knows nothing of requests. */
import { UserError } from '@evalgraph/formats';
import type { OpenAiUse } from '@evalgraph/spec';
import { isInTheOpen } from '@evalgraph/system';
import { openConnections } from './http.ts';
import { messages, phrases } from './messages.ts';
import { delayBefore, isPassing, MAX_ATTEMPTS } from './retry.ts';

/** How much of a server's text a message shows. */
const EXCERPT_CHARACTERS = 300;
/** Model names of a server: more are not listed. */
const MAX_MODELS = 1000;

/** For facts that are worth no more than this. */
const GLANCE_TIMEOUT_MS = 5000;
const FACT_CHARACTERS = 100;

/** What a test replaces. */
export interface Waiting {
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Gives a number in [0, 1). */
  random(): number;
}

export type Reply =
  | { readonly ok: true; readonly value: unknown }
  /** The server will not answer this request, however often it is asked. */
  | { readonly ok: false; readonly status: number; readonly detail: string };

export interface Client {
  /** The completions URL, without credentials. */
  readonly url: string;
  /** @throws UserError server-failed after the last attempt, server-not-json; AbortError. */
  complete(body: object, signal: AbortSignal): Promise<Reply>;
  /** Names of the served models; null where the server does not tell. */
  models(signal: AbortSignal): Promise<readonly string[] | null>;
  /** The server's name for itself and its version, as far as it tells; asked once, without patience. */
  facts(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  close(): void;
}

/** @throws UserError where the URL is none, the key's variable is not set, or the key would travel in the open. */
export function openClient(use: OpenAiUse, waiting: Waiting): Client {
  const base = parseUrl(use.url);
  const key = apiKey(use.apiKeyVariable);
  const isSecret = key !== null || base.username !== '' || base.password !== '';
  if (isSecret && !use.apiKeyOverHttp && isInTheOpen(base)) {
    throw new UserError(messages.apiKeyInTheOpen(show(base), use.apiKeyVariable));
  }
  const connections = openConnections(base, use.concurrency);
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
  };
  const excerpt = (text: string): string => {
    const clean = (key === null ? text : text.replaceAll(key, '…')).replace(/\s+/g, ' ').trim();
    return clean.length <= EXCERPT_CHARACTERS ? clean : `${clean.slice(0, EXCERPT_CHARACTERS)}…`;
  };

  async function ask(
    method: 'GET' | 'POST',
    name: string,
    body: string,
    signal: AbortSignal,
  ): Promise<Reply> {
    const url = new URL(base);
    url.pathname = `${base.pathname.replace(/\/+$/, '')}/${name}`;
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await connections.exchange({
        ...{ url, method, body, headers, signal },
        timeoutMs: use.timeoutMs,
      });
      signal.throwIfAborted();
      if (outcome.kind === 'answer' && !isPassing(outcome.status, errorText(outcome.body))) {
        const { status } = outcome;
        if (status >= 200 && status < 300)
          return { ok: true, value: parse(show(url), outcome.body, excerpt) };
        return { ok: false, status, detail: excerpt(errorText(outcome.body)) };
      }
      const reason =
        outcome.kind === 'failure'
          ? outcome.reason
          : phrases.status(outcome.status, excerpt(errorText(outcome.body)));
      const retryAfter = outcome.kind === 'answer' ? outcome.retryAfter : null;
      const delayMs = delayBefore(attempt, retryAfter, waiting.random(), Date.now());
      if (attempt + 1 >= MAX_ATTEMPTS || delayMs === null) {
        throw new UserError(messages.serverFailed(show(url), attempt + 1, reason));
      }
      await waiting.sleep(delayMs, signal);
    }
  }

  async function glance(path: string, signal: AbortSignal): Promise<unknown> {
    const url = new URL(base);
    url.pathname = path;
    const exchange = { url, method: 'GET', body: '', headers, signal, timeoutMs: GLANCE_TIMEOUT_MS } as const;
    const outcome = await connections.exchange(exchange);
    if (outcome.kind !== 'answer' || outcome.status !== 200) return null;
    try {
      return JSON.parse(outcome.body);
    } catch {
      return null;
    }
  }

  return {
    url: `${show(base)}/completions`,
    complete: (body, signal) => ask('POST', 'completions', JSON.stringify(body), signal),
    models: async (signal) => {
      const reply = await ask('GET', 'models', '', signal);
      return reply.ok ? modelNames(reply.value) : null;
    },
    facts: async (signal) => {
      const path = base.pathname.replace(/\/+$/, '');
      const models = await glance(`${path}/models`, signal);
      const version = await glance(`${path.replace(/\/v1$/, '')}/version`, signal);
      return serverFacts(models, version);
    },
    close: () => connections.close(),
  };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new UserError(messages.badServerUrl(text));
  return url;
}

function show(url: URL): string {
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function apiKey(variable: string | null): string | null {
  if (variable === null) return null;
  const key = process.env[variable]?.trim() ?? '';
  if (key === '') throw new UserError(messages.noApiKey(variable));
  // Else node:http would refuse the header, and not as a UserError.
  if (!/^[\x21-\x7e]+$/.test(key)) throw new UserError(messages.badApiKey(variable));
  return key;
}

function parse(url: string, body: string, excerpt: (text: string) => string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new UserError(messages.serverNotJson(url, excerpt(body) || 'nothing'));
  }
}

/** The message in an error's JSON (OpenAI, FastAPI), else the body as it is. */
function errorText(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return body;
    const { error, message, detail } = value as Readonly<Record<string, unknown>>;
    const inner = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
    const found = [inner, message, detail].find((text) => typeof text === 'string');
    return typeof found === 'string' ? found : body;
  } catch {
    return body;
  }
}

function modelNames(value: unknown): readonly string[] | null {
  if (typeof value !== 'object' || value === null || !('data' in value)) return null;
  const { data } = value;
  if (!Array.isArray(data)) return null;
  return data.slice(0, MAX_MODELS).flatMap((model: unknown) => {
    const id = typeof model === 'object' && model !== null && 'id' in model ? model.id : null;
    return typeof id === 'string' ? [id] : [];
  });
}

/** `owned_by` of the models (vllm, sglang, llamacpp, evalgraph) and vLLM's /version. */
function serverFacts(models: unknown, version: unknown): Readonly<Record<string, string>> {
  const listed = fieldOf(models, 'data');
  const first: unknown = Array.isArray(listed) ? listed[0] : null;
  const found = { server: fieldOf(first, 'owned_by'), 'server version': fieldOf(version, 'version') };
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' ? [[name, value.slice(0, FACT_CHARACTERS)]] : [],
    ),
  );
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}
