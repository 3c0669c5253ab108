/** Which documents a shard has, and in which order: pure data from the numbers of all documents. */
import type { CorpusConfig } from './config.ts';
import { type Documents, partOf } from './decide.ts';
import type { ShardJob } from './shards.ts';

export type ShardDocuments = Pick<ShardJob, 'part' | 'offset' | 'idBytes' | 'textBytes' | 'source'>;

export function planShards(
  { shuffle, output }: CorpusConfig,
  documents: Documents,
  drops: Uint8Array,
): readonly ShardDocuments[] {
  const { bytes, order } = documents;
  const kept = Uint32Array.from({ length: documents.count }, (_, at) => at).filter((at) => drops[at] === 0);
  if (shuffle) kept.sort((a, b) => (order[a] ?? 0) - (order[b] ?? 0) || a - b);
  const shards: ShardDocuments[] = [];
  let from = 0;
  let size = 0;
  for (const [no, at] of kept.entries()) {
    size += bytes[at] ?? 0;
    if (size < output.shardBytes && no < kept.length - 1) continue;
    shards.push(shardOf(documents, kept.subarray(from, no + 1)));
    from = no + 1;
    size = 0;
  }
  return shards;
}

function shardOf(documents: Documents, list: Uint32Array): ShardDocuments {
  return {
    part: Uint32Array.from(list, (at) => partOf(documents.firsts, at)),
    offset: Float64Array.from(list, (at) => documents.offset[at] ?? 0),
    idBytes: list.map((at) => documents.idBytes[at] ?? 0),
    textBytes: list.map((at) => documents.bytes[at] ?? 0),
    source: list.map((at) => documents.source[at] ?? 0),
  };
}
