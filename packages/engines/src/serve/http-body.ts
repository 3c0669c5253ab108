/** Requests' bodies as text, each bounded, and all of them together. */
import type { IncomingMessage } from 'node:http';
import { ApiFailure } from './api-failure.ts';
import { apiErrors } from './messages.ts';

/** 256 prompts of 8,192 token ids of six characters are 12 MB. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** What the bodies that are being read or answered may take together. */
export interface BodyBudget {
  readonly limitBytes: number;
  usedBytes: number;
}

export interface HeldBody {
  readonly text: string;
  /** Once it is answered: until then its prompts wait in memory. */
  release(): void;
}

/** @throws ApiFailure 413 where the body is larger, 503 where there is no room; then the rest is not read. */
export async function readBody(request: IncomingMessage, budget: BodyBudget): Promise<HeldBody> {
  const parts: Buffer[] = [];
  let bytes = 0;
  const release = (): void => {
    budget.usedBytes -= bytes;
    bytes = 0;
  };
  try {
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > MAX_BODY_BYTES) throw new ApiFailure(apiErrors.bodyTooLarge(MAX_BODY_BYTES));
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length;
      budget.usedBytes += part.length;
      if (bytes > MAX_BODY_BYTES) throw new ApiFailure(apiErrors.bodyTooLarge(MAX_BODY_BYTES));
      if (budget.usedBytes > budget.limitBytes) throw new ApiFailure(apiErrors.noRoom(budget.limitBytes));
      parts.push(part);
    }
    return { text: Buffer.concat(parts).toString('utf8'), release };
  } catch (error) {
    release();
    throw error;
  }
}
