import { defineConfig } from 'vitest/config';

/** CI sums the counts of all suites; it names the file that they are written to. */
const report = process.env['EVALGRAPH_TEST_REPORT'];
/** Test files at a time; left out: vitest's choice, one less than the cores. */
const workers = process.env['EVALGRAPH_TEST_WORKERS'];

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
    ...(workers === undefined ? {} : { maxWorkers: Number(workers) }),
    ...(report === undefined ? {} : { reporters: ['default', 'json'], outputFile: { json: report } }),
  },
});
