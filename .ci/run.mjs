/** Runs the suites one after the other and sums their counts. Plain JavaScript: it starts before npm ci. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const reports = mkdtempSync(join(tmpdir(), 'evalgraph-ci-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const report = join(reports, 'vitest.json');
const environment = {
  ...process.env,
  CI: 'true',
  NO_COLOR: '1',
  NX_DAEMON: 'false',
  EVALGRAPH_TEST_REPORT: report,
};

/** A step that is no test suite counts as one test: it passes or fails. */
function step(name, command) {
  console.log(`\n== ${name}: ${command}`);
  const started = Date.now();
  const { status } = spawnSync('bash', ['-c', command], { stdio: 'inherit', env: environment });
  console.log(
    `== ${name}: ${status === 0 ? 'ok' : `failed (${status})`} in ${Math.round((Date.now() - started) / 1000)} s`,
  );
  total[status === 0 ? 'passed' : 'failed'] += 1;
  return status === 0;
}

/** Adds vitest's own counts; a run that wrote no report is a failure. */
function addCounts() {
  if (!existsSync(report)) return;
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  total.passed += numPassedTests;
  total.failed += numFailedTests;
  total.skipped += numPendingTests + numTodoTests;
}

const installed = step('install and test', 'npm ci && npm test');
addCounts();
if (installed) {
  step('demo pipeline', 'npx nx run-many -t report');
  step(
    'nothing runs twice',
    'npx nx run-many -t eval --skip-nx-cache | tee /dev/stderr | grep -c "evaluated in" | grep -qx 0',
  );
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
