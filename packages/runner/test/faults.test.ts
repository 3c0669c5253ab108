/** A user's mistakes and a machine's: one clear message each, exit code 1, no stack trace, nothing computed is lost. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { evalgraph } from './support/child.ts';
import { evaluate, lock } from './support/run.ts';
import { writeTinyModel } from './support/tiny-model.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

const STACK = /\n\s+at \S+ \(|node:internal|Error:/;

/** What `evalgraph <args>` prints where it fails as it should. */
async function refusal(root: string, ...args: readonly string[]): Promise<string> {
  const { code, stderr } = await evalgraph(root, args);
  expect(stderr).not.toMatch(STACK);
  expect(code).toBe(1);
  return stderr;
}

describe('the command line', () => {
  it.each([
    [['plam'], "'plam' is no command of evalgraph; did you mean 'plan'?"],
    [['lock', 'tt'], "There is no pipeline 'tt'; did you mean 't'?"],
    [['plan', '--fast'], "unknown option '--fast'"],
    [['why', 't/tiny@step_1/t_chioce'], "did you mean 't/tiny@step_1/t_choice'?"],
    [['plan'], "Pipeline 't' is not locked: 4 lock files are missing"],
  ])('%j says what is wrong', async (args, text) => {
    expect(await refusal(makeWorkspace().root, ...args)).toContain(text);
  });

  it('outside a workspace says so', async () => {
    expect(await refusal('/', 'plan')).toContain('No nx.json was found');
  });
});

describe('a pipeline file', () => {
  it('with a wrong key: the line, the caret, the nearest key', async () => {
    const workspace = makeWorkspace();
    workspace.edit('pipelines/t/pipeline.yaml', 'quick:', 'quik:');
    const text = await refusal(workspace.root, 'lock');
    expect(text).toMatch(/pipelines\/t\/pipeline\.yaml:\d+:1: .*quik/);
    expect(text).toContain("'quick'");
    expect(text).toContain('^^^^');
  });

  it('with an unknown task: where it stands, and the nearest one', async () => {
    const workspace = makeWorkspace();
    workspace.edit('pipelines/t/pipeline.yaml', 't_generate', 't_genrate');
    const text = await refusal(workspace.root, 'lock');
    expect(text).toMatch(/pipelines\/t\/pipeline\.yaml:\d+:\d+: There is no task, group or tag 't_genrate'/);
    expect(text).toMatch(/t_genrate.*\n +\| +\^{9}\n/);
    expect(text).toContain("Did you mean 't_generate'?");
  });
});

describe('a plan', () => {
  /** Two copies of a checkpoint with one file replaced, and a pipeline `a` over them and a sound one. */
  function withTwoCopies(names: readonly string[], file: string, text: (name: string) => string): Workspace {
    const workspace = makeWorkspace();
    for (const name of names) {
      const folder = join(workspace.root, 'models', name);
      cpSync(join(workspace.root, 'models/pruned'), folder, { recursive: true });
      writeFileSync(join(folder, file), text(name));
    }
    const models = [...names, 'pruned'].map((name) => `  ${name}: { source: ./models/${name} }\n`);
    workspace.write('pipelines/a/pipeline.yaml', `models:\n${models.join('')}tasks: [a_choice]\n`);
    const choice = workspace.read('pipelines/t/tasks/t_choice.yaml');
    workspace.write('pipelines/a/tasks/a_choice.yaml', choice.replace('task: t_choice', 'task: a_choice'));
    workspace.write('pipelines/b/pipeline.yaml', 'models: {}\n');
    return workspace;
  }

  it('names every checkpoint that cannot be counted, and goes on with the rest and the other pipelines', async () => {
    const workspace = withTwoCopies(['one', 'two'], 'tokenizer.json', (name) => `{"${name}": {}}`);
    await evalgraph(workspace.root, ['lock']);
    const { code, stdout, stderr } = await evalgraph(workspace.root, ['plan']);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(STACK);
    for (const text of [
      'models/one/tokenizer.json',
      'models/two/tokenizer.json',
      'pipelines/b/pipeline.yaml:1:9',
    ])
      expect(stderr).toContain(text);
    expect(stdout).toContain('  3 checkpoints, 3 cells: 0 stored, 3 to run; 0 comparisons');
    expect(stdout).toMatch(/a_choice +1 /);
    expect(stdout).toMatch(/^t: A tiny series/m);
  });

  it('names every checkpoint that the engine does not compute, and goes on with the other pipelines', async () => {
    const config = (name: string): string => JSON.stringify({ architectures: [`${name}ForCausalLM`] });
    const workspace = withTwoCopies(['gpt2', 'phi'], 'config.json', config);
    await evalgraph(workspace.root, ['lock', 't']);
    const { code, stdout, stderr } = await evalgraph(workspace.root, ['plan']);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(STACK);
    for (const text of ['gpt2ForCausalLM', 'phiForCausalLM', 'pipelines/b/pipeline.yaml:1:9'])
      expect(stderr).toContain(text);
    expect(stdout).toMatch(/^t: A tiny series/m);
  });
});

