/**
 * Responses by their key: an append-only journal while a cell runs, the same file under its final name when every
 * request is answered. A rerun after any kill reads the journal and asks only for what is not in it.
 */

import { closeSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Answer, SessionResponse, TokenCounts } from '@evalgraph/engines';
import { isMissing, readRegularSync, UserError } from '@evalgraph/formats';
import { steadyMs, systemMessages, writingSync } from '@evalgraph/system';
import { checkedLine, MAX_STORED_BYTES, parseCheckedLines } from './checked-lines.ts';

/** Flushing after every pass would cost more than a pass of a small model; a power loss may take this much. */
const FLUSH_INTERVAL_MS = 2000;

export interface Journal {
  /** Answers of earlier runs. */
  readonly known: ReadonlyMap<number, SessionResponse>;
  append(answers: readonly Answer[]): void;
  /** Notes what it took, flushes, and gives the file its final name. */
  finish(tokens: TokenCounts): void;
  /** Flushes what there is; the next run goes on from it. */
  close(): void;
}

interface Header {
  readonly format: 1;
  readonly key: string;
  readonly requests: number;
}

function finalPath(store: string, key: string): string {
  return join(store, 'responses', key.slice(0, 2), `${key}.jsonl`);
}

function journalPath(store: string, key: string): string {
  return join(store, 'journals', `${key}.jsonl`);
}

export interface StoredResponses {
  readonly responses: readonly SessionResponse[];
  /** What it took to compute them. */
  readonly tokens: TokenCounts;
}

/** @returns the complete responses of a key, or null. A damaged file counts as absent. */
export function readResponses(store: string, key: string, requests: number): StoredResponses | null {
  const answers = readAnswers(finalPath(store, key), { format: 1, key, requests });
  if (answers === null || answers.known.size !== requests || answers.tokens === null) return null;
  const responses = Array.from({ length: requests }, (_, index) => {
    const response = answers.known.get(index);
    if (response === undefined) throw new Error(`no response ${index} under ${key}`);
    return response;
  });
  return { responses, tokens: answers.tokens };
}

interface Answers {
  readonly known: ReadonlyMap<number, SessionResponse>;
  /** The last line of a finished file. */
  readonly tokens: TokenCounts | null;
  readonly goodBytes: number;
}

function readAnswers(path: string, header: Header): Answers | null {
  let bytes: Buffer;
  try {
    bytes = readRegularSync(path, MAX_STORED_BYTES);
  } catch (error) {
    if (isMissing(error)) return null;
    if (error instanceof UserError) throw error;
    throw new UserError(
      systemMessages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)),
    );
  }
  const { values, goodBytes } = parseCheckedLines(bytes);
  const [first, ...rest] = values;
  if (JSON.stringify(first) !== JSON.stringify(header)) return null;
  const known = new Map<number, SessionResponse>();
  let tokens: TokenCounts | null = null;
  for (const line of rest) {
    // A store may be shared: what another program wrote under a right checksum counts as absent too.
    if (isTokens(line)) tokens = line;
    else if (Array.isArray(line) && line.every(isAnswer))
      for (const { request, response } of line) known.set(request, response);
    else return null;
  }
  return { known, tokens, goodBytes };
}

function isTokens(line: unknown): line is TokenCounts {
  const counts = (line ?? {}) as Partial<Record<keyof TokenCounts, unknown>>;
  return [counts.asked, counts.distinct, counts.computed].every(Number.isSafeInteger);
}

function isAnswer(value: unknown): value is Answer {
  const { request, response } = (value ?? {}) as Partial<Record<keyof Answer, unknown>>;
  return Number.isSafeInteger(request) && typeof response === 'object' && response !== null;
}

/** @throws UserError where the store cannot be written. */
export function openJournal(store: string, key: string, requests: number): Journal {
  const path = journalPath(store, key);
  const header: Header = { format: 1, key, requests };
  return writingSync(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    const earlier = readAnswers(path, header);
    const file = openSync(path, earlier === null ? 'w' : 'r+');
    let position = earlier?.goodBytes ?? 0;
    let flushedAt = steadyMs();

    const write = (value: unknown): void => {
      const bytes = Buffer.from(checkedLine(value));
      for (let sent = 0; sent < bytes.length; )
        sent += writeSync(file, bytes, sent, bytes.length - sent, position + sent);
      position += bytes.length;
    };
    try {
      ftruncateSync(file, position);
      if (position === 0) write(header);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    return {
      known: earlier?.known ?? new Map(),
      append: (answers) =>
        writingSync(path, () => {
          write(answers);
          if (steadyMs() - flushedAt < FLUSH_INTERVAL_MS) return;
          fdatasyncSync(file);
          flushedAt = steadyMs();
        }),
      finish: (tokens) =>
        writingSync(path, () => {
          try {
            write(tokens);
          } finally {
            flushAndClose(file);
          }
          mkdirSync(dirname(finalPath(store, key)), { recursive: true });
          renameSync(path, finalPath(store, key));
        }),
      close: () => writingSync(path, () => flushAndClose(file)),
    };
  });
}

/** A full disk must not leave the file open: it would keep the file system busy. */
function flushAndClose(file: number): void {
  try {
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}
