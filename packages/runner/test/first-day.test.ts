/** What a new user meets on the first day: a quick run, one broken pipeline among others, several pipelines. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { COMPUTED_ARCHITECTURES } from '@evalgraph/engine';
import type { TaskGraph } from '@nx/devkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { embeddedEngine } from '../../engines/src/embedded/adapter.ts';
import { brokenBatch } from '../../plugin/src/executors/broken.ts';
import { createNodesV2 } from '../../plugin/src/plugin.ts';
import { openCounter } from '../src/run/cell-counts.ts';
import { planPipeline } from '../src/workspace.ts';
import { type Ended, evalgraph } from './support/child.ts';
import { evaluate, lock } from './support/run.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

const env = { ...process.env, COLUMNS: '200', NO_COLOR: '1' };
const run = (workspace: Workspace, ...args: readonly string[]): Promise<Ended> =>
  evalgraph(workspace.root, args, { env });

describe('after a quick run alone', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = makeWorkspace();
    await lock(workspace.root);
  });

  it('names the quick run first where nothing has run', async () => {
    for (const args of [['show'], ['questions', 't_choice']]) {
      const { code, stderr } = await run(workspace, ...args);
      expect(code).toBe(1);
      expect(stderr).toContain('npx nx run t:report:quick');
    }
  });

  it.each([
    { args: ['show'], shows: 't_choice', note: 'results of the quick run' },
    { args: ['questions', 't_choice'], shows: 't_choice · doc 0', note: 'answers of the quick run' },
    { args: ['questions', 't_choice', '--stats'], shows: 'of 2', note: 'answers of the quick run' },
    { args: ['questions', 't_group', '1'], shows: 't_a · doc 0', note: 'answers of the quick run' },
    { args: ['export', 't'], shows: 'results/t/quick/export', note: 'results of the quick run' },
    {
      args: ['report', '--partial', '--format', 'json'],
      shows: 't_choice',
      note: 'results of the quick run',
    },
  ])('finds its results, and says so: $args', async ({ args, shows, note }) => {
    await evaluate(workspace.root, 'quick');
    const { code, stdout, stderr } = await run(workspace, ...args);
    expect([code, stderr.replace(/These are .*\n/, '')]).toEqual([0, '']);
    expect(stdout).toContain(shows);
    expect(`${stdout}${stderr}`).toContain(`These are ${note}`);
    expect(`${stdout}${stderr}`).toContain('npx nx run t:');
  });

  it('says nothing of it where the quick run was asked for, or a full result is there', async () => {
    await evaluate(workspace.root, 'quick');
    expect((await run(workspace, 'questions', 't_choice', '--quick')).stdout).not.toContain('These are');
    await evaluate(workspace.root, 'full', (id) => id === 'tiny@step_1/t_choice');
    const full = await run(workspace, 'questions', 't_choice', '9');
    expect(full.stdout).not.toContain('These are');
    expect(full.stdout).toContain('6 of 6 questions at tiny@step_1');
    // Another task has only quick answers still.
    expect((await run(workspace, 'questions', 't_generate')).stdout).toContain('answers of the quick run');
  });
});

describe('one broken pipeline among others', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = makeWorkspace();
    await lock(workspace.root);
    await evaluate(workspace.root);
    mkdirSync(join(workspace.root, 'pipelines/broken'));
    workspace.write('pipelines/broken/pipeline.yaml', 'models: [\ntasks: oh');
  });

  it('leaves questions and menu to the others, and names it', async () => {
    const questions = await run(workspace, 'questions', 't_choice', '1');
    expect([questions.code, questions.stderr]).toEqual([0, '']);
    expect(questions.stdout).toContain("Pipeline 'broken' has errors and was left out");
    const unknown = await run(workspace, 'questions', 't_nothing');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("No pipeline evaluates a task or group 't_nothing'");
    expect(unknown.stderr).toContain('pipelines/broken/pipeline.yaml:');
    const menu = await run(workspace, 'menu');
    expect([menu.code, menu.stderr]).toEqual([0, '']);
    expect(menu.stdout).toContain('questions t_choice 5 --pipeline t');
    expect(menu.stdout).toContain("# 'broken' has errors: npx evalgraph plan broken");
    const verified = await run(workspace, 'verify');
    expect(verified.stderr).toContain('pipelines/broken/pipeline.yaml:');
  });

  it('gives Nx every project and target that somebody may type, and each shows the errors', async () => {
    workspace.edit('pipelines/t/pipeline.yaml', 'tasks:', 'taks:');
    const [, create] = createNodesV2;
    const context = { workspaceRoot: workspace.root, nxJsonConfiguration: {}, configFiles: [] };
    const nodes = await create(['pipelines/t/pipeline.yaml', 'pipelines/broken/pipeline.yaml'], {}, context);
    const projects = nodes.flatMap(([, { projects: own = {} }]) => Object.values(own));
    const byName = new Map(projects.map((project) => [project.name, project]));
    for (const name of ['t', 'broken']) {
      for (const target of ['eval', 'ppl', 'divergence', 'sample', 'compare', 'report', 'verify', 'train']) {
        const found = byName.get(name)?.targets?.[target];
        expect(found?.executor).toBe('@evalgraph/plugin:broken');
        expect(found?.options?.text).toContain(`pipelines/${name}/pipeline.yaml:`);
        expect(found?.configurations).toHaveProperty('quick');
      }
      expect(byName.get(name)?.targets?.['lock']?.executor).toBe('@evalgraph/plugin:lock');
    }
    expect(byName.get('t/tiny@step_1/t_choice')?.targets?.['eval']?.options.text).toContain('taks');
    expect(byName.get('t/pruned/t_choice')?.root).toBe('results/t/pruned/t_choice');
    workspace.edit('pipelines/t/pipeline.yaml', 'taks:', 'tasks:');
  });

  it('answers to the names of cells that never ran, and to the tags by which a run takes a task or a model', async () => {
    const [, create] = createNodesV2;
    const context = { workspaceRoot: workspace.root, nxJsonConfiguration: {}, configFiles: [] };
    mkdirSync(join(workspace.root, 'pipelines/fresh'));
    cpSync(join(workspace.root, 'pipelines/t'), join(workspace.root, 'pipelines/fresh'), { recursive: true });
    workspace.edit('pipelines/fresh/pipeline.yaml', 'models:', 'color: red\nmodels:');
    const nodes = await create(['pipelines/fresh/pipeline.yaml'], {}, context);
    const projects = nodes.flatMap(([, { projects: own = {} }]) => Object.values(own));
    const byName = new Map(projects.map((project) => [project.name, project]));
    for (const [name, target] of [
      ['fresh/tiny@step_1/t_choice', 'eval'],
      ['fresh/pruned/t_group', 'eval'],
      ['fresh/comparisons/pruned', 'compare'],
    ] as const)
      expect(byName.get(name)?.targets?.[target]?.options.text).toContain("'color' is no key of a pipeline");
    const tags = ['pipeline:fresh', 'model:tiny', 'checkpoint:tiny@step_2', 'task:t_pages', 'step:2'];
    expect(byName.get('fresh')?.tags).toEqual(expect.arrayContaining(tags));
    rmSync(join(workspace.root, 'pipelines/fresh'), { recursive: true });
  });

  it('prints its errors once, however many of its targets a run takes', async () => {
    const inputs = { 'a:eval': { text: 'one' }, 'b:eval': { text: 'two' }, 'c:eval': { text: 'one' } };
    const ended: unknown[] = [];
    for await (const { task, result } of brokenBatch({} as TaskGraph, inputs))
      ended.push([task, result.success, result.terminalOutput]);
    expect(ended).toEqual([
      ['a:eval', false, 'one\n'],
      ['b:eval', false, 'two\n'],
      ['c:eval', false, ''],
    ]);
  });
});

describe('several pipelines', () => {
  it('repeats what was typed in the remedy', async () => {
    const workspace = makeWorkspace();
    cpSync(join(workspace.root, 'pipelines/t'), join(workspace.root, 'pipelines/u'), { recursive: true });
    execFileSync('git', ['init', '-q'], { cwd: workspace.root });
    const commands = [
      { args: ['diff', 'main'], remedy: 'npx evalgraph diff main t' },
      { args: ['diff', 'HEAD~1', '--format', 'md'], remedy: 'npx evalgraph diff HEAD~1 --format md t' },
      { args: ['show', '--metric', 'acc'], remedy: 'npx evalgraph show --metric acc t' },
      { args: ['watch', '--once'], remedy: 'npx evalgraph watch --once t' },
      {
        args: ['report', '--partial', '--samples', 'csv', '--out', 'a b'],
        remedy: "npx evalgraph report --partial --samples csv --out 'a b' t",
      },
    ];
    for (const { args, remedy } of commands) {
      const { code, stderr } = await run(workspace, ...args);
      expect(code).toBe(1);
      expect(stderr).toContain(`Name one: ${remedy}\n`);
    }
  });
});

describe('results that are perplexities only', () => {
  it('are shown and reported', async () => {
    const workspace = makeWorkspace();
    workspace.write(
      'pipelines/t/pipeline.yaml',
      `models:
  pruned:
    source: ./models/pruned
    perplexity: [wanda, lm-eval]
    seqlen: 32
    corpus: ./datasets/t
    column: page
    split: pages
`,
    );
    await lock(workspace.root);
    await evaluate(workspace.root);
    const shown = await run(workspace, 'show');
    expect([shown.code, shown.stderr]).toEqual([0, '']);
    expect(shown.stdout).toMatch(/wanda on datasets\/t, windows of 32 tokens/);
    const recorded = JSON.parse(workspace.read('results/t/pruned/perplexity-wanda-t-32-pages/results.json'));
    expect(shown.stdout).toContain(recorded.evalgraph.perplexity.perplexity.toFixed(4));
    const report = await run(workspace, 'report', '--partial', '--format', 'md');
    expect([report.code, report.stderr]).toEqual([0, '']);
    expect(report.stdout).toContain('Perplexity');
  });
});

describe('settings that would change nothing', () => {
  it.each([
    ['t_choice', 'num_fewshot: ', '5', 'num_fewshot: 5 would change nothing of t_choice'],
    ['t_choice', 'generation_kwargs: ', '{ top_k: 3 }', 'generation_kwargs would change nothing'],
    ['t_generate', 'generation_kwargs: ', '{ do_sample: true, temperature: 0 }', 'do_sample is true'],
  ])('are refused where they stand: %s, %s%s', (task, key, value, message) => {
    const workspace = makeWorkspace();
    const before = `{ models: { pruned: { source: ./models/pruned } }, tasks: [{ task: ${task}, ${key}`;
    workspace.write('pipelines/t/pipeline.yaml', `${before}${value} }] }\n`);
    expect(() => planPipeline(workspace.root, 't', 'full')).toThrow(
      `pipelines/t/pipeline.yaml:1:${before.length + 1}: ${message}`,
    );
  });

  it('says where a task is that only another pipeline has', () => {
    const workspace = makeWorkspace();
    workspace.write('pipelines/u/pipeline.yaml', 'models: { m: { source: ./m } }\ntasks: [t_choice]\n');
    expect(() => planPipeline(workspace.root, 'u', 'full')).toThrow('pipelines/t/tasks has it');
  });
});

describe('plan', () => {
  it('names model, measure and comparison once where a window is longer than the context', async () => {
    const workspace = makeWorkspace();
    workspace.edit('pipelines/t/pipeline.yaml', 'seqlen: 32', 'seqlen: 4096');
    // A text that fills such a window.
    workspace.write('datasets/t/pages.jsonl', `${JSON.stringify({ page: 'a b c d '.repeat(60_000) })}\n`);
    await lock(workspace.root);
    const { code, stderr } = await run(workspace, 'plan');
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/request \d/);
    expect(stderr.match(/reads windows of 4096 tokens/g)).toHaveLength(2);
    for (const model of ['tiny', 'pruned']) {
      expect(stderr).toMatch(
        new RegExp(`comparison 'pruned' asks for, reads windows of 4096 tokens, and model '${model}' takes`),
      );
    }
    expect(stderr).toMatch(/Set seqlen: \d+ or less/);
  });

  it('opens one session for each tokenizer, and counts each key once', async () => {
    const workspace = makeWorkspace();
    await lock(workspace.root);
    const plan = planPipeline(workspace.root, 't', 'full');
    let opened = 0;
    const engine = {
      ...embeddedEngine,
      open: (...given: Parameters<typeof embeddedEngine.open>) => {
        opened += 1;
        return embeddedEngine.open(...given);
      },
    };
    const countAll = async (): Promise<readonly unknown[]> => {
      const counter = openCounter(workspace.root, 't', engine);
      const counts = [];
      for (const cell of plan.cells) counts.push(await counter.count(cell));
      await counter.close();
      return counts;
    };
    const first = await countAll();
    const readers = plan.cells.map(
      ({ checkpoint: { lock: own } }) => `${own?.tokenizerDigest} ${own?.files['config.json']?.sha256}`,
    );
    expect(opened).toBe(new Set(readers).size);
    expect(await countAll()).toEqual(first);
    expect(opened).toBe(new Set(readers).size);
    // What is damaged is counted again.
    workspace.write('.evalgraph/counts.json', '{"format": 1, "counts": {"x": 3');
    expect(await countAll()).toEqual(first);
  });

  it('refuses to make what the engine does not evaluate', async () => {
    const workspace = makeWorkspace();
    const config = JSON.parse(workspace.read('models/tiny/step_1/config.json'));
    workspace.write(
      'models/shape/config.json',
      JSON.stringify({ ...config, architectures: ['Qwen3ForCausalLM'] }),
    );
    workspace.write(
      'pipelines/t/pipeline.yaml',
      `models:
  fresh: { init: { config: ./models/shape, tokenizer: ./models/tiny/step_1, seed: 1 } }
tasks: [t_choice]
`,
    );
    const refused = await run(workspace, 'plan');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      "Model 'fresh' would be made, and the engine 'embedded' cannot evaluate it",
    );
    expect(refused.stderr).toContain(COMPUTED_ARCHITECTURES.join(', '));
    workspace.write('models/shape/config.json', JSON.stringify(config));
    expect((await run(workspace, 'plan')).stderr).not.toContain('cannot evaluate');
  });

  it('refuses checkpoints that the engine does not evaluate, before they are locked', async () => {
    const workspace = makeWorkspace();
    const folder = 'models/tiny/step_1';
    const config = JSON.parse(workspace.read(`${folder}/config.json`));
    const pipeline = (engine: string): void =>
      workspace.write(
        'pipelines/t/pipeline.yaml',
        `engine: { use: ${engine} }\nmodels:\n  lone: { source: ./${folder} }\ntasks: [t_choice]\n`,
      );
    for (const change of [
      { architectures: ['MambaForCausalLM'] },
      { hidden_act: 'gelu' },
      { architectures: ['Qwen3ForCausalLM'] },
    ]) {
      workspace.write(`${folder}/config.json`, JSON.stringify({ ...config, ...change }));
      pipeline('embedded');
      for (const command of ['plan', 'lock']) {
        const refused = await run(workspace, command);
        expect(refused.code).toBe(1);
        expect(refused.stderr).toContain("The engine 'embedded' cannot evaluate lone");
        expect(refused.stderr).toContain(String(Object.values(change).flat()[0]));
      }
      pipeline('auto');
      expect((await run(workspace, 'lock')).stderr).not.toContain('cannot evaluate');
    }
  });
});
