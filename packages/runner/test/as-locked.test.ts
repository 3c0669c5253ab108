/**
 * Numbers stand on files: whatever is edited after they were computed, a command either gives the numbers of a fresh
 * workspace with the same files, or fails with a message. The judge is that fresh workspace.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestValue, UserError } from '@evalgraph/formats';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedEngine } from '../../engines/src/embedded/adapter.ts';
import { runReport } from '../src/reporting/report-run.ts';
import { planPipeline } from '../src/workspace.ts';
import {
  followCommand,
  lockCommand,
  planCommand,
  reportCommand,
  showCommand,
  verifyCommand,
  whyCommand,
} from './support/commands.ts';
import { evaluate, report } from './support/run.ts';
import { writeTinyModel } from './support/tiny-model.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

const TIMEOUT_MS = 600_000;
/** Each edited workspace may be evaluated twice, so that fuzzing's sizes would take hours. */
const MAX_RUNS = 20;
const RUNS = Math.min(MAX_RUNS, Number(process.env['EVALGRAPH_FUZZ_RUNS'] ?? 2));
const SUMMARY = 'results/t/summary.json';

const PIPELINE = `models:
  a: { source: ./models/a }
  grown: { source: ./models/series, checkpoints: { subfolder: "step_{step}", steps: [1, 2] } }
tasks: [t_choice, t_set]
samples: { models: [a], prompts: ["Once"], max_new_tokens: 4 }
comparisons:
  c: { dense: grown@last, pruned: a, tasks: [t_choice], perplexity: [wanda], seqlen: 16, corpus: ./datasets/text/words.txt }
`;

function smallWorkspace(): Workspace {
  const workspace = makeWorkspace();
  for (const folder of ['models/tiny', 'models/pruned']) {
    rmSync(join(workspace.root, folder), { recursive: true });
  }
  const models = { a: 1, other: 2, 'series/step_1': 3, 'series/step_2': 4 };
  for (const [name, seed] of Object.entries(models)) {
    writeTinyModel(join(workspace.root, 'models', name), seed);
  }
  workspace.write('pipelines/t/pipeline.yaml', PIPELINE);
  const rows = workspace.read('datasets/t/questions.jsonl').split('\n').slice(0, 3).join('\n');
  workspace.write('datasets/t/questions.jsonl', `${rows}\n`);
  workspace.write('datasets/own/one.jsonl', `${rows.replaceAll('What', 'Which')}\n`);
  workspace.write('datasets/own/two.jsonl', `${rows.replaceAll('What', 'Whose')}\n`);
  workspace.write(
    'datasets/own/dataset.yaml',
    'name: own\npath: some/own\nsplits: { test: { file: one.jsonl }, train: three.jsonl }\n',
  );
  workspace.write('datasets/own/three.jsonl', `${rows.replaceAll('What', 'Where')}\n`);
  workspace.write('datasets/text/words.txt', 'The river runs past the mill.\nNobody counts.\n'.repeat(3));
  workspace.write(
    'pipelines/t/tasks/t_set.yaml',
    workspace
      .read('pipelines/t/tasks/t_choice.yaml')
      .replace('t_choice', 't_set')
      .replace('dataset_path: json\n', 'dataset_path: some/own\n')
      .replace(/dataset_kwargs: .*\n/, '')
      .replace('num_fewshot: 0', 'fewshot_split: train\nnum_fewshot: 1'),
  );
  return workspace;
}

/** Text of a file with one letter changed: as long as before. */
function otherLetter(root: string, file: string, from: string, to: string): void {
  const path = join(root, file);
  const text = readFileSync(path, 'latin1');
  if (!text.includes(from)) return;
  writeFileSync(path, text.replace(from, to), 'latin1');
}

/** What stands in the file afterwards has the size and the times of what stood there. */
function secretly(root: string, file: string, edit: () => void): void {
  const path = join(root, file);
  if (!existsSync(path)) return;
  const { atime, mtime, size } = statSync(path);
  edit();
  if (!existsSync(path)) return;
  if (statSync(path).size !== size) throw new Error(`${file} has another size`);
  utimesSync(path, atime, mtime);
}

