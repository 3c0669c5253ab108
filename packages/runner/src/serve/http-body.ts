/** A request's body as text, bounded. */
import type { IncomingMessage } from 'node:http';
import { ApiFailure } from './api-failure.ts';
import { serveMessages as messages } from './messages.ts';

/** 256 prompts of 8,192 token ids of six characters are 12 MB. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** @throws ApiFailure 413 where the body is larger; then the rest is not read. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new ApiFailure(messages.bodyTooLarge(MAX_BODY_BYTES));
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