describe('a checkpoint', () => {
  it('that is not there, beside one that is: the good one is locked, the other named', async () => {
    const workspace = makeWorkspace();
    rmSync(join(workspace.root, 'models/pruned'), { recursive: true });
    const text = await refusal(workspace.root, 'lock');
    expect(text).toContain('models/pruned');
    expect(workspace.read('pipelines/t/locks/tiny@step_1.json')).toContain('model.safetensors');
  });

  it('whose index names a shard that is not there: named with what else lacks', async () => {
    const workspace = makeWorkspace();
    const folder = join(workspace.root, 'models/pruned');
    const map = { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' };
    renameSync(join(folder, 'model.safetensors'), join(folder, map.a));
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }));
    expect(await refusal(workspace.root, 'lock')).toContain(`models/pruned lacks: ${map.b}.`);
  });

  it('whose weights were cut short: not locked, named with the sizes; the others are', async () => {
    const workspace = makeWorkspace();
    truncateSync(join(workspace.root, 'models/pruned/model.safetensors'), 60_000);
    const text = await refusal(workspace.root, 'lock');
    expect(text).toContain('models/pruned/model.safetensors');
    expect(text).toMatch(/60,?000/);
    expect(text).not.toMatch(STACK);
    expect(existsSync(join(workspace.root, 'pipelines/t/locks/pruned.json'))).toBe(false);
    expect(workspace.read('pipelines/t/locks/tiny@step_1.json')).toContain('model.safetensors');
  });

  it('whose weights are cut short after it was locked: every cell of it says so, the rest runs', async () => {
    const workspace = makeWorkspace();
    await lock(workspace.root);
    truncateSync(join(workspace.root, 'models/pruned/model.safetensors'), 60_000);
    const outcomes = await evaluate(workspace.root);
    const failed = [...outcomes].filter(([, outcome]) => outcome !== 'computed');
    expect(failed.map(([cell]) => cell.split('/')[0])).toEqual(Array.from({ length: 7 }, () => 'pruned'));
    for (const [, text] of failed) {
      expect(text).toContain('models/pruned/model.safetensors');
      expect(text).not.toMatch(STACK);
    }
  });

  it('that changed after it was locked: the file is named, nothing of it is computed, the rest runs', async () => {
    const workspace = makeWorkspace();
    await lock(workspace.root);
    writeTinyModel(join(workspace.root, 'models/pruned'), 99);
    const outcomes = await evaluate(workspace.root);
    expect(outcomes.get('tiny@step_1/t_choice')).toBe('computed');
    expect(outcomes.get('pruned/t_choice')).toContain(
      'models/pruned/model.safetensors does not match its lock',
    );
    expect(outcomes.get('pruned/t_choice')).toContain('npx evalgraph lock t');
  });

  it.each([
    ['a web page', '<!DOCTYPE html><html>Not found</html>', /HTML|web page/],
    [
      'a pointer of Git LFS',
      'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n',
      /git lfs pull/,
    ],
  ])('with %s where weights were expected: said so before a digest pins it', async (_, content, expected) => {
    const workspace = makeWorkspace();
    writeFileSync(join(workspace.root, 'models/pruned/model.safetensors'), content);
    expect(await refusal(workspace.root, 'lock')).toMatch(expected);
    expect(existsSync(join(workspace.root, 'pipelines/t/locks/pruned.json'))).toBe(false);
  });
});