function weightsEdit(root: string, file: string): void {
  const path = join(root, file);
  if (!existsSync(path)) return;
  const bytes = readFileSync(path);
  for (let at = bytes.length - 4096; at < bytes.length; at += 4) bytes.writeFloatLE(0.25, at);
  // A new file under the old name, as tools that write atomically leave it.
  writeFileSync(`${path}.new`, bytes);
  renameSync(`${path}.new`, path);
}

function yamlEdit(root: string, file: string, from: string, to: string): void {
  const path = join(root, file);
  if (existsSync(path)) writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
}

function remove(root: string, file: string): void {
  rmSync(join(root, file), { recursive: true, force: true });
}

function write(root: string, file: string, text: string): void {
  if (existsSync(join(root, file, '..'))) writeFileSync(join(root, file), text);
}

type Edit = (root: string) => void | Promise<void>;

const SPEC = 'pipelines/t/pipeline.yaml';
const GENERATION = JSON.stringify({ eos_token_id: 257, do_sample: false });

const EDITS: Readonly<Record<string, Edit>> = {
  'another source': (root) => yamlEdit(root, SPEC, './models/a ', './models/other '),
  'a source that is not there': (root) => yamlEdit(root, SPEC, './models/a ', './models/none '),
  'another series': (root) => yamlEdit(root, SPEC, 'step_{step}', 'later_{step}'),
  'one step fewer': (root) => yamlEdit(root, SPEC, '[1, 2]', '[2]'),
  'a revision of a folder': (root) =>
    yamlEdit(root, SPEC, '{ source: ./models/a }', '{ source: ./models/a, revision: v2 }'),
  'the source written otherwise': (root) => yamlEdit(root, SPEC, './models/a ', 'models/a '),
  'a folder gone': (root) => remove(root, 'models/a'),
  'a step gone': (root) => remove(root, 'models/series/step_1'),
  'two folders swapped': (root) => {
    if (!existsSync(join(root, 'models/a')) || !existsSync(join(root, 'models/other'))) return;
    renameSync(join(root, 'models/a'), join(root, 'models/x'));
    renameSync(join(root, 'models/other'), join(root, 'models/a'));
    renameSync(join(root, 'models/x'), join(root, 'models/other'));
  },
  'generation settings added': (root) => write(root, 'models/a/generation_config.json', GENERATION),
  'a chat template added': (root) => write(root, 'models/a/chat_template.jinja', '{{ messages }}'),
  'a shard’s index added': (root) =>
    write(root, 'models/a/model.safetensors.index.json', '{"weight_map":{}}'),
  'a file that nobody reads added': (root) => write(root, 'models/a/README.md', 'Hello'),
  'the tokenizer’s settings removed': (root) => remove(root, 'models/a/tokenizer_config.json'),
  'the configuration removed': (root) => remove(root, 'models/series/step_2/config.json'),
  'weights replaced': (root) => weightsEdit(root, 'models/series/step_1/model.safetensors'),
  'weights replaced, of the same size and time': (root) =>
    secretly(root, 'models/a/model.safetensors', () => weightsEdit(root, 'models/a/model.safetensors')),
  'the tokenizer edited': (root) =>
    otherLetter(root, 'models/a/tokenizer.json', '"version":"1.0"', '"version":"1.1"'),
  'the configuration edited': (root) => otherLetter(root, 'models/a/config.json', '1e-5', '1e-3'),
  'a row edited': (root) => otherLetter(root, 'datasets/t/questions.jsonl', 'barks', 'barked'),
  'a row edited, of the same size and time': (root) =>
    secretly(root, 'datasets/own/one.jsonl', () =>
      otherLetter(root, 'datasets/own/one.jsonl', 'floats', 'floods'),
    ),
  'a row taken away': (root) => {
    const path = join(root, 'datasets/own/one.jsonl');
    if (existsSync(path)) writeFileSync(path, `${readFileSync(path, 'utf8').split('\n')[0]}\n`);
  },
  'data gone': (root) => remove(root, 'datasets/own/one.jsonl'),
  'the data set repointed': (root) => yamlEdit(root, 'datasets/own/dataset.yaml', 'one.jsonl', 'two.jsonl'),
  'the shots repointed': (root) =>
    yamlEdit(root, 'datasets/own/dataset.yaml', 'train: three.jsonl', 'train: two.jsonl'),
  'two splits swapped': (root) =>
    yamlEdit(
      root,
      'datasets/own/dataset.yaml',
      'test: { file: one.jsonl }, train: three.jsonl',
      'test: { file: three.jsonl }, train: one.jsonl',
    ),
  'a split of two files': (root) =>
    yamlEdit(root, 'datasets/own/dataset.yaml', 'file: one.jsonl', 'files: [one.jsonl, two.jsonl]'),
  'the data set under another path': (root) =>
    yamlEdit(root, 'datasets/own/dataset.yaml', 'path: some/own', 'path: some/other'),
  'a folder of the data set’s name': (root) => {
    mkdirSync(join(root, 'some/own'), { recursive: true });
    cpSync(join(root, 'datasets/own/two.jsonl'), join(root, 'some/own/test.jsonl'));
  },
  'other rows named by the task': (root) =>
    yamlEdit(root, 'pipelines/t/tasks/t_choice.yaml', 'datasets/t/questions', 'datasets/own/two'),
  'a text edited, of the same size and time': (root) =>
    secretly(root, 'datasets/text/words.txt', () =>
      otherLetter(root, 'datasets/text/words.txt', 'mill', 'hill'),
    ),
  'a text’s lines ended otherwise': (root) => {
    const path = join(root, 'datasets/text/words.txt');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'));
  },
  'another text': (root) => {
    write(root, 'datasets/text/other.txt', 'Somebody counts the days. '.repeat(8));
    yamlEdit(root, SPEC, 'words.txt', 'other.txt');
  },
  'the text under another name': (root) => {
    cpSync(join(root, 'datasets/text/words.txt'), join(root, 'datasets/text/same.txt'));
    yamlEdit(root, SPEC, 'words.txt', 'same.txt');
  },
  'another prompt to continue': (root) => yamlEdit(root, SPEC, 'Once', 'Twice'),
  'another dense checkpoint': (root) => yamlEdit(root, SPEC, 'dense: grown@last', 'dense: grown@first'),
  'cells evaluated again, and not compared': async (root) => {
    await evaluate(root).catch(asMessage);
  },
  'a prompt edited': (root) => yamlEdit(root, 'pipelines/t/tasks/t_choice.yaml', 'Q: ', 'Question: '),
  'a metric added': (root) =>
    yamlEdit(
      root,
      'pipelines/t/tasks/t_set.yaml',
      '{ metric: acc }',
      '{ metric: acc }, { metric: acc_norm }',
    ),
  'a limit set': (root) => yamlEdit(root, SPEC, 'tasks: [t_choice', 'limit: 2\ntasks: [t_choice'),
  'a lock edited by hand': (root) => {
    const path = join(root, 'pipelines/t/locks/a.json');
    if (existsSync(path)) otherLetter(root, 'pipelines/t/locks/a.json', '"digest": "', '"digest": "0');
  },
  'a lock gone': (root) => remove(root, 'pipelines/t/locks/a.json'),
  'the lock of another checkpoint in its place': (root) => {
    const [from, to] = ['pipelines/t/locks/grown@step_1.json', 'pipelines/t/locks/a.json'];
    if (existsSync(join(root, from))) cpSync(join(root, from), join(root, to));
  },
  'the memory of digests gone': (root) => remove(root, '.evalgraph/verified.json'),
  'the memory of digests torn': (root) => write(root, '.evalgraph/verified.json', '{"'),
  'locked again': async (root) => {
    await lockCommand(root, [], () => {}).catch(asMessage);
  },
  'evaluated again': async (root) => {
    await evaluated(root);
  },
  'everything put back': (root) => {
    for (const folder of ['models', 'datasets', 'pipelines']) {
      remove(root, folder);
      cpSync(join(base.root, folder), join(root, folder), { recursive: true, preserveTimestamps: true });
    }
  },
};

