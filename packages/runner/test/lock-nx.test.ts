/**
 * Edited files through the real `nx`, with its cache: what it restores without starting a target, and a graph that knows
 * nothing of the edit, must not serve numbers under another file's name. Git ignores weights and data here, as it does in
 * most workspaces, so that Nx sees nothing of them.
 */
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ran, nx as start, stopDaemon } from './support/nx.ts';
import { lock } from './support/run.ts';
import { makeWorkspace, snapshot, type Workspace } from './support/workspace.ts';

const TIMEOUT_MS = 600_000;
const WEIGHTS = 'models/pruned/model.safetensors';
const ROWS = 'datasets/t/questions.jsonl';
const SPEC = 'pipelines/t/pipeline.yaml';

let workspace: Workspace;
let results: ReadonlyMap<string, string>;

const nx = (args: string): Ran => start(workspace, args);

/** Overwrites the end of the weights; the file's size and times stay. */
function replaceWeights(): () => void {
  const path = join(workspace.root, WEIGHTS);
  const { atime, mtime } = statSync(path);
  const before = readFileSync(path);
  const bytes = Buffer.from(before);
  bytes.fill(0, bytes.length - 4096);
  const put = (content: Buffer): void => {
    writeFileSync(`${path}.new`, content);
    utimesSync(`${path}.new`, atime, mtime);
    renameSync(`${path}.new`, path);
  };
  put(bytes);
  return () => put(before);
}

function editText(file: string, from: string, to: string): () => void {
  const before = workspace.read(file);
  workspace.edit(file, from, to);
  return () => workspace.write(file, before);
}

function addFile(file: string, text: string): () => void {
  workspace.write(file, text);
  return () => rmSync(join(workspace.root, file));
}

function moveAway(folder: string): () => void {
  const path = join(workspace.root, folder);
  renameSync(path, `${path}.away`);
  return () => renameSync(`${path}.away`, path);
}

/** An edit, and what is said of it. Each gives back what undoes it. */
const EDITS: Readonly<Record<string, { readonly edit: () => () => void; readonly says: RegExp }>> = {
  'another source': {
    edit: () => editText(SPEC, './models/pruned', './models/tiny/step_1'),
    says: /pruned is models\/tiny\/step_1, but pipelines\/t\/locks\/pruned\.json was written for models\/pruned/,
  },
  'weights of the same size and time': {
    edit: replaceWeights,
    says: /model\.safetensors does not match its lock/,
  },
  'a row': {
    edit: () => editText(ROWS, 'barks', 'barked'),
    says: /questions\.jsonl does not match its lock datasets\/t\/lock\.json/,
  },
  'a file added': {
    edit: () => addFile('models/pruned/generation_config.json', '{"do_sample": false}'),
    says: /generation_config\.json is read with the checkpoint, but pipelines\/t\/locks\/pruned\.json does not name it/,
  },
  'a folder gone': {
    edit: () => moveAway('models/pruned'),
    says: /models\/pruned is missing; pipelines\/t\/locks\/pruned\.json names it/,
  },
};

beforeAll(async () => {
  workspace = makeWorkspace();
  workspace.write('.gitignore', 'node_modules\n.nx\n.evalgraph\nresults\nmodels\n*.jsonl\n');
  workspace.edit(SPEC, 'tasks: [t_choice, t_group, t_generate, t_pages]', 'tasks: [t_choice, t_pages]');
  workspace.write(
    'pipelines/other/pipeline.yaml',
    'models: { only: { source: ./models/tiny/step_1 } }\ntasks: [o]\n',
  );
  workspace.write(
    'pipelines/other/tasks/o.yaml',
    workspace
      .read('pipelines/t/tasks/t_choice.yaml')
      .replace('t_choice', 'o')
      .replace(ROWS, 'datasets/o/questions.jsonl'),
  );
  workspace.write('datasets/o/questions.jsonl', workspace.read(ROWS));
  await lock(workspace.root);
  expect(nx('run-many -t report').code).toBe(0);
  results = snapshot(join(workspace.root, 'results'));
}, TIMEOUT_MS);

afterAll(() => {
  stopDaemon(workspace);
  rmSync(workspace.root, { recursive: true, force: true });
});

describe.each(Object.keys(EDITS))('after %s', (name) => {
  const { edit, says } = EDITS[name] ?? { edit: () => () => {}, says: /^$/ };
  let undo: () => void;

  it(
    'the report fails with the file and the command; so do the cells, and other pipelines do not',
    () => {
      undo = edit();
      const { code, text } = nx('run t:report');
      expect(code).not.toBe(0);
      expect(text).toMatch(says);
      expect(text).toContain('npx evalgraph lock t');
      expect(text).not.toMatch(/\n\s+at \S+ \(/);
      expect(nx('run t/pruned/t_choice:eval').code).not.toBe(0);
      const other = nx('run other:report');
      expect(other.code).toBe(0);
      expect(other.text).toMatch(/Cache:\s+2\/2 hit|read the output from the cache/);
    },
    TIMEOUT_MS,
  );

  it(
    'and undone: everything comes out of the cache again',
    () => {
      undo();
      const { code, text } = nx('run t:report');
      expect(code).toBe(0);
      expect(text).not.toMatch(/^> nx run \S+:eval$/m);
      expect(snapshot(join(workspace.root, 'results'))).toEqual(results);
    },
    TIMEOUT_MS,
  );
});

it(
  'a daemon that knows nothing of the edit changes nothing of this',
  () => {
    const withDaemon = (args: string): Ran => start(workspace, args, { NX_DAEMON: 'true' });
    expect(withDaemon('run t:report').code).toBe(0);
    const undo = replaceWeights();
    const { code, text } = withDaemon('run t:report');
    expect(code).not.toBe(0);
    expect(text).toMatch(/model\.safetensors does not match its lock/);
    undo();
    expect(withDaemon('run t:report').code).toBe(0);
    expect(snapshot(join(workspace.root, 'results'))).toEqual(results);
  },
  TIMEOUT_MS,
);
