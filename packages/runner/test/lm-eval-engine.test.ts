/** The engine `lm-eval` against a stand-in on PATH: what it is asked, what is read back, and every way it can fail. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseResults, type RunRecord } from '@evalgraph/formats';
import { openTaskLibrary, type ResolvedTask } from '@evalgraph/tasks';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { smallerBatch } from '../../engines/src/lm-eval/command.ts';
import { failureOf } from '../../engines/src/lm-eval/failure.ts';
import { messages, phrases } from '../../engines/src/lm-eval/messages.ts';
import { progressLines } from '../../engines/src/lm-eval/progress-lines.ts';
import { taskFiles } from '../../engines/src/lm-eval/task-files.ts';
import { lockProblems } from '../src/locking/as-locked.ts';
import { runCells } from '../src/run/cells-run.ts';
import { plannedEngine } from '../src/run/planned-engine.ts';
import { lineProgress } from '../src/run/progress.ts';
import { planPipeline } from '../src/workspace.ts';
import { whyCommand } from './support/commands.ts';
import { lock } from './support/run.ts';
import { makeWorkspace, repository, snapshot, type Workspace } from './support/workspace.ts';

const FAKE = join(repository, 'packages/runner/test/support/lm-eval');

const PIPELINE = `models:
  tiny:
    source: ./models/tiny
    checkpoints: { subfolder: "step_{step}", steps: [1, 2] }
tasks: [{ task: t_choice, limit: 4 }]
engine: { use: lm-eval, dtype: float32, batch_size: 8, model_args: { parallelize: false } }
`;

interface Asked {
  readonly lines: readonly string[];
  readonly outcomes: ReadonlyMap<string, string>;
}

let workspace: Workspace;
let fake: string;

beforeEach(() => {
  workspace = makeWorkspace();
  workspace.write('pipelines/t/pipeline.yaml', PIPELINE);
  fake = mkdtempSync(join(tmpdir(), 'evalgraph-fake-'));
  vi.stubEnv('FAKE_LM_EVAL', fake);
  vi.stubEnv('PATH', `${FAKE}:${process.env['PATH']}`);
  return () => vi.unstubAllEnvs();
});

/** @param plan one word for each start of the stand-in. */
async function run(plan: string, only: (cell: string) => boolean = () => true): Promise<Asked> {
  writeFileSync(join(fake, 'plan'), plan);
  const planned = planPipeline(workspace.root, 't', 'full');
  expect(lockProblems(planned)).toEqual([]);
  const lines: string[] = [];
  const outcomes = new Map<string, string>();
  const cells = planned.cells.filter(({ id }) => only(id));
  const progress = lineProgress({ write: (line) => lines.push(line) });
  const engine = plannedEngine(planned);
  for await (const { cell, result } of runCells({
    root: workspace.root,
    plan: planned,
    cells,
    engine,
    progress,
  })) {
    outcomes.set(cell.id, result.ok ? result.origin : result.text);
  }
  return { lines, outcomes };
}

const last = (cell: string): boolean => cell.startsWith('tiny@step_2/');

