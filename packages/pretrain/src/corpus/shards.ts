/** The corpus itself: chosen documents, read from the parts, written as shards of parquet or JSON Lines. */
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { digestFile, sealed, shape, writeFileAtomic } from '@evalgraph/formats';
import { parquetWriteFile } from 'hyparquet-writer';
import type { CorpusConfig } from './config.ts';
import { fill } from './part-file.ts';
import { type ShardEntry, shardEntry } from './records.ts';
import { recordIfSound } from './work-folder.ts';

/** Columns of a shard: texts, all of them. */
export const COLUMNS = ['id', 'source', 'text'] as const;
/** Rows that a reader decodes at a time. */
const ROW_GROUP_ROWS = 1000;

export interface ShardJob {
  readonly kind: 'shard';
  readonly key: string;
  readonly folder: string;
  /** Where a finished shard is noted down. */
  readonly records: string;
  readonly file: string;
  /** The parts' paths; the other lists have an entry for each document, in the order of the shard. */
  readonly parts: readonly string[];
  readonly part: Uint32Array;
  readonly offset: Float64Array;
  readonly idBytes: Uint32Array;
  readonly textBytes: Uint32Array;
  readonly source: Uint32Array;
}

export async function writeShard(job: ShardJob, config: CorpusConfig): Promise<ShardEntry> {
  const done = join(job.records, `${job.file}.json`);
  const earlier = await finishedShard(done, job.key);
  if (earlier !== null) return earlier;
  const { ids, texts } = await readTexts(job);
  const sources = Array.from(job.source, (at) => config.sources[at]?.name ?? '');
  const path = join(job.folder, job.file);
  const staged = `${path}.partial`;
  await rm(staged, { force: true });
  if (config.output.format === 'parquet') writeParquet(staged, ids, sources, texts);
  else await writeLines(staged, ids, sources, texts);
  const { sha256, size } = await digestFile(staged);
  await rename(staged, path);
  const entry: ShardEntry = {
    file: job.file,
    documents: texts.length,
    characters: texts.reduce((sum, text) => sum + text.length, 0),
    textBytes: job.textBytes.reduce((sum, bytes) => sum + bytes, 0),
    fileBytes: size,
    sha256,
  };
  await writeFileAtomic(done, JSON.stringify(sealed({ key: job.key, entry })));
  return entry;
}

const finished = shape.record({ key: shape.text, entry: shardEntry });

async function finishedShard(path: string, key: string): Promise<ShardEntry | null> {
  const found = await recordIfSound(path, finished);
  return found?.key === key ? found.entry : null;
}

/** Reads in the order of the disk, whatever the order of the shard. */
async function readTexts(job: ShardJob): Promise<{ readonly ids: string[]; readonly texts: string[] }> {
  const count = job.part.length;
  const ids = new Array<string>(count).fill('');
  const texts = new Array<string>(count).fill('');
  const places = Uint32Array.from({ length: count }, (_, at) => at).sort(
    (a, b) => (job.part[a] ?? 0) - (job.part[b] ?? 0) || (job.offset[a] ?? 0) - (job.offset[b] ?? 0),
  );
  let current = -1;
  let handle: Awaited<ReturnType<typeof open>> | null = null;
  try {
    for (const at of places) {
      const part = job.part[at] ?? 0;
      const path = job.parts[part] ?? '';
      if (handle === null || part !== current) {
        await handle?.close();
        handle = await open(path, 'r');
        current = part;
      }
      const idBytes = job.idBytes[at] ?? 0;
      const bytes = Buffer.allocUnsafe(idBytes + (job.textBytes[at] ?? 0));
      await fill(handle, bytes, job.offset[at] ?? 0, path);
      ids[at] = bytes.toString('utf8', 0, idBytes);
      texts[at] = bytes.toString('utf8', idBytes);
    }
  } finally {
    await handle?.close();
  }
  return { ids, texts };
}

function writeParquet(filename: string, ids: string[], sources: string[], texts: string[]): void {
  const text = { type: 'STRING', nullable: false, statistics: false } as const;
  parquetWriteFile({
    filename,
    columnData: [
      { name: 'id', data: ids, encoding: 'PLAIN', ...text },
      { name: 'source', data: sources, ...text },
      { name: 'text', data: texts, encoding: 'PLAIN', ...text },
    ],
    codec: 'ZSTD',
    compressors: { ZSTD: (bytes) => new Uint8Array(zstdCompressSync(bytes)) },
    rowGroupSize: ROW_GROUP_ROWS,
    createdBy: 'evalgraph',
  });
}

async function writeLines(path: string, ids: string[], sources: string[], texts: string[]): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (let at = 0; at < texts.length; at += ROW_GROUP_ROWS) {
      const lines = texts
        .slice(at, at + ROW_GROUP_ROWS)
        .map((text, no) => `${JSON.stringify({ id: ids[at + no], source: sources[at + no], text })}\n`);
      await file.writeFile(lines.join(''));
    }
  } finally {
    await file.close();
  }
}
