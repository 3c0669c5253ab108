/** The texts of a finished corpus, in its order. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, readJsonl, readParquet, UserError } from '@evalgraph/formats';
import type { CorpusIndex } from '../corpus/run.ts';
import { packMessages as messages } from './messages.ts';

/** @throws UserError where the folder is no finished corpus. */
export async function readCorpusIndex(folder: string): Promise<CorpusIndex> {
  try {
    const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as Partial<CorpusIndex>;
    const { key, format, shards } = index;
    const isWhole =
      typeof key === 'string' && Array.isArray(shards) && (format === 'parquet' || format === 'jsonl');
    if (!isWhole) throw new UserError(messages.noCorpus(folder, 'its index.json is another'));
    return index as CorpusIndex;
  } catch (error) {
    if (isMissing(error)) throw new UserError(messages.noCorpus(folder, 'no index.json'));
    if (error instanceof SyntaxError)
      throw new UserError(messages.noCorpus(folder, 'its index.json is no JSON'));
    throw error;
  }
}

/** @throws UserError where a shard is damaged. */
export async function* corpusTexts(folder: string, { format, shards }: CorpusIndex): AsyncGenerator<string> {
  for (const { file } of shards) {
    const path = join(folder, file);
    const rows = format === 'parquet' ? readParquet(path, { columns: ['text'] }) : readJsonl(path);
    for await (const { value } of rows) {
      const text = value instanceof Map ? value.get('text') : undefined;
      if (typeof text !== 'string')
        throw new UserError(messages.noCorpus(folder, `${file} has a row without text`));
      yield text;
    }
  }
}