function calls(): readonly (readonly string[])[] {
  const text = readFileSync(join(fake, 'calls'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as readonly string[]);
}

function option(call: readonly string[] | undefined, name: string): string | undefined {
  return call?.[call.indexOf(name) + 1];
}

function scratchOf(cell: string): string {
  const key = planPipeline(workspace.root, 't', 'full').cells.find(({ id }) => id === cell)?.key;
  return join(workspace.root, '.evalgraph/store/scratch', key ?? '');
}

describe('a run', () => {
  it('hands over checkpoint, task, settings and seed, and reads scores and samples into the record', async () => {
    await lock(workspace.root);
    const { outcomes } = await run('ok', last);
    expect([...outcomes]).toEqual([['tiny@step_2/t_choice', 'computed']]);
    const [call] = calls();
    expect(option(call, '--model')).toBe('hf');
    expect(option(call, '--model_args')).toBe(
      `pretrained=${join(workspace.root, 'models/tiny/step_2')},dtype=float32,parallelize=False`,
    );
    expect(option(call, '--tasks')).toBe('t_choice');
    expect(option(call, '--limit')).toBe('4');
    expect(option(call, '--seed')).toBe('0,1234,1234,1234');
    expect(option(call, '--batch_size')).toBe('8');
    expect(call).toContain('--log_samples');
    const folder = 'results/t/tiny@step_2/t_choice';
    const results = parseResults(workspace.read(`${folder}/results.json`), 'results.json');
    // The stand-in takes the first choice, which is right for documents 0 and 3 of the first four.
    expect(results.results['t_choice']).toEqual({
      alias: 't_choice',
      samples: 4,
      metrics: { 'acc,none': 0.5, 'acc_stderr,none': 0.05 },
    });
    expect(results.chance['t_choice']).toEqual({ acc: 1 / 3 });
    expect(results.sampleCounts['t_choice']).toEqual({ original: 6, effective: 4 });
    expect(results.engine).toEqual({
      name: 'lm-eval',
      numericsVersion: 1,
      dtype: 'float32',
      details: {
        model: 'hf',
        model_args: 'parallelize=False',
        tasks: 'ours',
        lm_eval: '0.4.13',
        torch: '2.9.0',
        transformers: '4.57.1',
      },
    });
    expect(workspace.read(`${folder}/samples_t_choice.jsonl`).trimEnd().split('\n')).toHaveLength(4);
    const record = JSON.parse(workspace.read(`${folder}/run.json`)) as RunRecord;
    expect(record.versions).toEqual({ lm_eval: '0.4.13', torch: '2.9.0', transformers: '4.57.1' });
    expect(record.notes).toBeUndefined();
  });

  it('passes progress on as lines, and stores the result: a second run starts nothing', async () => {
    await lock(workspace.root);
    const { lines } = await run('ok', last);
    expect(lines).toContain(
      `tiny@step_2/t_choice: ${phrases.started(join(scratchOf('tiny@step_2/t_choice'), 'lm_eval.log'))}`,
    );
    expect(lines).toContain('tiny@step_2/t_choice: Running loglikelihood requests: 4/4 (100 %)');
    const before = snapshot(join(workspace.root, 'results'));
    expect([...(await run('crash', last)).outcomes.values()]).toEqual(['store']);
    expect(calls()).toHaveLength(1);
    expect(snapshot(join(workspace.root, 'results'))).toEqual(before);
  });

  it('hands over a group with everything below it, and fills in its chance level', async () => {
    workspace.edit(
      'pipelines/t/pipeline.yaml',
      '{ task: t_choice, limit: 4 }',
      '{ task: t_group, alias: g }',
    );
    await lock(workspace.root);
    expect([...(await run('ok', last)).outcomes.values()]).toEqual(['computed']);
    const results = parseResults(workspace.read('results/t/tiny@step_2/g/results.json'), 'results.json');
    expect(Object.keys(results.results)).toEqual(['g', 'g.t_a', 'g.t_b']);
    expect(results.groupSubtasks).toEqual({ g: ['g.t_a', 'g.t_b'] });
    expect(results.results['g']?.samples).toBe(12);
    expect(results.chance['g']?.['acc']).toBeCloseTo(1 / 3, 12);
    expect(results.numFewshot).toEqual({ 'g.t_a': 1, 'g.t_b': 0 });
  });

  it('hands over chat settings, but no date', async () => {
    const task = (more: string): string =>
      PIPELINE.replace('limit: 4', `limit: 4, apply_chat_template: true, fewshot_as_multiturn: false${more}`);
    workspace.write('pipelines/t/pipeline.yaml', task(', system_instruction: "Be brief."'));
    await lock(workspace.root);
    expect([...(await run('ok', last)).outcomes.values()]).toEqual(['computed']);
    const [call = []] = calls();
    expect(call.slice(call.indexOf('--apply_chat_template'), call.indexOf('--batch_size'))).toEqual([
      ...['--apply_chat_template', '--fewshot_as_multiturn', 'false', '--system_instruction', 'Be brief.'],
    ]);
    workspace.write('pipelines/t/pipeline.yaml', task(', chat_date: "2026-01-31"'));
    expect([...(await run('ok', last)).outcomes.values()][0]).toContain(
      messages.lmEvalChatDate('2026-01-31').message,
    );
  });

  it("runs lm-eval's own task with the pipeline's folder as it is, and needs no data lock", async () => {
    workspace.edit('pipelines/t/pipeline.yaml', 'use: lm-eval', 'use: lm-eval, tasks: theirs');
    workspace.edit(
      'pipelines/t/pipeline.yaml',
      '{ task: t_choice, limit: 4 }',
      '{ task: nobody_knows, alias: own }',
    );
    workspace.write(
      'pipelines/t/tasks/foreign.yaml',
      'task: foreign\nprocess_docs: !function utils.anything\n',
    );
    workspace.write('pipelines/t/tasks/utils.py', 'def anything(docs):\n    return docs\n');
    await lock(workspace.root);
    // The stand-in needs a folder to read from, or none at all.
    const key = planPipeline(workspace.root, 't', 'full').cells[0]?.key;
    workspace.edit('pipelines/t/tasks/utils.py', 'return docs', 'return docs[:2]');
    expect(planPipeline(workspace.root, 't', 'full').cells[0]?.key).not.toBe(key);
    workspace.write('pipelines/t/tasks/nobody_knows.yaml', ownTask());
    expect([...(await run('ok', last)).outcomes.values()]).toEqual(['computed']);
    expect(option(calls()[0], '--include_path')).toBe(join(workspace.root, 'pipelines/t/tasks'));
    const text = workspace.read('results/t/tiny@step_2/own/results.json');
    const results = parseResults(text, 'results.json');
    expect(results.results['own']?.metrics['acc,none']).toBe(1 / 3);
    expect(results.chance['own']).toEqual({ acc: 1 / 3 });
    expect(workspace.read('results/t/tiny@step_2/own/samples_own.jsonl')).toContain('"acc":1');
    expect(text).not.toContain(workspace.root);
  });
});

/** Flow style, one key a line, as the stand-in reads it. */
function ownTask(): string {
  const data = JSON.stringify({ data_files: { test: [join(workspace.root, 'datasets/t/questions.jsonl')] } });
  return `task: "nobody_knows"\ndataset_kwargs: ${data}\ntest_split: "test"\noutput_type: "multiple_choice"\n`;
}

describe('when it fails', () => {
  const cell = 'tiny@step_2/t_choice';

  async function failure(plan: string): Promise<string> {
    await lock(workspace.root);
    const text = (await run(plan, last)).outcomes.get(cell);
    if (text === undefined) throw new Error('no outcome');
    return text;
  }

  it('tells the cause, a remedy, the command and the whole log', async () => {
    const text = await failure('crash');
    expect(text).toContain("lm-eval failed: ModuleNotFoundError: No module named 'vllm'");
    expect(text).toContain("pip install vllm (or 'lm-eval[vllm]')");
    const log = join(scratchOf(cell), 'lm_eval.log');
    expect(text).toContain(`full log ${log}`);
    expect(text).toContain(`command  ${join(FAKE, 'lm_eval')} --model hf --model_args`);
    expect(readFileSync(log, 'utf8')).toContain('Traceback (most recent call last)');
    expect(readFileSync(log, 'utf8')).toMatch(/^\$ /);
  });

  it('halves the batch until the memory suffices, says so, and starts the next checkpoint with it', async () => {
    await lock(workspace.root);
    const { lines, outcomes } = await run('oom oom ok');
    expect([...outcomes.values()]).toEqual(['computed', 'computed']);
    expect(calls().map((call) => option(call, '--batch_size'))).toEqual(['8', '4', '2', '2']);
    const notes = [phrases.halved('8', '4'), phrases.halved('4', '2')];
    for (const note of notes) expect(lines).toContain(`tiny@step_1/t_choice: ${note}`);
    const record = JSON.parse(workspace.read('results/t/tiny@step_1/t_choice/run.json')) as RunRecord;
    expect(record.notes).toEqual(notes);
  });

  it('goes on from the batch size that auto had found', async () => {
    workspace.edit('pipelines/t/pipeline.yaml', 'batch_size: 8', 'batch_size: auto');
    await lock(workspace.root);
    expect([...(await run('auto-oom ok', last)).outcomes.values()]).toEqual(['computed']);
    expect(calls().map((call) => option(call, '--batch_size'))).toEqual(['auto', '6']);
  });

  it('gives up where batch size 1 is too large', async () => {
    workspace.edit('pipelines/t/pipeline.yaml', 'batch_size: 8', 'batch_size: 2');
    expect(await failure('oom')).toContain("The GPU's memory does not suffice even for batch size 1.");
    expect(calls()).toHaveLength(2);
  });

  it('tells a killed program from a failed one', async () => {
    expect(await failure('killed')).toContain('lm-eval was killed (SIGKILL).');
  });

  it.each([
    ['silent', phrases.noResultsFile()],
    ['no-results', phrases.noResultsFile()],
    ['partial', 'no task in it has a metric'],
    ['no-samples', phrases.samplesMissing('t_choice')],
    ['short', phrases.samplesShort('t_choice', 3, 4)],
    ['bad-json', 'is not a results file of lm-eval'],
    ['nan', 'is no row of samples that evalgraph reads'],
  ])('takes no output for whole that is not: %s', async (plan, expected) => {
    expect(await failure(plan)).toContain(expected);
    expect((await run('ok', last)).outcomes.get(cell)).toBe('computed');
  });

  it('says in one line how to get lm-eval where there is none', async () => {
    workspace.edit('pipelines/t/pipeline.yaml', 'use: lm-eval', 'use: lm-eval, command: no-such-lm-eval');
    await expect(lock(workspace.root)).rejects.toThrow(messages.lmEvalNotFound('no-such-lm-eval').message);
  });
});

describe('versions', () => {
  const install = (versions: Readonly<Record<string, string>>): void =>
    writeFileSync(join(fake, 'versions.json'), JSON.stringify(versions));
  const key = (): string | null | undefined => planPipeline(workspace.root, 't', 'full').cells[0]?.key;

  it('are locked, without them there is no key', async () => {
    expect(planPipeline(workspace.root, 't', 'full').unlocked).toContain('pipelines/t/locks/engine.json');
    expect(await lock(workspace.root)).toContain('locked pipelines/t/locks/engine.json');
    expect(JSON.parse(workspace.read('pipelines/t/locks/engine.json'))).toEqual({
      format: 1,
      versions: { lm_eval: '0.4.13', torch: '2.9.0', transformers: '4.57.1' },
    });
    expect(key()).toMatch(/^[0-9a-f]{64}$/);
  });

  it('other than the locked ones stop the run; locked again, they give another key, and why says which', async () => {
    await lock(workspace.root);
    const before = key();
    await run('ok', last);
    install({ lm_eval: '0.4.13', torch: '2.10.0', transformers: '4.57.1' });
    const { outcomes } = await run('ok', (cell) => cell.startsWith('tiny@step_1/'));
    const text = outcomes.get('tiny@step_1/t_choice') ?? '';
    expect(text).toContain('torch: locked 2.9.0, here 2.10.0');
    expect(text).toContain('npx evalgraph lock t');
    await lock(workspace.root);
    expect(key()).not.toBe(before);
    const lines: string[] = [];
    await whyCommand(workspace.root, ['t/tiny@step_2/t_choice'], (line) => lines.push(line));
    expect(lines).toContain('  engine.details.torch');
  });

  it('of the model type are locked too, of other programs not', async () => {
    install({ lm_eval: '0.4.13', torch: '2.9.0', transformers: '4.57.1', vllm: '0.12.0', sglang: '0.5.0' });
    workspace.edit('pipelines/t/pipeline.yaml', 'use: lm-eval', 'use: lm-eval, model: vllm');
    await lock(workspace.root);
    expect(JSON.parse(workspace.read('pipelines/t/locks/engine.json')).versions).toEqual({
      lm_eval: '0.4.13',
      torch: '2.9.0',
      transformers: '4.57.1',
      vllm: '0.12.0',
    });
  });

  it('without lm_eval are an error', async () => {
    install({ torch: '2.9.0' });
    await expect(lock(workspace.root)).rejects.toThrow('The package lm_eval is not installed for');
  });

  it('batch size, device and program change no key; model, arguments and whose tasks do', async () => {
    await lock(workspace.root);
    const first = key();
    for (const same of ['batch_size: 4', 'batch_size: auto', 'batch_size: 8, device: cpu']) {
      workspace.write('pipelines/t/pipeline.yaml', PIPELINE.replace('batch_size: 8', same));
      expect(key(), same).toBe(first);
    }
    for (const other of ['model: vllm', 'tasks: theirs', 'model: hf, model_args: { parallelize: true }']) {
      const text = PIPELINE.replace(/, model_args: .* }/, other.includes('model_args') ? ' }' : '$&');
      workspace.write('pipelines/t/pipeline.yaml', text.replace('use: lm-eval', `use: lm-eval, ${other}`));
      expect(key(), other).not.toBe(first);
    }
  });
});

