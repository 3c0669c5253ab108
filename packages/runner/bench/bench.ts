/**
 * `npm run bench`: whole processes over the same tasks on the same machine, in turn: evalgraph with an empty store,
 * and lm-eval (hf, float32, CPU), whose program EVALGRAPH_LM_EVAL names. Ratios within one run are what counts;
 * seconds depend on the machine.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
const checkpoint = readdirSync(join(root, 'models/demo'))
  .filter((name) => name.startsWith('iter_'))
  .sort()
  .at(-1);
const TASKS = ['demo_mmlu', 'demo_mmlu_cloze', 'demo_hellaswag', 'demo_gsm8k'];
const lmEval = process.env['EVALGRAPH_LM_EVAL'];

function seconds(program: string, args: readonly string[], environment: Record<string, string>): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(program, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stderr.slice(-2000)}`);
  return (performance.now() - started) / 1000;
}

function ours(task: string): number {
  const store = mkdtempSync(join(tmpdir(), 'evalgraph-bench-'));
  try {
    const script = join(root, 'packages/runner/bench/cell.ts');
    return seconds(
      process.execPath,
      ['--conditions=evalgraph-source', script, `demo@${checkpoint}/${task}`],
      { EVALGRAPH_STORE: store },
    );
  } finally {
    rmSync(store, { recursive: true });
  }
}

function theirs(program: string, task: string): number {
  const model = `pretrained=models/demo/${checkpoint},dtype=float32`;
  const args = ['--model', 'hf', '--model_args', model, '--include_path', 'pipelines/demo/tasks'];
  return seconds(resolve(root, program), [...args, '--tasks', task, '--batch_size', '8', '--device', 'cpu'], {
    HF_HUB_OFFLINE: '1',
    HF_DATASETS_OFFLINE: '1',
  });
}

console.log(`${checkpoint}, whole processes, seconds\n`);
console.log('task              evalgraph   lm-eval    ratio');
for (const task of TASKS) {
  const own = ours(task);
  const row = `${task.padEnd(16)} ${own.toFixed(1).padStart(10)}`;
  if (lmEval === undefined) console.log(row);
  else {
    const other = theirs(lmEval, task);
    console.log(`${row} ${other.toFixed(1).padStart(9)} ${(other / own).toFixed(1).padStart(7)}x`);
  }
}
if (lmEval === undefined) {
  console.log('\nFor the peer: python3 -m venv .venv && .venv/bin/pip install -r .ci/requirements.txt');
  console.log('then: EVALGRAPH_LM_EVAL=.venv/bin/lm_eval npm run bench');
}
