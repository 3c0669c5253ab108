/**
 * The stages before evaluation through Nx, without Python: a corpus, packed tokens and initial weights that flow into
 * cells. What runs again after a change is told by what the targets print.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestFile } from '@evalgraph/formats';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { checkpointFiles, folderDigest } from '../src/locks/checkpoint-lock.ts';
import { messages } from '../src/messages.ts';
import { planPipeline } from '../src/workspace.ts';
import { followCommand, lockCommand, planCommand, whyCommand } from './support/commands.ts';
import { cellsRun, nx, stageOutcomes } from './support/nx.ts';
import { lock } from './support/run.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

const TIMEOUT_MS = 300_000;

const PIPELINE = `title: Made here
corpora:
  texts:
    sources: [{ name: own, kind: jsonl, path: ./texts, licence: CC0-1.0 }]
    steps:
      - { step: length, min_words: 4 }
      - { step: exact-duplicates }
packs:
  texts: { corpus: texts, tokenizer: fresh, sequence_length: 16 }
models:
  fresh: { init: { config: ./models/tiny/step_1, seed: 1 } }
  shallow: { init: { from: fresh, keep: [1] } }
  given: { source: ./models/tiny/step_1 }
tasks: [t_choice]
samples: { prompts: ["The "], max_new_tokens: 4 }
`;

let workspace: Workspace;

beforeAll(async () => {
  workspace = makeWorkspace();
  const task = workspace.read('pipelines/t/tasks/t_choice.yaml');
  rmSync(join(workspace.root, 'pipelines/t'), { recursive: true });
  workspace.write('.gitignore', 'node_modules\n.nx\n.evalgraph\nresults\nmade\n');
  workspace.write('pipelines/s/pipeline.yaml', PIPELINE);
  workspace.write('pipelines/s/tasks/t_choice.yaml', task);
  const texts = Array.from({ length: 40 }, (_, at) => `Text number ${at % 30} tells of ${at % 30} boats.`);
  workspace.write('texts/a.jsonl', ['One', ...texts].map((text) => `${JSON.stringify({ text })}\n`).join(''));
  await lock(workspace.root);
}, TIMEOUT_MS);

afterAll(() => rmSync(workspace.root, { recursive: true }));

function report(): { readonly stages: Readonly<Record<string, string>>; readonly cells: readonly string[] } {
  // Static: the default style leaves the output of targets that succeeded out.
  const { code, text } = nx(workspace, 'run-many -t report --output-style=static');
  expect(text).toContain('Successfully ran target report');
  expect(code).toBe(0);
  return { stages: stageOutcomes(text), cells: cellsRun(text) };
}

const ALL = ['fresh (init)', 'shallow (init)', 'texts (corpus)', 'texts (pack)'];
const all = (outcome: string): Readonly<Record<string, string>> =>
  Object.fromEntries(ALL.map((stage) => [stage, outcome]));

it(
  'is planned before anything is made: nothing is locked that will be made, and the targets are named',
  async () => {
    const plan = planPipeline(workspace.root, 's', 'full');
    expect(plan.unlocked).toEqual([]);
    expect(plan.unmade.map(({ id }) => id)).toEqual(['fresh', 'shallow']);
    expect(plan.cells.filter(({ key }) => key === null).map(({ id }) => id)).toEqual([
      'fresh/t_choice',
      'fresh/samples',
      'shallow/t_choice',
      'shallow/samples',
    ]);
    const lines: string[] = [];
    await planCommand(workspace.root, ['s'], (line) => lines.push(line));
    await whyCommand(workspace.root, ['s/fresh/t_choice'], (line) => lines.push(line));
    expect(lines.join('\n')).toContain('fresh is made by s/fresh:init');
    expect(lines.at(-1)).toContain('not made yet: npx nx run s/fresh:init');
    const { text } = nx(workspace, 'show project s/fresh --json');
    const project = JSON.parse(text.slice(text.indexOf('{'))) as {
      tags: readonly string[];
      targets: Record<
        string,
        { cache: boolean; outputs: readonly string[]; metadata: { description: string } }
      >;
    };
    expect(project.tags).toEqual(['pipeline:s', 'stage:init', 'model:fresh']);
    expect(project.targets['init']).toMatchObject({
      cache: false,
      outputs: ['{workspaceRoot}/made/s/locks/fresh'],
    });
    expect(project.targets['init']?.metadata.description).toContain('made/s/init/fresh');
  },
  TIMEOUT_MS,
);

it('a training without a Python is told of before anything is made, and no other pipeline is', async () => {
  workspace.write(
    'pipelines/q/pipeline.yaml',
    PIPELINE.replace('tokenizer: fresh', 'tokenizer: ./models/tiny/step_1').replace(
      'seed: 1 } }',
      'seed: 1 }, train: { data: texts, max_steps: 1, learning_rate: 1e-3, batch_size: 1, save_every: 1 } }',
    ),
  );
  workspace.write('pipelines/q/tasks/t_choice.yaml', workspace.read('pipelines/s/tasks/t_choice.yaml'));
  vi.stubEnv('EVALGRAPH_PYTHON', '/no/such/python');
  try {
    const lines: string[] = [];
    await lockCommand(workspace.root, [], (line) => lines.push(line));
    await planCommand(workspace.root, [], (line) => lines.push(line));
    const told = lines.filter((line) =>
      line.includes('train will fail: EVALGRAPH_PYTHON is "/no/such/python"'),
    );
    expect(told.map((line) => line.trim().split(':')[0])).toEqual(['q', 'train will fail']);
    expect(told[0]).toContain('Install uv');
  } finally {
    vi.unstubAllEnvs();
    rmSync(join(workspace.root, 'pipelines/q'), { recursive: true });
  }
});

it(
  'a cell of weights that are not there says which target makes them',
  () => {
    const { code, text } = nx(workspace, 'run s/fresh/t_choice:eval --excludeTaskDependencies');
    expect(code).not.toBe(0);
    expect(text).toContain(messages.notMade.checkpoint('fresh', 's/fresh:init').message);
    expect(text).toContain(messages.notMade.checkpoint('fresh', 's/fresh:init').remedy);
  },
  TIMEOUT_MS,
);

it(
  'one run goes from the text to the report; the next one does nothing',
  async () => {
    const first = report();
    expect(first.stages).toEqual(all('made'));
    expect(first.cells).toHaveLength(6);
    const folder = join(workspace.root, 'made/s/init/shallow');
    const written = JSON.parse(workspace.read('made/s/locks/shallow/shallow.json')) as { digest: string };
    expect(written.digest).toBe(await folderDigest(folder, digestFile));
    expect(checkpointFiles(folder)).toContain('model.safetensors');
    expect(planPipeline(workspace.root, 's', 'full').unmade).toEqual([]);
    const text = workspace.read('results/s/report/report.md');
    expect(text).toMatch(/\| exact-duplicates +\| +40 \| +10 \|/);
    expect(text).toMatch(/\| length .*\| min_words [0-9]+ +\|/);
    expect(text).toContain('## What the checkpoints write');
    expect(report()).toEqual({ stages: all('made already'), cells: [] });
  },
  TIMEOUT_MS,
);

it(
  'a step that removes the same documents ends at the corpus',
  async () => {
    workspace.edit('pipelines/s/pipeline.yaml', 'min_words: 4', 'min_words: 5');
    const lines: string[] = [];
    await whyCommand(workspace.root, ['s/corpora/texts:corpus'], (line) => lines.push(line));
    expect(lines).toEqual([
      's/corpora/texts:corpus',
      '  config.steps.0.minWords',
      '    made of 4',
      '    now     5',
      '  what is there would be put aside, and this made',
    ]);
    const { stages, cells } = report();
    expect(stages).toEqual({ ...all('made already'), 'texts (corpus)': 'made' });
    expect(cells).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  'a step that removes others makes what follows from it, and nothing else',
  () => {
    workspace.edit('pipelines/s/pipeline.yaml', 'step: exact-duplicates', 'step: regex, pattern: number 1');
    const { stages, cells } = report();
    expect(stages).toEqual({
      ...all('made already'),
      'texts (corpus)': 'made',
      'texts (pack)': 'made',
    });
    expect(cells).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  'other weights are evaluated, and earlier ones come back with their results',
  () => {
    const before = workspace.read('results/s/summary.json');
    workspace.edit('pipelines/s/pipeline.yaml', 'seed: 1', 'seed: 2');
    const changed = report();
    expect(changed.stages).toEqual({
      ...all('made already'),
      'fresh (init)': 'made',
      'shallow (init)': 'made',
    });
    expect(changed.cells).toEqual([
      's/fresh/samples',
      's/fresh/t_choice',
      's/shallow/samples',
      's/shallow/t_choice',
    ]);
    expect(workspace.read('results/s/summary.json')).not.toBe(before);
    workspace.edit('pipelines/s/pipeline.yaml', 'seed: 2', 'seed: 1');
    expect(report().stages).toEqual(all('made already'));
    expect(workspace.read('results/s/summary.json')).toBe(before);
  },
  TIMEOUT_MS,
);

it(
  'files that were changed by hand are nobody’s; a folder that is gone is made again',
  () => {
    const folder = join(workspace.root, 'made/s/init/fresh');
    const path = join(folder, 'config.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"rope_theta": 10000', '"rope_theta": 20000'));
    const { code, text: printed } = nx(workspace, 'run s/fresh:init');
    expect(code).not.toBe(0);
    expect(printed).toContain(messages.madeChanged(folder, ['config.json']).message.split('\n')[0]);
    rmSync(folder, { recursive: true });
    expect(stageOutcomes(nx(workspace, 'run s/fresh:init --output-style=static').text)).toEqual({
      'fresh (init)': 'made',
    });
    expect(existsSync(path)).toBe(true);
    expect(report().cells).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  'the quick run makes what it needs',
  () => {
    rmSync(join(workspace.root, 'made'), { recursive: true });
    const { code, text } = nx(workspace, 'run s:report:quick --output-style=static');
    expect(text).toContain('Successfully ran target report');
    expect(code).toBe(0);
    expect(existsSync(join(workspace.root, 'results/s/quick/report/report.md'))).toBe(true);
  },
  TIMEOUT_MS,
);

it(
  'what is made is evaluated while the rest is still to be made',
  async () => {
    for (const folder of ['made', '.evalgraph/store']) {
      rmSync(join(workspace.root, folder), { recursive: true, force: true });
    }
    const follow = async (): Promise<readonly string[]> => {
      const lines: string[] = [];
      await followCommand(workspace.root, ['s', '--once'], (line) => lines.push(line));
      return lines.flatMap((line) => /^(\S+): evaluated/.exec(line)?.[1] ?? []).sort();
    };
    expect(await follow()).toEqual(['given/samples', 'given/t_choice']);
    expect(nx(workspace, 'run s/fresh:init').code).toBe(0);
    expect(await follow()).toEqual(['fresh/samples', 'fresh/t_choice']);
    expect(nx(workspace, 'run s/shallow:init').code).toBe(0);
    // With everything made it ends by itself.
    await followCommand(workspace.root, ['s'], () => {});
    expect(await follow()).toEqual([]);
    report();
  },
  TIMEOUT_MS,
);
