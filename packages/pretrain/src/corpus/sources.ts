/**
 * From sources to units of reading: files found, in an order that no file system decides, and cut into pieces that workers
 * read side by side. Units depend on names and sizes only. Opens no file.
 */
import { glob, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { UserError } from '@evalgraph/formats';
import type { CorpusConfig, SourceConfig } from './config.ts';
import { messages } from './messages.ts';

/** What a worker takes at a time: a few of them must fit into memory, and there must be more of them than workers. */
export const UNIT_BYTES = 4 * 1024 * 1024;
/** A folder of code files: small ones are many. */
const UNIT_FILES = 4096;

export interface InputFile {
  /** Index of its source. */
  readonly source: number;
  /** Relative to the source's path, with `/`; the first part of its documents' ids. */
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

export type ReadUnit =
  /** Lines that begin in these bytes. */
  | { readonly kind: 'lines'; readonly file: InputFile; readonly start: number; readonly end: number }
  /** All lines of a compressed file: nobody knows where in it one begins. */
  | { readonly kind: 'compressed'; readonly file: InputFile }
  | { readonly kind: 'files'; readonly files: readonly InputFile[] }
  | { readonly kind: 'parquet'; readonly file: InputFile };

/** @throws UserError for each source without files; for a file that cannot be looked at. */
export async function listInputs(config: CorpusConfig, folder: string): Promise<readonly InputFile[]> {
  const found = await Promise.all(config.sources.map((source, at) => filesOf(source, at, folder)));
  const problems = config.sources.flatMap((source, at) =>
    found[at]?.length === 0
      ? [messages.corpusNoFiles(source.name, resolve(folder, source.path), source.files)]
      : [],
  );
  if (problems.length > 0) throw new UserError(problems);
  return found.flat();
}

async function filesOf(source: SourceConfig, at: number, folder: string): Promise<readonly InputFile[]> {
  const cwd = resolve(folder, source.path);
  const names = new Set<string>();
  for await (const name of glob([...source.files], { cwd })) {
    const parts = name.split(sep);
    const isHidden = parts.some((part) => part.startsWith('.') || part === 'node_modules');
    if (source.kind !== 'code' || !isHidden) names.add(parts.join('/'));
  }
  const files: InputFile[] = [];
  for (const name of [...names].sort()) {
    const path = join(cwd, name);
    const size = await sizeOfFile(path, source.kind === 'code');
    if (size !== null) files.push({ source: at, name, path, size });
  }
  return files;
}

/**
 * @param mayDangle a tree of code has links to what was never copied: they are no files of it
 * @returns bytes; null for what is no file
 */
async function sizeOfFile(path: string, mayDangle: boolean): Promise<number | null> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (mayDangle && (code === 'ENOENT' || code === 'ELOOP')) return null;
    throw new UserError(messages.unreadableFile(path, code));
  }
}

export function readUnits(config: CorpusConfig, inputs: readonly InputFile[]): readonly ReadUnit[] {
  return config.sources.flatMap((source, at) => {
    const files = inputs.filter((file) => file.source === at);
    if (source.kind === 'parquet') return files.map((file) => ({ kind: 'parquet', file }) as const);
    const isLines = source.kind === 'jsonl' || (source.kind === 'text' && source.documents === 'line');
    return isLines ? files.flatMap(lineUnits) : fileUnits(files);
  });
}

/** gzip and zstd are unpacked as they are read. */
const COMPRESSED = /\.(gz|zst)$/;

/** What there is to read, of the files as they lie. */
export function unitBytes(unit: ReadUnit): number {
  if (unit.kind === 'lines') return unit.end - unit.start;
  return unit.kind === 'files' ? unit.files.reduce((sum, { size }) => sum + size, 0) : unit.file.size;
}

function lineUnits(file: InputFile): readonly ReadUnit[] {
  if (COMPRESSED.test(file.name)) return [{ kind: 'compressed', file }];
  return Array.from({ length: Math.ceil(file.size / UNIT_BYTES) }, (_, no) => ({
    kind: 'lines',
    file,
    start: no * UNIT_BYTES,
    end: Math.min(file.size, (no + 1) * UNIT_BYTES),
  }));
}

function fileUnits(files: readonly InputFile[]): readonly ReadUnit[] {
  const units: InputFile[][] = [];
  let bytes = 0;
  for (const file of files) {
    const last = units.at(-1);
    if (last === undefined || last.length >= UNIT_FILES || bytes + file.size > UNIT_BYTES) {
      units.push([file]);
      bytes = file.size;
    } else {
      last.push(file);
      bytes += file.size;
    }
  }
  return units.map((group) => ({ kind: 'files', files: group }));
}
