/** `evalgraph init`: three answers, flags, or a ready pipeline -> a pipeline that the spec accepts, or nothing. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suggest, UserError } from '@evalgraph/formats';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { draftText, modelName, pipelineName } from '../../cli/src/commands/init/draft.ts';
import { askDraft, readyPipelines } from '../../cli/src/commands/init/init.ts';
import { messages as cliMessages, phrases as cliPhrases } from '../../cli/src/messages.ts';
import { parsePipeline } from '../../spec/src/index.ts';
import { phrases as lockingPhrases } from '../src/locking/messages.ts';
import { taskLibrary } from '../src/workspace.ts';
import { evalgraph } from './support/child.ts';
import { initCommand } from './support/commands.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

let workspace: Workspace;
beforeEach(() => {
  workspace = makeWorkspace();
});
afterEach(() => rmSync(workspace.root, { recursive: true }));

async function init(...args: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  await initCommand(workspace.root, args, (line) => lines.push(line));
  return lines;
}

async function problemsOf(...args: readonly string[]): Promise<UserError['problems']> {
  const error = await init(...args).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw new Error('no UserError');
  return error.problems;
}

it('flags make a pipeline, and the next command is told', async () => {
  const lines = await init(
    '--model=hf:HuggingFaceTB/SmolLM2-1.7B-intermediate-checkpoints',
    '--checkpoints=revision:step-{step}',
    '--tasks=mmlu,hellaswag',
    '--name=mine',
  );
  expect(lines).toEqual([
    'wrote pipelines/mine/pipeline.yaml',
    'next: npx evalgraph lock mine',
    'then: npx nx run mine:report:quick',
  ]);
  const pipeline = parsePipeline(workspace.read('pipelines/mine/pipeline.yaml'), {
    name: 'mine',
    file: 'pipelines/mine/pipeline.yaml',
    root: workspace.root,
    stepsOf: ({ kind, pattern }) => (kind === 'revision' && pattern === 'step-{step}' ? [7] : null),
  });
  expect(pipeline.models[0]?.checkpoints).toEqual([
    { name: 'step-7', step: 7, location: { kind: 'revision', revision: 'step-7' } },
  ]);
  expect(pipeline.tasks.map(({ task }) => task)).toEqual(['mmlu', 'hellaswag']);
  expect(pipeline.otherEngine?.use).toBe('lm-eval');
});

it('three answers make the same draft as flags', async () => {
  const answers = ['./models/tiny step_{step}', 'mmlu, hellaswag', ''];
  const draft = await askDraft(
    () => Promise.resolve(answers.shift() ?? ''),
    () => {},
  );
  expect(answers).toEqual([]);
  expect(draft).toEqual({
    name: 'tiny',
    source: './models/tiny',
    checkpoints: { kind: 'subfolder', pattern: 'step_{step}' },
    tasks: ['mmlu', 'hellaswag'],
  });
});

it('a series in a folder is looked up and locked: what is written works as it is', async () => {
  rmSync(join(workspace.root, 'pipelines/t'), { recursive: true });
  workspace.write(
    'datasets/piqa/dataset.yaml',
    'name: piqa\npath: baber/piqa\nsplits: { validation: v.jsonl }\n',
  );
  workspace.write('datasets/piqa/v.jsonl', '{"goal": "To row", "sol1": "sit", "sol2": "fly", "label": 0}\n');
  await init('--model=./models/tiny', '--checkpoints=step_{step}', '--tasks=piqa');
  const { code, stdout } = await evalgraph(workspace.root, ['lock', 'tiny']);
  expect(code).toBe(0);
  expect(stdout).toContain(lockingPhrases.stepsFound('tiny', [1, 2], 2));
  const plan = await evalgraph(workspace.root, ['plan', 'tiny']);
  expect(plan.stdout).toContain('2 checkpoints, 2 cells: 0 stored, 2 to run');
  expect(plan.stdout).toContain('engine embedded: the embedded engine computes LlamaForCausalLM');
});

it('a folder that is no checkpoint is told, with the pattern of the series in it', async () => {
  const noteOf = async (
    model: string,
    name: string,
    ...more: readonly string[]
  ): Promise<string | undefined> =>
    (await init(`--model=${model}`, '--tasks=piqa', `--name=${name}`, ...more)).find((line) =>
      line.startsWith('note:'),
    );
  expect(await noteOf('./nope', 'a')).toBe(cliPhrases.sourceNotThere('./nope'));
  expect(await noteOf('./package.json', 'no-folder')).toBe(cliPhrases.sourceNoFolder('./package.json'));
  expect(await noteOf('./models/tiny', 'b')).toBe(
    cliPhrases.sourceNoCheckpoint('./models/tiny', 2, 'step_1', 'step_{step}'),
  );
  workspace.write('models/padded/iter_0000100/config.json', '{}');
  workspace.write('models/padded/iter_0002000/config.json', '{}');
  workspace.write('models/padded/blocks-16x16/config.json', '{}');
  workspace.write('models/odd/v2-run-a/config.json', '{}');
  workspace.write('models/none/readme.md', '');
  expect(await noteOf('./models/padded', 'c')).toContain('"iter_{step:07}"');
  expect(await noteOf('./models/odd', 'd')).toBe(
    cliPhrases.sourceNoCheckpoint('./models/odd', 1, 'v2-run-a', null),
  );
  expect(await noteOf('./models/none', 'e')).toBe(
    cliPhrases.sourceNoCheckpoint('./models/none', 0, null, null),
  );
  expect(await noteOf('./models/pruned', 'f')).toBeUndefined();
  expect(await noteOf('./models/tiny', 'g', '--checkpoints=step_{step}')).toBeUndefined();
  expect(await noteOf('hf:owner/name', 'h')).toBeUndefined();
});

it('nothing is written where something is wrong', async () => {
  const ready = readyPipelines();
  expect(await problemsOf('--from', 'dense500')).toEqual([
    cliMessages.unknownReadyPipeline('dense500', ready, suggest('dense500', ready)),
  ]);
  expect((await problemsOf('--model', './m', '--tasks', 'mmlu,hellaswg'))[0]?.message).toContain(
    "'hellaswag'",
  );
  expect((await problemsOf('--model', 'm', '--tasks', 'mmlu'))[0]?.code).toBe('bad-source');
  expect((await problemsOf('--model', 'hf:a/b'))[0]?.message).toContain('--tasks is missing');
  expect((await problemsOf('--tasks', 'mmlu'))[0]?.message).toContain('--model is missing');
  expect((await problemsOf('--from', 'dense500m-mmlu', '--name', '../x'))[0]?.code).toBe('bad-pipeline-name');
  expect(await problemsOf('--from', 'dense500m-mmlu', '--name', 't')).toEqual([
    cliMessages.pipelineExists('t'),
  ]);
  expect(existsSync(join(workspace.root, 'pipelines/m'))).toBe(false);
});

it('without a terminal and without flags: the usage, exit code 1', async () => {
  const { code, stderr } = await evalgraph(workspace.root, ['init']);
  expect(code).toBe(1);
  expect(stderr).toContain('Usage: npx evalgraph init');
  expect(stderr).toContain('dense500m-mmlu');
});

it('names of any source are legal', () => {
  expect([modelName('hf:a/B_c.d'), pipelineName('hf:a/B_c.d')]).toEqual(['B_c.d', 'b-c-d']);
  expect([modelName('/x/y z/'), pipelineName('/x/y z/')]).toEqual(['y-z', 'y-z']);
  expect([modelName('/'), pipelineName('/__')]).toEqual(['model', 'model']);
  const text = draftText({ name: 'a', source: './m: "x"', checkpoints: null, tasks: ['mmlu'] });
  expect(parsePipeline(text, { name: 'a', file: 'a.yaml', root: workspace.root }).models[0]?.source).toEqual({
    kind: 'folder',
    path: 'm: "x"',
  });
});

it("takes tasks of the workspace's pipelines, with every file that they are made of", async () => {
  const lines = await init('--model=./models/tiny/step_1', '--tasks=t_group,mmlu,t_pages', '--name=mine');
  expect(lines[0]).toBe('copied t_group, t_pages from pipelines/t/tasks to pipelines/mine/tasks');
  const names = ['t_a', 't_b', 't_choice', 't_group', 't_pages'];
  expect(readdirSync(join(workspace.root, 'pipelines/mine/tasks')).sort()).toEqual(
    names.map((n) => `${n}.yaml`),
  );
  const library = taskLibrary(workspace.root, 'mine');
  expect(library.resolve('t_group').kind).toBe('group');
  // Two pipelines have the same task: it does not matter from which it comes.
  await init('--model=./models/tiny/step_1', '--tasks=t_pages', '--name=again');
  workspace.edit('pipelines/mine/tasks/t_pages.yaml', 'word_perplexity', 'byte_perplexity');
  const [problem] = await problemsOf('--model=./models/tiny/step_1', '--tasks=t_pages', '--name=third');
  expect(problem?.message).toBe("The pipelines again, mine, t have different tasks 't_pages'.");
  expect(existsSync(join(workspace.root, 'pipelines/third'))).toBe(false);
  const [unknown] = await problemsOf('--model=./models/tiny/step_1', '--tasks=t_choise', '--name=third');
  expect(unknown?.message).toContain("did you mean 't_choice'?");
});
