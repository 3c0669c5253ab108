/** The texts of a finished corpus, in its order. */
import { join } from 'node:path';
import { damagedFile, readJsonl, readParquet, readRecord, UserError } from '@evalgraph/formats';
import { type CorpusIndex, corpusIndex } from '../corpus/records.ts';
import { messages } from './messages.ts';
import { type PackIndex, packRecord } from './records.ts';

/** @throws UserError where the folder is no finished corpus. */
export async function readCorpusIndex(folder: string): Promise<CorpusIndex> {
  const path = join(folder, 'index.json');
  const source = { file: path, remedy: messages.packNoCorpus(folder, '').remedy ?? '' };
  const index = await readRecord(path, source, corpusIndex);
  if (index === null) throw new UserError(messages.packNoCorpus(folder, 'no index.json'));
  return index;
}

/** @throws UserError where the folder holds no finished pack. */
export async function readPackIndex(folder: string): Promise<PackIndex> {
  const remedy = 'Move or remove the folder, and it is made again.';
  const source = { file: join(folder, 'index.json'), remedy };
  const index = await readRecord(source.file, source, packRecord);
  if (index === null) throw new UserError(damagedFile(source, 'it is missing'));
  return index;
}

/** @throws UserError where a shard is damaged. */
export async function* corpusTexts(folder: string, { format, shards }: CorpusIndex): AsyncGenerator<string> {
  for (const { file } of shards) {
    const path = join(folder, file);
    const rows = format === 'parquet' ? readParquet(path, { columns: ['text'] }) : readJsonl(path);
    for await (const { value } of rows) {
      const text = value instanceof Map ? value.get('text') : undefined;
      if (typeof text !== 'string')
        throw new UserError(messages.packNoCorpus(folder, `${file} has a row without text`));
      yield text;
    }
  }
}
