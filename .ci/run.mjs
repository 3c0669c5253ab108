/**
 * Runs the suites one after the other and sums their counts. Plain JavaScript: it starts before npm ci. What the
 * heavier suites need (lm-eval, Chromium, Slurm) is installed first, so that README's own test command skips nothing here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'evalgraph-ci-'));
const report = join(scratch, 'vitest.json');
const total = { passed: 0, failed: 0, skipped: 0 };
const environment = {
  ...process.env,
  CI: 'true',
  NO_COLOR: '1',
  NX_DAEMON: 'false',
  EVALGRAPH_TEST_REPORT: report,
  EVALGRAPH_LM_EVAL: join(scratch, 'venv/bin/lm_eval'),
  EVALGRAPH_PYTHON: join(scratch, 'venv/bin/python'),
  SQUAD_V2_METRIC: join(scratch, 'squad_v2'),
  EVALGRAPH_FUZZ_RUNS: '10000',
  EVALGRAPH_TEST_WORKERS: '2',
  // The commands of README and docs are typed, not only read.
  EVALGRAPH_TYPE_DOCS: '1',
};

/** A step counts as one test of its own: it passes or fails. */
async function step(name, command) {
  console.log(`\n== ${name}: ${command}`);
  const started = Date.now();
  const shell = spawn('bash', ['-o', 'pipefail', '-c', command], { stdio: 'inherit', env: environment });
  const [status] = await once(shell, 'close');
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`== ${name}: ${status === 0 ? 'ok' : `failed (${status})`} in ${seconds} s`);
  total[status === 0 ? 'passed' : 'failed'] += 1;
  return status === 0;
}

/** Adds vitest's own counts; where it wrote no report, the step above has failed already. */
function addCounts() {
  if (!existsSync(report)) return;
  const counts = JSON.parse(readFileSync(report, 'utf8'));
  total.passed += counts.numPassedTests;
  total.failed += counts.numFailedTests;
  total.skipped += counts.numPendingTests + counts.numTodoTests;
}

async function installLmEval() {
  const venv = join(scratch, 'venv');
  await step(
    'install lm-eval',
    `python3 -m venv ${venv} && ${venv}/bin/pip install -q --disable-pip-version-check -r .ci/requirements.txt`,
  );
  // lm-eval loads SQuAD's metric from the hub, which CI need not reach: the same functions out of a package instead.
  const squad = 'transformers-4.57.1-py3-none-any.whl';
  await step(
    "make SQuAD's metric",
    `${venv}/bin/pip download -q --disable-pip-version-check --no-deps -d ${scratch} transformers==4.57.1 && ` +
      `${venv}/bin/python packages/runner/test/support/make_squad_metric.py ${scratch}/${squad} ${scratch}/squad_v2`,
  );
  // lm-eval's own task files: ours are held against them.
  const [python] = existsSync(join(venv, 'lib')) ? readdirSync(join(venv, 'lib')) : [];
  if (python !== undefined) {
    environment.LM_EVAL_TASKS = join(venv, 'lib', python, 'site-packages/lm_eval/tasks');
  }
}

// What waits for the network goes beside the demo, which needs none of it.
await Promise.all([
  installLmEval(),
  step(
    'install Chromium and Slurm',
    '(command -v chromium && command -v sbatch) || ' +
      '(apt-get update -qq && apt-get install -y -qq chromium munge slurmctld slurmd slurm-client > /dev/null)',
  ),
  // README's two commands, in its order: some tests read the demo's results where they are.
  step(
    'install and the demo',
    `npm ci && (npx nx run-many -t report --output-style=static > ${scratch}/demo.log || (tail -n 60 ${scratch}/demo.log; false)) && ` +
      'git status --short results',
  ),
]);
// README's test command.
await step('install and test', 'npm ci && npm test');
addCounts();
if (existsSync('node_modules')) {
  await step(
    'nothing is computed twice',
    'npx nx run-many -t eval --skip-nx-cache --output-style=static > ' +
      `${scratch}/again.log; ! grep -E ": (evaluated|scored again)" ${scratch}/again.log`,
  );
  await step('figures computed afresh', 'npx nx run-many -t verify --cells=12');
  await step('thirty kills', 'npm run soak -- 30');
  await step('benchmark', 'npm run bench');
}
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
