import { availableParallelism, freemem } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** CI sums the counts of all suites; it names the file that they are written to. */
const report = process.env['EVALGRAPH_TEST_REPORT'];
/** A test file with the programs that it starts: most need a third of it. */
const BYTES_PER_WORKER = 1.5 * 1024 ** 3;
/** Test files at a time: as many as there are cores, where memory allows. vitest itself would leave one core idle. */
const workers = Math.max(1, Math.min(availableParallelism(), Math.floor(freemem() / BYTES_PER_WORKER)));

/** Tests read the sources of every package; what they start is built. */
const conditions = ['evalgraph-source', 'module', 'node', 'development|production'];

/** Files that take a minute and more: begun first, so that no core waits for the last of them. */
const LONG =
  /(lm-eval-judge|tinystory|typed-docs|demo-series|as-locked|stages|lock-nx|\/nx|train|noise|first-day|faults)\.test/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** They call functions alone: they set no variable of the environment, and no module keeps what they leave. */
const FUNCTIONS = ['packages/{engine,formats,ppl-compare,report,templates,tokenizer}/test/**/*.test.ts'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      // One process loads the sources once for many files.
      { extends: true, test: { name: 'functions', include: FUNCTIONS, isolate: false } },
      {
        extends: true,
        test: { name: 'programs', include: ['packages/*/test/**/*.test.ts'], exclude: FUNCTIONS },
      },
    ],
    sequence: { sequencer: LongestFirst },
    globalSetup: ['vitest.setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    // Of a worker's end, on a machine that has other things to do.
    teardownTimeout: 60_000,
    maxWorkers: Number(process.env['EVALGRAPH_TEST_WORKERS'] ?? workers),
    ...(report === undefined ? {} : { reporters: ['default', 'json'], outputFile: { json: report } }),
  },
});
