/** Import: results files of three ages of lm-eval -> a pipeline whose report reads them. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  lmEvalArguments,
  lmEvalSamplesTask,
  lmEvalSanitised,
  parseLmEvalResults,
  UserError,
} from '@evalgraph/formats';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { toProjects } from '../../plugin/src/projects.ts';
import { type FilePlace, placeOf } from '../src/exchange/checkpoint-of-file.ts';
import { messages } from '../src/exchange/messages.ts';
import { runReport } from '../src/reporting/report-run.ts';
import { readCells } from '../src/results/read-results.ts';
import { plannedEngine } from '../src/run/planned-engine.ts';
import { planPipeline } from '../src/workspace.ts';
import { importCommand } from './support/commands.ts';
import { makeWorkspace, repository, snapshot, type Workspace } from './support/workspace.ts';

const CASES = join(import.meta.dirname, 'cases/import');
const SHARED = resolve(repository, '../shared/lm-eval-results');

let workspace: Workspace;

beforeEach(() => {
  workspace = makeWorkspace();
});

async function importFolder(folder: string, ...options: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  await importCommand(workspace.root, [folder, '--pipeline', 'got', ...options], (line) => lines.push(line));
  return lines;
}

async function results(pipeline = 'got') {
  const plan = planPipeline(workspace.root, pipeline, 'full');
  expect(plan.unlocked).toEqual([]);
  return { plan, results: await readCells(workspace.root, plan, plan.cells) };
}

async function report(): Promise<string> {
  const plan = planPipeline(workspace.root, 'got', 'full');
  await runReport(workspace.root, plan, plannedEngine(plan));
  return workspace.read('results/got/report/report.md');
}

describe('lm-eval 0.3', () => {
  it('gives a series by revision, metrics under the filter none, and the direction of perplexities', async () => {
    expect(await importFolder(join(CASES, 'v0.3'))).toContain(
      'small: 2 checkpoints (steps 0 to 1000), 2 tasks',
    );
    const { plan, results: found } = await results();
    expect(plan.checkpoints.map(({ id, checkpoint }) => [id, checkpoint.step, checkpoint.location])).toEqual([
      ['small@step0', 0, { kind: 'revision', revision: 'step0' }],
      ['small@step1000', 1000, { kind: 'revision', revision: 'step1000' }],
    ]);
    const last = found.get('small@step1000/lambada_openai');
    expect(last?.results['lambada_openai']).toEqual({
      alias: 'lambada_openai',
      samples: null,
      metrics: { 'acc,none': 0.5, 'acc_stderr,none': 0.03, 'ppl,none': 30, 'ppl_stderr,none': 1.5 },
    });
    expect(last?.higherIsBetter).toEqual({ lambada_openai: { ppl: false } });
    expect(last?.numFewshot).toEqual({ lambada_openai: 0 });
    expect(last?.engine.details).toEqual({ program: 'lm-eval 0.3, hf-causal' });
    const text = await report();
    expect(text).toContain('**Imported results**: small (2 checkpoints)');
    expect(text).toContain('0.5000 ± 0.0300');
    expect(text).toContain('small_step1000.json');
  });
});

describe('early lm-eval 0.4', () => {
  it('finds groups in the configurations and the step in the path of the weights', async () => {
    await importFolder(join(CASES, 'early-0.4'));
    const { plan, results: found } = await results();
    expect(plan.checkpoints.map(({ id }) => id)).toEqual(['big@step10000']);
    const exams = found.get('big@step10000/exams');
    expect(exams?.groupSubtasks).toEqual({ exams: ['exams_a', 'exams_b'] });
    expect(exams?.results['exams_b']?.metrics).toEqual({ 'acc,none': 0.75, 'acc_stderr,none': 'N/A' });
    expect(exams?.results['exams_a']?.alias).toBe('exams_a');
    expect(exams?.engine.details).toEqual({ program: 'lm-eval early 0.4 (abc1234), hf' });
    expect(await report()).toContain('0.7500');
  });
});

describe('lm-eval 0.4.13', () => {
  it('takes counts, limit, hashes, shots and samples files; the step from a folder', async () => {
    await importFolder(join(CASES, 'current'));
    const { plan, results: found } = await results();
    expect(plan.checkpoints.map(({ id }) => id)).toEqual(['small@step200', 'small@step400']);
    const quiz = found.get('small@step400/quiz');
    expect(quiz?.results['quiz']).toEqual({
      alias: 'quiz',
      samples: 4,
      metrics: { 'acc,none': 0.75, 'acc_stderr,none': 0.25 },
    });
    expect([quiz?.limit, quiz?.sampleCounts, quiz?.versions]).toEqual([
      4,
      { quiz: { original: 40, effective: 4 } },
      { quiz: 2 },
    ]);
    expect(quiz?.engine.dtype).toBe('bfloat16');
    const sums = found.get('small@step200/sums');
    expect(Object.keys(sums?.results['sums']?.metrics ?? {}).sort()).toEqual([
      'exact_match,flexible',
      'exact_match,strict',
      'exact_match_stderr,flexible',
      'exact_match_stderr,strict',
    ]);
    const record = workspace.read('pipelines/got/imported/small@step200.json');
    expect(record).toContain('samples_quiz_2026-01-02T03-04-05.000001.jsonl');
    expect(record).toContain('12'.repeat(32));
    expect(await report()).toContain('lm-eval 0.4.13, hf');
  });

  it('writes the same bytes again, and leaves a pipeline.yaml that is there', async () => {
    await importFolder(join(CASES, 'current'));
    const before = snapshot(join(workspace.root, 'pipelines/got'));
    expect(await importFolder(join(CASES, 'current'))).toContain(
      'left as it was: pipelines/got/pipeline.yaml (4 cells)',
    );
    expect(snapshot(join(workspace.root, 'pipelines/got'))).toEqual(before);
  });

  it('takes only some tasks, under another name', async () => {
    await importFolder(join(CASES, 'current'), '--tasks', 'sums', '--model', 'mine');
    const { plan } = await results();
    expect(plan.cells.map(({ id }) => id)).toEqual(['mine@step200/sums', 'mine@step400/sums']);
  });

  it('asks nothing of Nx: the report is the only target, and depends on the imported files', async () => {
    await importFolder(join(CASES, 'current'));
    const [full, quick] = (['full', 'quick'] as const).map((one) => planPipeline(workspace.root, 'got', one));
    if (full === undefined || quick === undefined) throw new Error('no plans');
    const projects = toProjects({ full, quick });
    expect(Object.keys(projects)).toEqual(['pipelines/got']);
    const target = projects['pipelines/got']?.targets?.['report'];
    expect(target?.dependsOn).toEqual([]);
    expect(target?.inputs).toContain('{projectRoot}/imported/**/*');
  });

  it('puts several files of one checkpoint together: of a task in two, the newer counts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evalgraph-import-'));
    cpSync(join(CASES, 'current'), folder, { recursive: true });
    const inner = join(folder, 'iter_0000400/owner__small');
    const [name = ''] = readdirSync(inner).filter((one) => one.startsWith('results_'));
    const file = JSON.parse(readFileSync(join(inner, name), 'utf8'));
    file.date += 1000;
    file.results.quiz['acc,none'] = 0.5;
    delete file.results.sums;
    writeFileSync(join(inner, 'results_2026-01-03T04-04-05.000001.json'), JSON.stringify(file));
    await importFolder(folder);
    const { results: found } = await results();
    expect(found.get('small@step400/quiz')?.results['quiz']?.metrics['acc,none']).toBe(0.5);
    expect(found.get('small@step400/sums')?.results['sums']?.metrics['exact_match,strict']).toBe(0.5);
    rmSync(folder, { recursive: true });
  });
});