/** A UserError's text; anything else is a defect. */
function asMessage(error: unknown): string {
  if (!(error instanceof UserError)) throw error;
  expect(error.message.trim()).not.toBe('');
  return error.message;
}

interface Served {
  /** The summary; null: it was refused. */
  readonly summary: string | null;
  readonly text: string;
}

/** As the targets do: every cell, then the report. */
async function evaluated(root: string): Promise<Served> {
  try {
    const failed = [...(await evaluate(root))].filter(([, origin]) => !/^[a-z]+$/.test(origin));
    if (failed.length > 0) return { summary: null, text: failed.map(([, text]) => text).join('\n') };
    await report(root);
    return { summary: readFileSync(join(root, SUMMARY), 'utf8'), text: '' };
  } catch (error) {
    return { summary: null, text: asMessage(error) };
  }
}

/** The report alone, of whatever results are there. */
async function reported(root: string): Promise<Served> {
  rmSync(join(root, SUMMARY), { force: true });
  try {
    await reportCommand(root, ['t'], () => {});
    return { summary: readFileSync(join(root, SUMMARY), 'utf8'), text: '' };
  } catch (error) {
    return { summary: null, text: asMessage(error) };
  }
}

const SOURCES = ['models', 'datasets', 'pipelines', 'some'];

