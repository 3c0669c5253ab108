import { availableParallelism, freemem } from 'node:os';
import { defineConfig } from 'vitest/config';

/** CI sums the counts of all suites; it names the file that they are written to. */
const report = process.env['EVALGRAPH_TEST_REPORT'];
/** A test file with the programs that it starts: most need a third of it. */
const BYTES_PER_WORKER = 1.5 * 1024 ** 3;
/** Test files at a time: as many as there are cores, where memory allows. vitest itself would leave one core idle. */
const workers = Math.max(1, Math.min(availableParallelism(), Math.floor(freemem() / BYTES_PER_WORKER)));

/** Tests read the sources of every package; what they start is built. */
const conditions = ['evalgraph-source', 'module', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    globalSetup: ['vitest.setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    // Of a worker's end, on a machine that has other things to do.
    teardownTimeout: 60_000,
    maxWorkers: Number(process.env['EVALGRAPH_TEST_WORKERS'] ?? workers),
    ...(report === undefined ? {} : { reporters: ['default', 'json'], outputFile: { json: report } }),
  },
});
