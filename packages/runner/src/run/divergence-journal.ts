/** Windows of a divergence that is under way: appended as they come, so that a killed run goes on after the last. */

import { appendFileSync, mkdirSync, rmSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { WindowDivergence } from '@evalgraph/engines/embedded';
import { isMissing, readRegularSync, UserError } from '@evalgraph/formats';
import type { DivergencePositions } from '@evalgraph/ppl-compare';
import { systemMessages, writingSync } from '@evalgraph/system';
import { checkedLine, MAX_STORED_BYTES, parseCheckedLines } from '../store/checked-lines.ts';

export interface DivergenceJournal {
  /** What earlier runs computed, by the window's index. */
  readonly known: ReadonlyMap<number, DivergencePositions>;
  append(window: WindowDivergence): void;
  /** Deletes the file: the result holds what is wanted of it. */
  finish(): void;
}

interface Header {
  readonly format: 1;
  readonly key: string;
  readonly windows: number;
}

const FLOATS = ['klNats', 'deltaP', 'denseNllNats', 'prunedNllNats'] as const;
const COUNTS = ['denseTop', 'prunedTop', 'target', 'window'] as const;

interface Line
  extends Readonly<Record<(typeof FLOATS)[number] | (typeof COUNTS)[number], readonly number[]>> {
  readonly index: number;
  readonly vocabulary: number;
}

/** @throws UserError where the store cannot be written. */
export function openDivergenceJournal(store: string, key: string, windows: number): DivergenceJournal {
  const path = join(store, 'journals', `${key}.divergence.jsonl`);
  const header: Header = { format: 1, key, windows };
  const known = new Map<number, DivergencePositions>();
  const { values, goodBytes } = parseCheckedLines(readIfThere(path));
  const [first, ...rest] = values;
  const isOurs = JSON.stringify(first) === JSON.stringify(header);
  for (const line of isOurs ? (rest as Line[]) : []) known.set(line.index, fromLine(line));
  writingSync(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    if (isOurs) truncateSync(path, goodBytes);
    else rmSync(path, { force: true });
    if (!isOurs) appendFileSync(path, checkedLine(header));
  });
  return {
    known,
    append: ({ index, positions }) =>
      writingSync(path, () => appendFileSync(path, checkedLine(toLine(index, positions)))),
    finish: () => rmSync(path, { force: true }),
  };
}

function readIfThere(path: string): Buffer {
  try {
    return readRegularSync(path, MAX_STORED_BYTES);
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    if (error instanceof UserError) throw error;
    throw new UserError(
      systemMessages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)),
    );
  }
}

function toLine(index: number, positions: DivergencePositions): Line {
  const lists = [...FLOATS, ...COUNTS].map((name) => [name, [...positions[name]]] as const);
  return { index, vocabulary: positions.vocabulary, ...Object.fromEntries(lists) } as Line;
}

function fromLine(line: Line): DivergencePositions {
  const floats = FLOATS.map((name) => [name, Float64Array.from(line[name])] as const);
  const counts = COUNTS.map((name) => [name, Uint32Array.from(line[name])] as const);
  const lists = Object.fromEntries([...floats, ...counts]) as Omit<
    DivergencePositions,
    'vocabulary' | 'count'
  >;
  return { vocabulary: line.vocabulary, count: line.klNats.length, ...lists };
}

/** All windows' positions, in the windows' order. */
export function joinPositions(parts: readonly DivergencePositions[]): DivergencePositions {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const floats = FLOATS.map((name) => {
    const all = new Float64Array(count);
    let at = 0;
    for (const part of parts) {
      all.set(part[name], at);
      at += part.count;
    }
    return [name, all] as const;
  });
  const counts = COUNTS.map((name) => {
    const all = new Uint32Array(count);
    let at = 0;
    for (const part of parts) {
      all.set(part[name], at);
      at += part.count;
    }
    return [name, all] as const;
  });
  const lists = Object.fromEntries([...floats, ...counts]) as Omit<
    DivergencePositions,
    'vocabulary' | 'count'
  >;
  return { vocabulary: parts[0]?.vocabulary ?? 0, count, ...lists };
}