function contentOf(root: string): string {
  const files = SOURCES.filter((folder) => existsSync(join(root, folder))).flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter(
        (entry) =>
          entry.isFile() && !/locks?(\.json)?$|verified/.test(entry.parentPath) && entry.name !== 'lock.json',
      )
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return digestValue(files.sort().map((path) => [path.slice(root.length), readFileSync(path, 'latin1')]));
}

const fresh = new Map<string, Promise<Served>>();
const folders: string[] = [];

/** The same files in a workspace that has seen nothing yet: locked, evaluated, reported. */
function freshNumbers(root: string): Promise<Served> {
  const content = contentOf(root);
  const known = fresh.get(content) ?? evaluateFresh(root);
  fresh.set(content, known);
  return known;
}

async function evaluateFresh(from: string): Promise<Served> {
  const root = copyOf(from, SOURCES);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.name === 'lock.json' || entry.name === 'locks') {
      rmSync(join(entry.parentPath, entry.name), { recursive: true, force: true });
    }
  }
  try {
    await lockCommand(root, [], () => {});
  } catch (error) {
    return { summary: null, text: asMessage(error) };
  }
  return evaluated(root);
}

function copyOf(from: string, parts: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'evalgraph-edited-'));
  folders.push(root);
  for (const part of [...parts, 'nx.json', 'package.json']) {
    if (existsSync(join(from, part)))
      cpSync(join(from, part), join(root, part), { recursive: true, preserveTimestamps: true });
  }
  return root;
}

let base: Workspace;

beforeAll(async () => {
  base = smallWorkspace();
  folders.push(base.root);
  await lockCommand(base.root, [], () => {});
  expect((await evaluated(base.root)).text).toBe('');
}, TIMEOUT_MS);

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A workspace where everything was locked, evaluated and looked at, before it is edited. */
async function usedWorkspace(): Promise<string> {
  const root = copyOf(base.root, [...SOURCES, 'results', '.evalgraph']);
  expect((await reported(root)).text).toBe('');
  return root;
}

type Serve = (root: string) => Promise<Served>;