describe('data', () => {
  it('that changed after it was locked: named', async () => {
    const workspace = makeWorkspace();
    await lock(workspace.root);
    workspace.edit('datasets/t/questions.jsonl', 'barks', 'sings');
    const outcomes = await evaluate(workspace.root);
    expect(outcomes.get('pruned/t_choice')).toContain('datasets/t/questions.jsonl does not match its lock');
    expect(outcomes.get('pruned/t_pages')).toBe('computed');
  });

  it('with a broken line: file and line', async () => {
    const workspace = makeWorkspace();
    workspace.edit('datasets/t/questions.jsonl', '"Who reads?"', 'Who reads?"');
    await lock(workspace.root);
    expect((await evaluate(workspace.root)).get('pruned/t_choice')).toMatch(/questions\.jsonl:4/);
  });
});

describe('a folder that may not be read', () => {
  const isRoot = process.getuid?.() === 0;
  const nobody = 65534;
  it('is named, with the reason', async () => {
    const workspace = makeWorkspace();
    const folder = join(workspace.root, 'models/pruned');
    // Root reads everything, so the command runs as nobody there.
    const identity = isRoot ? { uid: nobody, gid: nobody } : {};
    if (isRoot) spawnSync('chown', ['-R', `${nobody}:${nobody}`, workspace.root]);
    if (isRoot) chownSync(folder, 0, 0);
    chmodSync(folder, isRoot ? 0o700 : 0o000);
    const { code, stderr } = await evalgraph(workspace.root, ['lock'], identity);
    chmodSync(folder, 0o755);
    expect(stderr).toContain(`Cannot read ${folder}: permission denied`);
    expect(stderr).not.toMatch(STACK);
    expect(code).toBe(1);
  });
});

describe('a folder that may not be written', () => {
  const isRoot = process.getuid?.() === 0;
  it('is named, with the reason', async () => {
    const workspace = makeWorkspace();
    chmodSync(workspace.root, isRoot ? 0o755 : 0o555);
    chmodSync(join(workspace.root, 'pipelines/t'), isRoot ? 0o755 : 0o555);
    const identity = isRoot ? { uid: 65534, gid: 65534 } : {};
    const { code, stderr } = await evalgraph(workspace.root, ['lock'], identity);
    chmodSync(workspace.root, 0o755);
    chmodSync(join(workspace.root, 'pipelines/t'), 0o755);
    expect(stderr).toMatch(/Cannot write .*pipelines\/t\/locks.*: permission denied/);
    expect(stderr).not.toMatch(STACK);
    expect(code).toBe(1);
  });
});

describe('a full disk', () => {
  const isRoot = process.getuid?.() === 0;
  const small = join(tmpdir(), 'small-disk');
  const mount = (...args: readonly string[]): boolean => spawnSync('mount', [...args, small]).status === 0;
  const name = 'under the store: one message, and what was computed before is kept';

  afterAll(() => {
    spawnSync('umount', ['-l', small]);
  });

  it.skipIf(!isRoot)(isRoot ? name : `${name} (skipped: mounting a small tmpfs needs root)`, async () => {
    const workspace = makeWorkspace();
    await lock(workspace.root);
    mkdirSync(small);
    expect(mount('-t', 'tmpfs', '-o', 'size=200k', 'tmpfs')).toBe(true);
    process.env['EVALGRAPH_STORE'] = small;
    try {
      const outcomes = [...(await evaluate(workspace.root)).values()];
      const failed = outcomes.filter((outcome) => outcome !== 'computed');
      expect(failed.length).toBeGreaterThan(0);
      expect(failed.length).toBeLessThan(outcomes.length);
      for (const text of failed) expect(text).toContain('no space is left on the disk');
      expect(mount('-o', 'remount,size=8m')).toBe(true);
      const again = [...(await evaluate(workspace.root)).values()];
      expect(again.filter((outcome) => outcome === 'store').length).toBe(outcomes.length - failed.length);
      expect(again.every((outcome) => /^(store|computed|resumed|rescored)$/.test(outcome))).toBe(true);
    } finally {
      delete process.env['EVALGRAPH_STORE'];
    }
    expect(spawnSync('umount', [small]).status).toBe(0);
  });
});
