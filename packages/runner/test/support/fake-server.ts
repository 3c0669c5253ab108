/** A completions server that answers what a test tells it to: each request is given to a list of behaviours. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly path: string;
  readonly authorization: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** @param number 0 for the server's first completion request. */
export type Behaviour = (seen: Seen, response: ServerResponse, number: number) => void;

export interface FakeServer {
  /** Up to and including /v1. */
  readonly url: string;
  readonly seen: readonly Seen[];
  /** Most requests under way at once. */
  mostAtOnce(): number;
  close(): Promise<void>;
}

export async function startFakeServer(
  behaviour: Behaviour,
  models: readonly string[] = ['tiny'],
): Promise<FakeServer> {
  const seen: Seen[] = [];
  let open = 0;
  let most = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = '';
    for await (const part of request) text += String(part);
    if (request.url === '/v1/models') {
      reply(response, 200, { data: models.map((id) => ({ id })) });
      return;
    }
    const body = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const asked = { path: request.url ?? '', authorization: request.headers.authorization ?? null, body };
    open += 1;
    most = Math.max(most, open);
    response.on('close', () => {
      open -= 1;
    });
    behaviour(asked, response, seen.push(asked) - 1);
  };
  const server = createServer(
    (request, response) => void handle(request, response).catch(() => response.destroy()),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen,
    mostAtOnce: () => most,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A log-probability that depends on the token and its place alone, so that a test knows it too. */
export function fakeLogProb(token: number, place: number): number {
  return -((token % 7) + 1) / 4 - place / 1024;
}

/** A right answer: every second token is the likeliest one at its place; `generated` texts follow the prompt. */
export function rightAnswer({ body }: Seen): object {
  const prompt = body['prompt'] as readonly number[];
  const extra = Number(body['max_tokens']);
  if (body['echo'] !== true) {
    return {
      choices: [{ index: 0, text: ` the answer${String(body['stop'] ?? '').slice(0, 1)}`, logprobs: null }],
      usage: { prompt_tokens: prompt.length, completion_tokens: 3 },
    };
  }
  const tokens = [...prompt, ...new Array<number>(extra).fill(65)];
  const values = tokens.map((token, place) => (place === 0 ? null : fakeLogProb(token, place)));
  return {
    choices: [
      {
        index: 0,
        text: '',
        logprobs: {
          tokens: tokens.map((token) => (token < 256 ? String.fromCharCode(token) : '<s>')),
          token_logprobs: values,
          top_logprobs: tokens.map((token, place) => {
            const value = values[place];
            if (value === null || value === undefined) return null;
            return token % 2 === 0 ? { best: value } : { best: value + 0.1, other: value };
          }),
        },
      },
    ],
    usage: { prompt_tokens: prompt.length, completion_tokens: extra },
  };
}