async function judge(root: string, serving: readonly Serve[] = [reported, evaluated]): Promise<void> {
  for (const serve of serving) {
    const { summary, text } = await serve(root);
    if (summary === null) {
      expect(text).toMatch(/npx (evalgraph|nx) |models\/|datasets\/|pipelines\//);
      continue;
    }
    expect(summary).toBe((await freshNumbers(root)).summary);
  }
}

describe('after an edit', () => {
  it.each(Object.keys(EDITS))(
    '%s: the numbers of a fresh workspace, or a message',
    async (name) => {
      const root = await usedWorkspace();
      await EDITS[name]?.(root);
      await judge(root);
    },
    TIMEOUT_MS,
  );

  it(
    'any others, one after the other: the same',
    async () => {
      const edits = fc.array(fc.constantFrom(...Object.keys(EDITS)), { minLength: 2, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(edits, async (names) => {
          const root = await usedWorkspace();
          for (const name of names) await EDITS[name]?.(root);
          await judge(root);
        }),
        { seed: 20261130, numRuns: RUNS, endOnFailure: true },
      );
    },
    TIMEOUT_MS,
  );
});

describe('the property itself', () => {
  it('finds an old number where nobody looks at the files', { timeout: TIMEOUT_MS }, async () => {
    // What `report` does, without the question whether the files are as they were locked.
    const unchecked = async (root: string): Promise<Served> => {
      const plan = planPipeline(root, 't', 'full');
      await runReport(root, plan, embeddedEngine);
      return { summary: readFileSync(join(root, SUMMARY), 'utf8'), text: '' };
    };
    const root = await usedWorkspace();
    await EDITS['weights replaced, of the same size and time']?.(root);
    await expect(judge(root, [unchecked])).rejects.toThrow();
    await judge(root);
  });

  it('a comparison of earlier answers is none', { timeout: TIMEOUT_MS }, async () => {
    const root = await usedWorkspace();
    await EDITS['a prompt edited']?.(root);
    await evaluate(root);
    expect((await reported(root)).text).toContain('npx nx run t/comparisons/c:compare');
    const lines: string[] = [];
    await showCommand(root, ['t'], (line) => lines.push(line));
    expect(lines.join('\n')).not.toMatch(/difference/i);
    expect((await evaluated(root)).summary).toBe((await freshNumbers(root)).summary);
  });
});

describe('what a command says', () => {
  const COMMANDS: Readonly<Record<string, (root: string) => Promise<void>>> = {
    plan: (root) => planCommand(root, ['t'], () => {}),
    why: (root) => whyCommand(root, ['t/a/t_choice'], () => {}),
    report: (root) => reportCommand(root, ['t'], () => {}),
    show: (root) => showCommand(root, ['t'], () => {}),
    verify: (root) => verifyCommand(root, ['t'], () => {}),
    follow: (root) => followCommand(root, ['t', '--once'], () => {}),
  };
  const KINDS: Readonly<Record<string, RegExp>> = {
    'another source': /a is models\/other, but pipelines\/t\/locks\/a\.json was written for models\/a\./,
    'a source that is not there': /is models\/none, but/,
    'a folder gone': /models\/a is missing; pipelines\/t\/locks\/a\.json names it/,
    'generation settings added':
      /generation_config\.json is read with the checkpoint, but .* does not name it/,
    'weights replaced, of the same size and time': /model\.safetensors does not match its lock/,
    'a row edited': /questions\.jsonl does not match its lock datasets\/t\/lock\.json/,
  };

  it.each(Object.keys(KINDS))(
    'after %s: the file and the command that locks it',
    async (name) => {
      const root = await usedWorkspace();
      await EDITS[name]?.(root);
      for (const command of Object.values(COMMANDS)) {
        const text = await command(root).then(() => 'it passed', asMessage);
        expect(text).toMatch(KINDS[name] ?? /^$/);
        expect(text).toContain('npx evalgraph lock t');
      }
    },
    TIMEOUT_MS,
  );

  it('after the edit is undone: nothing, though the files are new', async () => {
    const root = await usedWorkspace();
    await EDITS['weights replaced']?.(root);
    await EDITS['everything put back']?.(root);
    for (const command of [COMMANDS['plan'], COMMANDS['why'], COMMANDS['report']]) await command?.(root);
  });
});