describe('tasks as files', () => {
  const write = (yaml: string): string => {
    const folder = join(fake, 'tasks');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'x.yaml'), yaml);
    const node = openTaskLibrary({ folders: [folder] }).resolve('x') as ResolvedTask;
    return taskFiles(node, () => [{ split: 'test', path: '/data/test.parquet' }]).get('x.yaml') ?? '';
  };
  const BASE = `task: x
dataset_path: owner/name
test_split: test
output_type: generate_until
doc_to_text: "{{q}}"
doc_to_target: a
`;

  it('reads the locked files in place of the hub', () => {
    expect(write(BASE)).toContain(
      'dataset_path: "parquet"\ndataset_kwargs: { "data_files": { "test": ["/data/test.parquet"] } }\n',
    );
  });

  it('escapes what PyYAML would fold or refuse', () => {
    const text = write(`${BASE}description: "é\\u2028\\u0085😀\\n"\n`);
    expect(text).toContain(String.raw`description: "\u00e9\u2028\u0085\U0001f600\n"`);
  });

  it("keeps Python's floats", () => {
    const text = write(`${BASE}generation_kwargs: { until: ["x"], temperature: 0.0, do_sample: false }\n`);
    expect(text).toMatch(/"temperature": 0\.0[ ,]/);
  });

  it('names ported functions where lm-eval has them', () => {
    const text = write(`${BASE}process_docs: !function hellaswag.process_docs\n`);
    expect(text).toContain('process_docs: !function lm_eval.tasks.hellaswag.utils.process_docs\n');
  });

  it('refuses a class and a metric of ours', () => {
    expect(() =>
      write(
        `${BASE}metric_list: [{ metric: acc_per_token }]\n`.replace(
          'generate_until',
          'multiple_choice\ndoc_to_choice: [a]',
        ),
      ),
    ).toThrow(messages.lmEvalMetric('x', 'acc_per_token').message);
    expect(() => write('task: x\nclass: !function squadv2.SQuAD2\ndataset_path: a/b\n')).toThrow(
      messages.lmEvalClassTask('x', 'squadv2/task.SQuAD2').message,
    );
  });
});

