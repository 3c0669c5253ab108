/**
 * The embedded engine as an OpenAI-compatible completions server on node:http: routes, errors as JSON, an end.
 * For lm-eval's local-completions and other clients on the same machine; it has no keys and no users.
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { UserError } from '@evalgraph/formats';
import { type Access, type Asked, checkAccess, LOOPBACK_ONLY } from './access.ts';
import { ApiFailure } from './api-failure.ts';
import { readCompletionRequest } from './completion-request.ts';
import { type EngineThread, openEngineThread } from './engine-thread.ts';
import { type BodyBudget, readBody } from './http-body.ts';
import { type ApiError, apiErrors, messages } from './messages.ts';
import type { Completion, Job, JobResult } from './protocol.ts';
import { openQueue, type Queue } from './queue.ts';

export interface ServeOptions {
  readonly folder: string;
  /** What clients call the model. */
  readonly name: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly threads: number;
  /** Defects of the program, which clients do not get to see. */
  onDefect(text: string): void;
}

export interface Serving {
  /** Without /v1. */
  readonly url: string;
  readonly contextLength: number;
  /** Resolves if the engine dies by itself. */
  readonly died: Promise<Error>;
  /** Prompts answered so far. */
  prompts(): number;
  /** Refuses what waits, finishes the batch that runs. */
  close(): Promise<void>;
}

/** What clients may take together, and how long they may be about it. */
export interface ServeLimits {
  readonly connections: number;
  readonly bodiesBytes: number;
  readonly headersMs: number;
  /** The time for a whole request with its body; answering is not limited. */
  readonly requestMs: number;
}

/** lm-eval opens as many connections as it is told; browsers and proxies keep some idle. */
const SERVE_LIMITS: ServeLimits = {
  connections: 256,
  bodiesBytes: 256 * 1024 * 1024,
  headersMs: 20_000,
  requestMs: 120_000,
};

/**
 * @param access who may ask besides this machine's own programs
 * @throws UserError where the model cannot be opened or the port is taken.
 */
export async function serveModel(
  options: ServeOptions,
  access: Access = LOOPBACK_ONLY,
  limits: ServeLimits = SERVE_LIMITS,
): Promise<Serving> {
  const engine = await openEngineThread({ folder: options.folder, threads: options.threads });
  const queue = openQueue<Job, JobResult>((jobs) => engine.answer(jobs));
  const counts = { prompts: 0, completions: 0 };
  const startedSeconds = Math.floor(Date.now() / 1000);
  const budget: BodyBudget = { limitBytes: limits.bodiesBytes, usedBytes: 0 };
  const open = new Set<Socket>();

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const method = request.method ?? 'GET';
    if (open.size > limits.connections) {
      throw new ApiFailure(apiErrors.tooManyConnections(limits.connections));
    }
    const page = checkAccess(askedOf(request), access);
    if (page !== null) {
      response.setHeader('access-control-allow-origin', page);
      response.setHeader('vary', 'Origin');
      if (method === 'OPTIONS') return allowPage(response);
    }
    const allowed = ROUTES.get(path);
    if (allowed === undefined) throw new ApiFailure(apiErrors.notFound(method, path));
    if (method !== allowed && !(method === 'HEAD' && allowed === 'GET')) {
      throw new ApiFailure(apiErrors.wrongMethod(method, path, allowed));
    }
    if (path === '/health') return sendJson(response, 200, { status: 'ok' });
    if (path === '/v1/models')
      return sendJson(response, 200, modelList(options.name, engine, startedSeconds));
    // A page of any site may send a text or a form without being asked first; JSON it may not.
    const type = request.headers['content-type'] ?? null;
    if (!/^application\/json *(;|$)/i.test(type ?? '')) throw new ApiFailure(apiErrors.notJsonType(type));
    const body = await readBody(request, budget);
    try {
      return await complete(body.text, response);
    } finally {
      body.release();
    }
  }

  async function complete(body: string, response: ServerResponse): Promise<void> {
    const asked = readCompletionRequest(body);
    if (asked.model !== null && asked.model !== options.name) {
      throw new ApiFailure(apiErrors.unknownModel(asked.model, options.name));
    }
    const { prompts, model: _, ...rest } = asked;
    const jobs = prompts.map((prompt, index): Job => ({ prompt, index, ...rest }));
    const completions = await answer(queue, jobs, () => !response.destroyed);
    counts.prompts += completions.length;
    counts.completions += 1;
    return sendJson(response, 200, {
      id: `cmpl-${counts.completions}`,
      object: 'text_completion',
      created: Math.floor(Date.now() / 1000),
      model: options.name,
      choices: completions.map(choiceOf),
      usage: usageOf(completions),
    });
  }

  const timing = { headersTimeout: limits.headersMs, requestTimeout: limits.requestMs };
  const checkingMs = Math.min(1000, limits.headersMs / 2);
  const settings = { ...timing, connectionsCheckingInterval: checkingMs, keepAliveTimeout: KEEP_ALIVE_MS };
  const server = createServer(settings, (request, response) => {
    route(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy();
      else sendError(request, response, apiError(error, options));
    });
  });
  // Those above the limit are told so; many more are not listened to at all.
  server.maxConnections = 2 * limits.connections;
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    if (open.size > limits.connections) server.closeIdleConnections();
  });
  server.on('clientError', refuse);
  await listen(server, options, engine);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    contextLength: engine.contextLength,
    died: engine.died,
    prompts: () => counts.prompts,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await queue.stop();
      server.closeIdleConnections();
      await engine.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * A client that reuses a connection while the server closes it sees a reset: longer than clients keep theirs idle,
 * and than a busy process delays either side's timers.
 */
