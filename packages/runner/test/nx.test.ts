/** The same job through Nx: what is inferred, cached, affected. Needs git; each step starts the real `nx`. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nx } from './support/nx.ts';
import { lock } from './support/run.ts';
import { writeTinyModel } from './support/tiny-model.ts';
import { makeWorkspace, snapshot, type Workspace } from './support/workspace.ts';

const NX_TIMEOUT_MS = 300_000;
/** Each plugin in a process of its own, as Nx starts them where nobody says otherwise. */
const AS_USERS_DO = { NX_ISOLATE_PLUGINS: 'true' };

function git(workspace: Workspace, args: string): void {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
  const { status, stderr } = spawnSync('git', [...identity, ...args.split(' ')], {
    cwd: workspace.root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

/** Lines that tell how a cell came by its result. */
function outcomes(text: string): readonly string[] {
  return [...text.matchAll(/^(\S+): (evaluated|scored again|restored)/gm)].map(
    (match) => `${match[1]} ${match[2]}`,
  );
}

function affected(workspace: Workspace): readonly string[] {
  const { text } = nx(workspace, 'show projects --affected --withTarget report --json');
  return JSON.parse(text.slice(text.indexOf('['))) as string[];
}

describe('nx', () => {
  let workspace: Workspace;

  beforeAll(async () => {
    workspace = makeWorkspace();
    workspace.write(
      'pipelines/other/pipeline.yaml',
      'models: { only: { source: ./models/pruned } }\ntasks: [o]\n',
    );
    workspace.write(
      'pipelines/other/tasks/o.yaml',
      workspace.read('pipelines/t/tasks/t_choice.yaml').replace('t_choice', 'o'),
    );
    await lock(workspace.root);
    git(workspace, 'init -q -b main');
    git(workspace, 'add .');
    git(workspace, 'commit -qm start');
    const { code, text } = nx(workspace, 'run-many -t report', AS_USERS_DO);
    expect(text).toContain('Successfully ran target report');
    expect(code).toBe(0);
  }, NX_TIMEOUT_MS);

  it(
    'infers cells, comparisons and pipelines, with tags',
    () => {
      const names = (args: string): readonly string[] =>
        nx(workspace, `show projects ${args}`).text.trim().split('\n').sort();
      expect(names('--projects=tag:task:t_choice')).toEqual([
        't/pruned/t_choice',
        't/tiny@step_1/t_choice',
        't/tiny@step_2/t_choice',
      ]);
      expect(names('--withTarget=compare')).toEqual(['other', 't', 't/comparisons/pruned']);
      expect(names('--withTarget=report')).toEqual(['other', 't']);
      expect(nx(workspace, 'show project t/pruned/t_choice --json').text).toContain(
        'Evaluates pruned on t_choice',
      );
    },
    NX_TIMEOUT_MS,
  );

  it(
    'runs nothing twice',
    () => {
      const { code, text } = nx(workspace, 'run-many -t eval');
      expect(code).toBe(0);
      expect(text).toMatch(/Cache:\s+(19|21)\/(19|21) hit/);
      expect(outcomes(text)).toEqual([]);
    },
    NX_TIMEOUT_MS,
  );

  it(
    'puts back results from its cache or from the store',
    () => {
      const before = snapshot(join(workspace.root, 'results'));
      rmSync(join(workspace.root, 'results'), { recursive: true });
      expect(nx(workspace, 'run-many -t report').code).toBe(0);
      expect(snapshot(join(workspace.root, 'results'))).toEqual(before);
      // A cache that was deleted behind Nx's back: the store answers.
      rmSync(join(workspace.root, 'results'), { recursive: true });
      rmSync(join(workspace.root, '.nx'), { recursive: true });
      const { text } = nx(workspace, 'run-many -t report --output-style=static');
      expect(new Set(outcomes(text).map((line) => line.split(' ')[1]))).toEqual(new Set(['restored']));
      expect(snapshot(join(workspace.root, 'results'))).toEqual(before);
    },
    NX_TIMEOUT_MS,
  );

  it.each(['.gitignore', 'nx.json'])(
    'scores no document again after an edit of %s',
    (file) => {
      if (file === 'nx.json') workspace.edit(file, '"defaultBase"', '"parallel": 2, "defaultBase"');
      else appendFileSync(join(workspace.root, file), '# a comment\n');
      const { code, text } = nx(workspace, 'run-many -t eval --output-style=static');
      expect(code).toBe(0);
      expect(outcomes(text).filter((line) => !line.endsWith('restored'))).toEqual([]);
    },
    NX_TIMEOUT_MS,
  );

  it(
    '-c quick runs a few cells in a folder of their own',
    () => {
      expect(nx(workspace, 'run-many -t report -c quick').code).toBe(0);
      expect(existsSync(join(workspace.root, 'results/t/quick/report/report.md'))).toBe(true);
      expect(existsSync(join(workspace.root, 'results/t/quick/tiny@step_1'))).toBe(false);
    },
    NX_TIMEOUT_MS,
  );

  describe('affected -t report', () => {
    it(
      'after a prompt’s change: that pipeline’s report alone',
      () => {
        git(workspace, 'commit -qam edits');
        git(workspace, 'checkout -qb change');
        workspace.edit('pipelines/t/tasks/t_choice.yaml', 'Q: ', 'Question: ');
        git(workspace, 'commit -qam prompt');
        expect(affected(workspace)).toEqual(['t']);
      },
      NX_TIMEOUT_MS,
    );

    it(
      'after a README’s change: none',
      () => {
        git(workspace, 'checkout -q main');
        git(workspace, 'checkout -qb readme');
        workspace.write('README.md', 'Hello\n');
        git(workspace, 'add README.md');
        git(workspace, 'commit -qm readme');
        expect(affected(workspace)).toEqual([]);
      },
      NX_TIMEOUT_MS,
    );

    it.each([
      ['a shared checkpoint’s weights', ['other', 't']],
      ['rows that one pipeline reads', ['t']],
    ])(
      'after %s changed and were not locked: those that stand on them, and they fail',
      (what, expected) => {
        git(workspace, 'checkout -q main');
        git(workspace, `checkout -qb unlocked-${expected.length}`);
        if (expected.length === 2) writeTinyModel(join(workspace.root, 'models/pruned'), 78);
        else workspace.edit('datasets/t/pages.jsonl', 'mill', 'hill');
        git(workspace, 'commit -qam unlocked');
        expect([...affected(workspace)].sort(), what).toEqual(expected);
        const { code, text } = nx(workspace, 'affected -t report');
        expect(code).not.toBe(0);
        expect(text).toContain('does not match its lock');
      },
      NX_TIMEOUT_MS,
    );

    it(
      'after the shared checkpoint’s weights changed and were locked: both',
      async () => {
        git(workspace, 'checkout -q main');
        git(workspace, 'checkout -qb weights');
        writeTinyModel(join(workspace.root, 'models/pruned'), 77);
        await lock(workspace.root);
        git(workspace, 'commit -qam weights');
        expect([...affected(workspace)].sort()).toEqual(['other', 't']);
      },
      NX_TIMEOUT_MS,
    );
  });

  it(
    'a broken pipeline fails with its message, and the other one still runs',
    () => {
      git(workspace, 'checkout -q main');
      workspace.edit('pipelines/t/pipeline.yaml', 'tasks:', 'taks:');
      const broken = nx(workspace, 'run t:report', AS_USERS_DO);
      expect(broken.code).not.toBe(0);
      expect(broken.text).toContain('taks');
      expect(broken.text).toContain('^^^^');
      expect(broken.text).not.toMatch(/\n\s+at \S+ \(/);
      // The folder of a cell has no file that Nx knows.
      const cell = nx(workspace, 'run t/pruned/t_choice:eval');
      expect(cell.code).not.toBe(0);
      expect(cell.text).toContain('taks');
      expect(nx(workspace, 'run other:report').code).toBe(0);
      git(workspace, 'checkout -q .');
    },
    NX_TIMEOUT_MS,
  );

  it(
    'a pipeline that is not locked says which command locks it',
    () => {
      rmSync(join(workspace.root, 'pipelines/other/locks'), { recursive: true });
      const { code, text } = nx(workspace, 'run other/only/o:eval');
      expect(code).not.toBe(0);
      expect(text).toContain('npx evalgraph lock other');
      expect(readFileSync(join(workspace.root, 'results/t/summary.json'), 'utf8')).not.toBe('');
    },
    NX_TIMEOUT_MS,
  );
});
