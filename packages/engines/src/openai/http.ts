/**
 * One HTTP exchange over node:http(s): bounded in time and size, every failure as a value. node:http and not
 * fetch: fetch has a time limit of its own (300 s) that a long queue of a busy server exceeds.
 */
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { phrases } from './messages.ts';

/** A prompt of 100,000 tokens with two log-probabilities each is about 10 MB. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export interface Exchange {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type Outcome =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly retryAfter: string | null;
      readonly body: string;
    }
  /** No whole answer: refused, reset, too slow. `reason` is for the user. */
  | { readonly kind: 'failure'; readonly reason: string };

export interface Connections {
  exchange(exchange: Exchange): Promise<Outcome>;
  close(): void;
}

export function openConnections(url: URL, concurrency: number): Connections {
  const secure = url.protocol === 'https:';
  const settings = { keepAlive: true, maxSockets: concurrency };
  const agent = secure ? new HttpsAgent(settings) : new HttpAgent(settings);
  const request = secure ? httpsRequest : httpRequest;

  const exchange = (asked: Exchange): Promise<Outcome> =>
    new Promise((resolve) => {
      const fail = (reason: string): void => resolve({ kind: 'failure', reason });
      const deadline = AbortSignal.timeout(asked.timeoutMs);
      const failed = (error: NodeJS.ErrnoException): void =>
        fail(
          deadline.aborted ? phrases.timeout(asked.timeoutMs) : phrases.network(error.code ?? error.message),
        );
      const body = Buffer.from(asked.body);
      const sent = request(
        asked.url,
        {
          agent,
          method: asked.method,
          headers: { ...asked.headers, 'content-length': body.length },
          signal: AbortSignal.any([deadline, asked.signal]),
        },
        (response) => {
          const parts: Buffer[] = [];
          let bytes = 0;
          response.on('data', (part: Buffer) => {
            bytes += part.length;
            parts.push(part);
            if (bytes <= MAX_ANSWER_BYTES) return;
            fail(phrases.tooLarge(MAX_ANSWER_BYTES));
            response.destroy();
          });
          response.on('error', failed);
          response.on('end', () =>
            resolve({
              kind: 'answer',
              status: response.statusCode ?? 0,
              retryAfter: response.headers['retry-after'] ?? null,
              body: Buffer.concat(parts).toString('utf8'),
            }),
          );
        },
      );
      sent.on('error', failed);
      sent.end(body);
    });
  return { exchange, close: () => agent.destroy() };
}
