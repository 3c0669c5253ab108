/** What `evalgraph serve` says: to its user, and to its clients as OpenAI's error objects. */
import { inspect } from 'node:util';
import { defineMessages } from '@evalgraph/formats';

export interface ApiError {
  readonly status: number;
  readonly type: 'invalid_request_error' | 'not_found_error' | 'server_error';
  readonly message: string;
  /** The field that is wrong. */
  readonly param: string | null;
  readonly code: string;
}

function bad(code: string, param: string | null, message: string): ApiError {
  return { status: 400, type: 'invalid_request_error', message, param, code };
}

export const messages = defineMessages({
  cannotListen: (host: string, port: number, code: string) => ({
    message: `Cannot listen on ${host}:${port}: ${code === 'EADDRINUSE' ? 'another program does (EADDRINUSE)' : code}.`,
    remedy: 'Choose another --port (0: any free one) or --host.',
  }),
  workerEnded: (folder: string, code: number) => ({
    message: `The engine of ${folder} ended by itself (code ${code}).`,
    remedy: 'This is most often a lack of memory. Start the server again.',
  }),
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  listening: (model: string, url: string, threads: number, length: number): string =>
    `Serving ${model} at ${url}/v1 (${threads} thread${threads === 1 ? '' : 's'}, ${length} tokens). Ctrl-C ends it.`,
  exposed: (host: string): string =>
    `Anyone who reaches ${host} can use it: there is no key. Without --host only this machine can. It answers to addresses, and to names that --allow-host gives.`,
  stopped: (prompts: number): string => `Stopped after ${prompts} prompt${prompts === 1 ? '' : 's'}.`,
} as const;

/** What clients are answered, as OpenAI's error objects. */
export const apiErrors = {
  notFound: (method: string, path: string): ApiError => ({
    ...bad(
      'unknown_url',
      null,
      `${method} ${path} does not exist; there are POST /v1/completions, GET /v1/models and GET /health.`,
    ),
    status: 404,
    type: 'not_found_error',
  }),
  wrongMethod: (method: string, path: string, allowed: string): ApiError => ({
    ...bad('method_not_allowed', null, `${method} ${path} is not supported; use ${allowed}.`),
    status: 405,
  }),
  unknownModel: (found: string, served: string): ApiError => ({
    ...bad(
      'model_not_found',
      'model',
      `The model '${found}' does not exist; this server serves '${served}'.`,
    ),
    status: 404,
    type: 'not_found_error',
  }),
  foreignHost: (host: string | null): ApiError => ({
    ...bad(
      'host_not_allowed',
      null,
      `The request was sent to ${host === null ? 'no host' : `the host ${brief(host)}`}; this server answers as localhost, 127.0.0.1 and [::1]. Start it with --allow-host NAME to let it answer under another name.`,
    ),
    status: 403,
  }),
  foreignOrigin: (origin: string | null): ApiError => ({
    ...bad(
      'origin_not_allowed',
      null,
      `${origin === null ? 'A web page of another site' : `The web page ${brief(origin)}`} may not use this server. Start it with --allow-origin ORIGIN (https://host:port) to let it.`,
    ),
    status: 403,
  }),
  notJsonType: (found: string | null): ApiError => ({
    ...bad(
      'unsupported_media_type',
      null,
      `The content type is ${found === null ? 'missing' : brief(found)}; send 'content-type: application/json'.`,
    ),
    status: 415,
  }),
  tooSlow: (): ApiError => ({
    ...bad('request_timeout', null, 'The request did not arrive whole in time.'),
    status: 408,
  }),
  headersTooLarge: (): ApiError => ({
    ...bad('headers_too_large', null, 'The headers have more than 16 KiB.'),
    status: 431,
  }),
  notHttp: (): ApiError => bad('invalid_http', null, 'The request is not valid HTTP/1.1.'),
  bodyTooLarge: (limitBytes: number): ApiError => ({
    ...bad('body_too_large', null, `The body has more than ${limitBytes} bytes.`),
    status: 413,
  }),
  notJson: (reason: string): ApiError => bad('invalid_json', null, `The body is not valid JSON: ${reason}`),
  notAnObject: (): ApiError => bad('invalid_json', null, 'The body must be a JSON object.'),
  badField: (field: string, found: unknown, expected: string): ApiError =>
    bad('invalid_value', field, `${field} is ${brief(found)}; expected ${expected}.`),
  unsupported: (field: string, found: unknown, supported: string): ApiError =>
    bad('unsupported_value', field, `${field} is ${brief(found)}; this server supports ${supported} only.`),
  unknownField: (field: string): ApiError =>
    bad(
      'unknown_field',
      shortened(field, BRIEF_CHARACTERS),
      `The field ${brief(field)} is not supported: this server decodes greedily. It reads prompt, model, max_tokens, logprobs, echo, stop, repetition_penalty, no_repeat_ngram_size and min_tokens.`,
    ),
  checkpointRefused: (detail: string): ApiError => bad('unsupported_value', null, detail),
  emptyPrompt: (index: number): ApiError =>
    bad(
      'empty_prompt',
      'prompt',
      `Prompt ${index} has no token; a model needs at least one to predict from.`,
    ),
  badToken: (index: number, at: number, token: number, vocabSize: number): ApiError =>
    bad(
      'invalid_token',
      'prompt',
      `Token ${at} of prompt ${index} is ${token}; legal are the integers 0 to ${vocabSize - 1}.`,
    ),
  tooLong: (prompt: number, tokens: number, maxTokens: number, limit: number): ApiError =>
    bad(
      'context_length_exceeded',
      'prompt',
      `Prompt ${prompt} has ${tokens} tokens and max_tokens is ${maxTokens}; the model's context length is ${limit} tokens.`,
    ),
  tooManyCharacters: (prompt: number, characters: number, limit: number): ApiError =>
    bad(
      'context_length_exceeded',
      'prompt',
      `Prompt ${prompt} has ${characters} characters, far more than the model's context length of ${limit} tokens holds.`,
    ),
  overloaded: (waiting: number): ApiError => ({
    status: 503,
    type: 'server_error',
    message: `${waiting} prompts are waiting already; try again later.`,
    param: null,
    code: 'overloaded',
  }),
  noRoom: (limitBytes: number): ApiError => ({
    status: 503,
    type: 'server_error',
    message: `The requests under way have ${limitBytes} bytes already; try again later.`,
    param: null,
    code: 'overloaded',
  }),
  tooManyConnections: (limit: number): ApiError => ({
    status: 503,
    type: 'server_error',
    message: `${limit} connections are open already; try again later.`,
    param: null,
    code: 'overloaded',
  }),
  stopping: (): ApiError => ({
    status: 503,
    type: 'server_error',
    message: 'The server is stopping.',
    param: null,
    code: 'stopping',
  }),
  engineFailed: (message: string): ApiError => ({
    status: 500,
    type: 'server_error',
    message,
    param: null,
    code: 'engine_failed',
  }),
  /** A defect of the program: its stack goes to the server's own output. */
  internal: (): ApiError => ({
    status: 500,
    type: 'server_error',
    message: 'An internal error; the server wrote it to its standard error.',
    param: null,
    code: 'internal_error',
  }),
} as const;

const BRIEF_CHARACTERS = 80;

/** Bounded in depth and length: what clients send may be nested a hundred thousand times. */
function brief(value: unknown): string {
  if (value === undefined) return 'missing';
  const depth = { depth: 1, maxArrayLength: 8, maxStringLength: BRIEF_CHARACTERS };
  const text = inspect(value, { ...depth, breakLength: Number.POSITIVE_INFINITY });
  return shortened(text, BRIEF_CHARACTERS);
}

function shortened(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters)}…`;
}