describe('what is not clear is refused', () => {
  async function refused(
    files: Readonly<Record<string, string>>,
    ...options: readonly string[]
  ): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'evalgraph-import-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    try {
      await importFolder(folder, ...options);
    } catch (error) {
      if (error instanceof UserError)
        return error.problems.map(({ code, message }) => `${code} ${message}`).join('\n');
      throw error;
    } finally {
      rmSync(folder, { recursive: true });
    }
    throw new Error('it was taken');
  }
  const file = (args: string, results: object = { a: { 'acc,none': 0.5 } }, more: object = {}): string =>
    JSON.stringify({ results, config: { model: 'hf', model_args: args }, ...more });

  it.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    ['import-nothing', { 'other.json': '{"a": 1}' }, []],
    ['not-lm-eval-results', { 'r.json': '{"results": {}, "config": {}' }, []],
    ['not-lm-eval-results', { 'r.json': '{"results": {}, "config": {}}' }, []],
    ['lm-eval-not-finite', { 'r.json': file('pretrained=a/b').replace('0.5', 'NaN') }, []],
    ['import-no-model', { 'r.json': file('') }, []],
    ['import-ambiguous-step', { 'x_step2.json': file('pretrained=a/b,revision=step1') }, []],
    ['import-no-step', { 'r.json': file('pretrained=a/b'), 's_step1.json': file('pretrained=a/b') }, []],
    ['import-pattern', { 'r.json': file('pretrained=a/b') }, ['--step-pattern', 'x']],
    [
      'import-several-models',
      { 'r.json': file('pretrained=a/b'), 's.json': file('pretrained=a/c') },
      ['--model', 'm'],
    ],
    ['bad-pipeline-name', { 'r.json': file('pretrained=a/b') }, ['--pipeline', 'Bad Name']],
  ])('%s', async (code, files, options) => {
    expect(await refused(files, ...options)).toMatch(new RegExp(`^${code} `));
  });

  it('two folders of one series clash once, however many results they have', async () => {
    const shots = (count: number) => ({ 'n-shot': { a: count, b: count } });
    const rows = { a: { 'acc,none': 0.5 }, b: { 'acc,none': 0.25 } };
    const text = await refused({
      'zero_step1.json': file('pretrained=o/m', rows, shots(0)),
      'five_step1.json': file('pretrained=o/m', rows, shots(5)),
      'zero_step2.json': file('pretrained=o/m', rows, shots(0)),
      'five_step2.json': file('pretrained=o/m', rows, shots(5)),
    });
    expect(text).toBe(
      `import-twice ${messages.importTwice('m', 'a', ['five_step1.json', 'zero_step1.json'], 4).message}`,
    );
  });

  it('a record that was edited by hand', async () => {
    await importFolder(join(CASES, 'v0.3'));
    workspace.edit('pipelines/got/imported/small@step0.json', '"acc,none": 0.25', '"acc,none": "0.25"');
    expect(() => planPipeline(workspace.root, 'got', 'full')).toThrow(
      /small@step0.json is damaged: its content is not what its own seal says/,
    );
  });

  it('a task that no file has, other shots than it was computed with, and a comparison', async () => {
    await importFolder(join(CASES, 'v0.3'));
    workspace.edit(
      'pipelines/got/pipeline.yaml',
      '  - arc_easy',
      '  - { task: arc_easy, num_fewshot: 5 }\n  - arc_esay',
    );
    workspace.write(
      'pipelines/got/pipeline.yaml',
      `${workspace.read('pipelines/got/pipeline.yaml')}comparisons: { x: { dense: small@last, pruned: small@first } }\n`,
    );
    expect(() => planPipeline(workspace.root, 'got', 'full')).toThrow(
      expect.objectContaining({
        problems: expect.arrayContaining([
          expect.objectContaining({ code: 'imported-task-missing' }),
          expect.objectContaining({ code: 'imported-setting-differs' }),
          expect.objectContaining({ code: 'imported-comparison' }),
        ]),
      }),
    );
  });
});

