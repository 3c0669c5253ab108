import { defineConfig } from 'vitest/config';

/** CI sums the counts of all suites; it names the file that they are written to. */
const report = process.env['EVALGRAPH_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    globalSetup: ['vitest.setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    ...(report === undefined ? {} : { reporters: ['default', 'json'], outputFile: { json: report } }),
  },
});
