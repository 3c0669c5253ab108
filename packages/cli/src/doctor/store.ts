/** Every entry of the store read in full: results against their manifests, responses and journals line by line. */
import { existsSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { readRegularSync, sha256Hex } from '@evalgraph/formats';
import { damageOf, MAX_STORED_BYTES, parseCheckedLines } from '@evalgraph/runner/store';
import { writingSync } from '@evalgraph/system';
import type { Finding } from './finding.ts';

export interface StoreCheck {
  readonly results: number;
  readonly responses: number;
  readonly journals: number;
  readonly findings: readonly Finding[];
}

export function checkStore(store: string): StoreCheck {
  const results = entries(join(store, 'results'));
  const responses = entries(join(store, 'responses'));
  const journals = names(join(store, 'journals')).map((name) => join(store, 'journals', name));
  return {
    results: results.length,
    responses: responses.length,
    journals: journals.length,
    findings: [
      ...results.flatMap(checkResult),
      ...responses.flatMap(checkResponses),
      ...journals.flatMap(checkJournal),
    ],
  };
}

/** Below two digits of the key. */
function entries(folder: string): readonly string[] {
  return names(folder).flatMap((shelf) =>
    names(join(folder, shelf)).map((name) => join(folder, shelf, name)),
  );
}

function names(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

function checkResult(path: string): readonly Finding[] {
  if (path.includes('.staging-')) return [];
  const why = damageOf(path, (file) => sha256Hex(readRegularSync(file, MAX_STORED_BYTES)));
  if (why === null) return [];
  return [removal(path, `results: ${why}`, 'its cell is evaluated or scored again')];
}

function checkResponses(path: string): readonly Finding[] {
  const bytes = bytesOf(path);
  if (bytes === null) return [removal(path, 'responses: it is no file', 'its cell is evaluated again')];
  const { whole, goodBytes } = parseCheckedLines(bytes);
  if (whole) return [];
  const what = `responses: the line at byte ${goodBytes} does not have its checksum`;
  return [removal(path, what, 'its cell is evaluated again')];
}

/** A torn last line is what a kill leaves; the next run cuts it off. Anything after a bad line is lost. */
function checkJournal(path: string): readonly Finding[] {
  const bytes = bytesOf(path);
  if (bytes === null) return [removal(path, 'journal: it is no file', 'its cell begins anew')];
  const { whole, goodBytes } = parseCheckedLines(bytes);
  if (whole || bytes.indexOf(0x0a, goodBytes) < 0) return [];
  const lost = bytes.length - goodBytes;
  return [
    {
      what: `${path}: journal: the line at byte ${goodBytes} does not have its checksum, ${lost} bytes after it are lost`,
      remedy: 'npx evalgraph doctor --repair cuts it there; the next run goes on from what is good',
      repair: () => {
        writingSync(path, () => truncateSync(path, goodBytes));
        return Promise.resolve(`${path}: cut to its ${goodBytes} good bytes`);
      },
    },
  ];
}

/** null: a folder, a pipe, or nothing that may be read. */
function bytesOf(path: string): Buffer | null {
  try {
    return readRegularSync(path, MAX_STORED_BYTES);
  } catch {
    return null;
  }
}

function removal(path: string, what: string, then: string): Finding {
  return {
    what: `${path}: ${what}`,
    remedy: `npx evalgraph doctor --repair removes it; ${then}`,
    repair: () => {
      writingSync(path, () => rmSync(path, { recursive: true, force: true }));
      return Promise.resolve(`${path}: removed; ${then}`);
    },
  };
}