describe('where a file belongs', () => {
  const place = (path: string, args: string, pattern: string | null = null): FilePlace => {
    const found = placeOf(path, args, { pattern });
    if ('code' in found) throw new Error(found.message);
    return found;
  };

  it.each([
    [
      'a.json',
      'pretrained=tiiuae/dense-500m-arch1,subfolder=iter_0002000',
      'dense-500m-arch1',
      2000,
      'subfolder',
    ],
    ['a.json', 'pretrained=HuggingFaceTB/SmolLM2,revision=step-125000', 'SmolLM2', 125000, 'revision'],
    [
      'results_dense500m/iter_0002000/x/results_2026-01-01T00-00-00.json',
      'pretrained=x',
      'x',
      2000,
      'subfolder',
    ],
    ['160m_step64.json', 'pretrained=EleutherAI/pythia-160m,revision=step64', 'pythia-160m', 64, 'revision'],
    ['a.json', 'pretrained=/runs/big/checkpoint-500', 'big', 500, 'subfolder'],
    ['a.json', 'pretrained=/runs/m,peft=/runs/adapters/checkpoint-7', 'adapters', 7, 'subfolder'],
    ['a.json', 'model=served,base_url=http://x/v1', 'served', null, 'revision'],
    ['a.json', 'pretrained=a/b,revision=main', 'b', null, 'revision'],
  ] as const)('%s, %s', (path, args, model, step, kind) => {
    const found = place(path, args);
    expect([found.model, found.step, found.location.kind]).toEqual([model, step, kind]);
  });

  it('takes the pattern for names of nobody else', () => {
    expect(place('run7/at-12k.json', 'pretrained=a/b', 'run{step}/').step).toBe(7);
  });

  it('one series has one name, whatever its steps', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(1e6), (a, b) => {
        const [one, other] = [a, b].map((step) =>
          place('r.json', `pretrained=/runs/m/iter_${String(step).padStart(7, '0')}`),
        );
        expect([one?.series, one?.step, other?.step]).toEqual([other?.series, a, b]);
      }),
      { seed: 21 },
    );
  });
});

