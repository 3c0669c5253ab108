/** A process that reads tables (their rows are not kept). Of each it says what came of it and its largest size in memory. */
import { extname } from 'node:path';
import {
  parquetInfo,
  readCsv,
  readJsonl,
  readParquet,
  readSafetensorsHeader,
  UserError,
} from '../src/index.ts';

for (const path of process.argv.slice(2)) {
  const said = await read(path);
  const megabytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ said, megabytes })}\n`);
}

/** The message, or '' where the file is read. */
async function read(path: string): Promise<string> {
  try {
    const kind = extname(path);
    if (kind === '.safetensors') {
      await readSafetensorsHeader(path);
      return '';
    }
    if (kind === '.parquet') await parquetInfo(path);
    const table = kind === '.parquet' ? readParquet(path) : kind === '.csv' ? readCsv(path) : readJsonl(path);
    for await (const _ of table);
    return '';
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
}
