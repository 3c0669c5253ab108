/** A process that reads one table (its rows are not kept), and says what came of it and its largest size in memory. */
import { extname } from 'node:path';
import {
  parquetInfo,
  readCsv,
  readJsonl,
  readParquet,
  readSafetensorsHeader,
  UserError,
} from '../src/index.ts';

const [path = ''] = process.argv.slice(2);
let said = '';
let rows = 0;
try {
  const kind = extname(path);
  if (kind === '.safetensors') await readSafetensorsHeader(path);
  else {
    if (kind === '.parquet') await parquetInfo(path);
    const table = kind === '.parquet' ? readParquet(path) : kind === '.csv' ? readCsv(path) : readJsonl(path);
    for await (const _ of table) rows += 1;
  }
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  said = error.message;
}
const megabytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ said, rows, megabytes }));