describe('the reader', () => {
  it('parts model arguments at commas outside brackets and quotes', () => {
    expect([...lmEvalArguments('pretrained=a/b,kw={"x": 1, "y": 2},z="p,q",flag,d=[1,2]')]).toEqual([
      ['pretrained', 'a/b'],
      ['kw', '{"x": 1, "y": 2}'],
      ['z', '"p,q"'],
      ['d', '[1,2]'],
    ]);
  });

  it("knows samples files and lm-eval's names of folders", () => {
    expect(lmEvalSamplesTask('samples_mmlu_anatomy_2026-01-02T03-04-05.678901.jsonl')).toBe('mmlu_anatomy');
    expect(lmEvalSamplesTask('samples_boolq.jsonl')).toBe('boolq');
    expect(lmEvalSamplesTask('results.json')).toBe(null);
    expect(lmEvalSanitised('tiiuae/dense-500m:"x"')).toBe('tiiuae__dense-500m__x__');
  });

  it('never throws anything but a UserError, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseLmEvalResults(text, 'x.json');
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { seed: 22, numRuns: 300 },
    );
  });
});

describe.skipIf(!existsSync(SHARED))('real result files (skipped where ../shared is absent)', () => {
  it('27 zero-shot checkpoints of Pythia-160m become a pipeline, and its report builds', async () => {
    await importFolder(join(SHARED, 'pythia-160m/zero-shot'));
    const { plan, results: found } = await results();
    expect(plan.checkpoints).toHaveLength(27);
    expect(plan.checkpoints.map(({ checkpoint }) => checkpoint.step).at(-1)).toBe(143000);
    expect(found.size).toBe(27 * 87);
    const piqa = found.get('pythia-v1.1-160m@step143000/piqa')?.results['piqa']?.metrics;
    const raw = JSON.parse(readFileSync(join(SHARED, 'pythia-160m/zero-shot/160m_step143000.json'), 'utf8'));
    expect(piqa?.['acc_norm,none']).toBe(raw.results.piqa.acc_norm);
    const text = await report();
    expect(text).toContain('**Imported results**: pythia-v1.1-160m (27 checkpoints)');
    expect(text).toContain('143,000');
  }, 120_000);

  it.each([
    ['latxa', 1, 3],
    ['truthfulqa-multi', 2, 1],
    ['pythia-160m/five-shot', 15, 65],
  ])('%s', async (folder, checkpoints, tasks) => {
    await importFolder(join(SHARED, folder));
    const { plan } = await results();
    expect(plan.checkpoints).toHaveLength(checkpoints);
    expect(plan.cells).toHaveLength(checkpoints * tasks);
  });
});