const KEEP_ALIVE_MS = 75_000;

function askedOf({ headers, socket }: IncomingMessage): Asked {
  const site = headers['sec-fetch-site'];
  return {
    host: headers.host,
    origin: headers.origin,
    fetchSite: typeof site === 'string' ? site : undefined,
    localAddress: socket.localAddress,
  };
}

/** What a browser asks before it sends a page's JSON. */
function allowPage(response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'content-type, authorization',
  });
  response.end();
}

/** What is no request: too slow, too large, no HTTP. There is no response object yet. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const known = new Map([
    ['ERR_HTTP_REQUEST_TIMEOUT', apiErrors.tooSlow()],
    ['HPE_HEADER_OVERFLOW', apiErrors.headersTooLarge()],
  ]);
  const { status, ...rest } = known.get(error.code ?? '') ?? apiErrors.notHttp();
  const body = JSON.stringify(errorBody({ status, ...rest }));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  // A client that does not read its answer keeps the connection half open.
  setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref();
}

const LAST_WORDS_MS = 1000;

/** A path's only method. */
const ROUTES: ReadonlyMap<string, string> = new Map([
  ['/v1/completions', 'POST'],
  ['/v1/models', 'GET'],
  ['/health', 'GET'],
]);

async function listen(server: Server, { host, port }: ServeOptions, engine: EngineThread): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    await engine.close();
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new UserError(messages.cannotListen(host, port, code));
  }
}

/** @throws ApiFailure of the first prompt that cannot be answered. */
async function answer(
  queue: Queue<Job, JobResult>,
  jobs: readonly Job[],
  wanted: () => boolean,
): Promise<readonly Completion[]> {
  return (await queue.add(jobs, wanted)).map((result) => {
    if (!result.ok) throw new ApiFailure(result.error);
    return result.completion;
  });
}

function choiceOf({ text, logprobs, finishReason }: Completion, index: number): object {
  return { index, text, logprobs, finish_reason: finishReason };
}

function usageOf(completions: readonly Completion[]): object {
  const promptTokens = completions.reduce((sum, each) => sum + each.promptTokens, 0);
  const completionTokens = completions.reduce((sum, each) => sum + each.completionTokens, 0);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

function modelList(name: string, engine: EngineThread, created: number): object {
  const model = {
    id: name,
    object: 'model',
    created,
    owned_by: 'evalgraph',
    max_model_len: engine.contextLength,
  };
  return { object: 'list', data: [model] };
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

function sendError(request: IncomingMessage, response: ServerResponse, error: ApiError): void {
  const { status } = error;
  if (status === 503) response.setHeader('retry-after', '1');
  // The rest of a body that was not read would be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  sendJson(response, status, errorBody(error));
}

/** The text as OpenAI writes it. */
function errorBody({ message, type, param, code }: ApiError): object {
  return { error: { message, type, param, code } };
}

function apiError(error: unknown, { onDefect }: ServeOptions): ApiError {
  if (error instanceof ApiFailure) return error.error;
  if (error instanceof UserError) return apiErrors.engineFailed(error.message);
  onDefect(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return apiErrors.internal();
}
