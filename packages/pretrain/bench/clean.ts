/**
 * Cleaning by steps: `npx node packages/pretrain/bench/clean.ts <file.jsonl> <workers>` prints MB of input a second of one
 * thread's CPU time for each step, the whole run's, and the peak memory. clean.py does the same steps in Python.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { argv } from 'node:process';
import { parseCorpusConfig } from '../src/corpus/config.ts';
import { runCorpus } from '../src/corpus/run.ts';

const file = resolve(argv[2] ?? '');
const workers = Number(argv[3] ?? 2);
const megabytes = statSync(file).size / 1e6;
const root = mkdtempSync(join(tmpdir(), 'evalgraph-clean-'));
const source = { name: 'web', kind: 'jsonl', path: dirname(file), files: basename(file), licence: 'CC0-1.0' };
const steps = [
  { step: 'length', minWords: 20 },
  { step: 'repetition' },
  { step: 'quality' },
  { step: 'language', keep: ['en'] },
  { step: 'exact-duplicates' },
  { step: 'near-duplicates' },
];
try {
  const output = join(root, 'out');
  const card = await runCorpus(parseCorpusConfig({ sources: [source], steps }), {
    folder: '/',
    output,
    workers,
  });
  const { wallMs, threadTimesMs } = JSON.parse(readFileSync(join(output, 'run.json'), 'utf8')) as {
    wallMs: number;
    threadTimesMs: Readonly<Record<string, number>>;
  };
  for (const [name, timeMs] of Object.entries(threadTimesMs))
    console.log(`${name.padEnd(40)} ${(megabytes / (timeMs / 1000)).toFixed(0).padStart(7)} MB/s`);
  for (const { name, documentsIn, documentsRemoved } of card.steps)
    console.log(`${name.padEnd(40)} ${documentsRemoved} of ${documentsIn} documents removed`);
  const { user, system } = process.cpuUsage();
  console.log(
    `all: ${(wallMs / 1000).toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of CPU, ${workers} workers`,
  );
  console.log(`peak memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