describe('its log', () => {
  it.each([
    ['RuntimeError: CUDA out of memory. Tried to allocate 1 GiB', 'memory'],
    ['torch.cuda.OutOfMemoryError: x', 'memory'],
    ['RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling', 'memory'],
    ['ValueError: No available memory for the cache blocks. Try increasing', 'memory'],
    ['MemoryError', 'other'],
  ])('knows memory: %s', (line, kind) => {
    expect(failureOf(`Traceback\n  File "x"\n${line}\n`).kind).toBe(kind);
  });

  it('gives the last exception, not a progress bar or a warning after it', () => {
    const log =
      'KeyError: 1\nlater\nValueError: the cause\nRunning:  3%|# | 3/100 [00:01<00:09, 1it/s]\nwarned\n';
    expect(failureOf(log)).toEqual({ kind: 'other', cause: 'ValueError: the cause', remedy: null });
    expect(failureOf('')).toEqual({ kind: 'other', cause: 'it printed nothing', remedy: null });
  });

  it('gives smaller batches down to 1', () => {
    expect(['64', '3', '2', '1'].map((size) => smallerBatch(size, ''))).toEqual(['32', '1', '1', null]);
    expect(smallerBatch('auto:4', '')).toBe('8');
  });

  it('turns redrawn bars, cut anywhere, into few lines', () => {
    let now = 0;
    const lines: string[] = [];
    const progress = progressLines(
      (line) => lines.push(line),
      1000,
      () => now,
    );
    const text = Array.from(
      { length: 101 },
      (_, done) =>
        `\rRunning generate_until requests: ${String(done).padStart(3)}%|##  | ${done}/100 [00:${String(done % 60).padStart(2, '0')}<01:00,  1.00it/s]`,
    ).join('');
    for (let at = 0; at < text.length; at += 37) {
      progress.push(text.slice(at, at + 37));
      now += 50;
    }
    expect(lines[0]).toMatch(/^Running generate_until requests: \d\/100 \(\d %\), 01:00 left$/);
    expect(lines.at(-1)).toBe('Running generate_until requests: 100/100 (100 %)');
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.length).toBeLessThan(20);
  });
});
