/** `evalgraph diff`: what moved since a commit, significant changes first; clear words where it cannot say. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealed } from '@evalgraph/formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffMarkdown } from '../../cli/src/terminal/diff-view.ts';
import { messages, phrases } from '../../cli/src/terminal/messages.ts';
import { diffSummaries, readSummary } from '../../cli/src/terminal/summary-diff.ts';
import { parseSummary } from '../src/run/summary-figures.ts';
import { evalgraph } from './support/child.ts';
import { lock } from './support/run.ts';
import { makeWorkspace } from './support/workspace.ts';

const FILE = 'results/t/summary.json';

interface Score {
  readonly checkpoint: string;
  readonly task: string;
  readonly value: number;
  readonly stderr?: number | null;
  readonly limit?: number | null;
  readonly key?: string;
  readonly metric?: string;
}

function summary(scores: readonly Score[], more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    format: 1,
    pipeline: 't',
    limit: null,
    engine: { name: 'embedded', numericsVersion: 1, dtype: 'float32', details: {} },
    scores: scores.map((score, index) => ({
      model: 'm',
      step: null,
      metric: 'acc,none',
      stderr: 0.03,
      documents: 100,
      limit: null,
      key: `k${index}${score.value}`,
      ...score,
    })),
    perplexities: [],
    comparisons: [],
    ...more,
  });
}

const diff = (before: readonly Score[], after: readonly Score[]) =>
  diffSummaries(readSummary(summary(before), 'before'), readSummary(summary(after), 'after'));

describe('two summaries', () => {
  it('significant changes first, by the difference over the combined standard error', () => {
    const { changes, alike } = diff(
      [
        { checkpoint: 'a', task: 'x', value: 0.5, stderr: 0.03 },
        { checkpoint: 'a', task: 'y', value: 0.5, stderr: 0.03 },
        { checkpoint: 'b', task: 'x', value: 0.5 },
        { checkpoint: 'b', task: 'p', value: 9, stderr: null, metric: 'word_perplexity,none' },
      ],
      [
        { checkpoint: 'a', task: 'x', value: 0.45, stderr: 0.04 },
        { checkpoint: 'a', task: 'y', value: 0.62, stderr: 0.04 },
        { checkpoint: 'b', task: 'x', value: 0.5 },
        { checkpoint: 'b', task: 'p', value: 8, stderr: null, metric: 'word_perplexity,none' },
      ],
    );
    expect(alike).toBe(1);
    expect(
      changes.map(({ after, isSignificant, isBetter }) => [after.task, isSignificant, isBetter]),
    ).toEqual([
      ['y', true, true],
      ['x', false, false],
      ['p', false, true],
    ]);
    // sqrt(0.03^2 + 0.04^2) = 0.05; 0.12 / 0.05 = 2.4.
    expect(changes[0]?.stderr).toBeCloseTo(0.05, 12);
    expect(changes[0]?.ratio).toBeCloseTo(2.4, 12);
  });

  it('names what is new and removed, other limits, and figures that moved under the same key', () => {
    const found = diff(
      [
        { checkpoint: 'gone', task: 'x', value: 0.5 },
        { checkpoint: 'a', task: 'old', value: 0.5 },
        { checkpoint: 'a', task: 'x', value: 0.5, limit: 20 },
        { checkpoint: 'b', task: 'x', value: 0.5, key: 'same' },
      ],
      [
        { checkpoint: 'new', task: 'x', value: 0.5 },
        { checkpoint: 'a', task: 'fresh', value: 0.5 },
        { checkpoint: 'a', task: 'x', value: 0.6 },
        { checkpoint: 'b', task: 'x', value: 0.51, key: 'same' },
      ],
    );
    expect([found.added.subjects, found.added.tasks, found.added.count]).toEqual([['new'], ['fresh'], 2]);
    expect([found.removed.subjects, found.removed.tasks]).toEqual([['gone'], ['old']]);
    expect(found.otherLimits).toHaveLength(1);
    expect(found.sameKey.map(({ after }) => after.subject)).toEqual(['b']);
  });

  it('turned round: the same changes, what was better is worse', () => {
    const score = fc.record({
      checkpoint: fc.constantFrom('a', 'b', 'c'),
      task: fc.constantFrom('x', 'y'),
      value: fc.double({ min: 0, max: 1, noNaN: true }),
      stderr: fc.option(fc.double({ min: 0.001, max: 0.2, noNaN: true })),
    });
    const scores = fc.uniqueArray(score, { selector: ({ checkpoint, task }) => `${checkpoint} ${task}` });
    fc.assert(
      fc.property(scores, scores, (before, after) => {
        const [there, back] = [diff(before, after), diff(after, before)];
        expect(back.changes.length).toBe(there.changes.length);
        expect(back.changes.map(({ difference }) => -difference)).toEqual(
          expect.arrayContaining(there.changes.map(({ difference }) => difference)),
        );
        expect(back.added).toEqual(there.removed);
        expect(there.changes.length + there.alike + there.added.count).toBe(after.length);
        const firstNoise = there.changes.findIndex(({ isSignificant }) => !isSignificant);
        expect(there.changes.slice(Math.max(0, firstNoise)).some(({ isSignificant }) => isSignificant)).toBe(
          firstNoise < 0 && there.changes.length > 0,
        );
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('writes Markdown in which names are no markup', () => {
    const text = diffMarkdown(
      { pipeline: 't', ref: 'main', commit: 'abc' },
      diff(
        [{ checkpoint: '<b>|x', task: 'y', value: 0.1 }],
        [{ checkpoint: '<b>|x', task: 'y', value: 0.9 }],
      ),
    );
    expect(text).toContain(
      '| y | acc | &lt;b&gt;\\|x | 0.1000 | 0.9000 | +0.8000 ± 0.0424 | 18.9 | better |',
    );
  });

  it.each([
    ['{"format":2}', 'format: found 2, expected 1'],
    [
      summary([{ checkpoint: 'a', task: 'x', value: 0.1 }], { perplexities: [{}] }),
      'perplexities[0].checkpoint: found nothing, expected this key',
    ],
    [summary([], { engine: null }), 'engine: found null, expected an object'],
  ])('refuses %s', (text, detail) => {
    expect(() => readSummary(text, 'there')).toThrow(
      `there is no summary that this release reads: ${detail}.`,
    );
  });

  it.each(['{', '[]', ''])('calls damaged what is no record: %j', (text) => {
    expect(() => readSummary(text, 'there')).toThrow(/^there is damaged: /);
  });

  it('calls damaged a sealed one with another digit, and takes one of an earlier release without a seal', () => {
    const plain = summary([{ checkpoint: 'a', task: 'x', value: 0.5 }]);
    const whole = JSON.stringify(sealed(JSON.parse(plain) as object));
    expect(readSummary(whole, 'there')).toEqual(readSummary(plain, 'there'));
    for (const read of [readSummary, parseSummary]) {
      expect(() => read(whole.replace('"value":0.5', '"value":0.6'), 'there')).toThrow(
        'there is damaged: its content is not what its own seal says',
      );
    }
  });
});

describe('evalgraph diff', () => {
  it('reads the commit through git, and says what is not there', async () => {
    const workspace = makeWorkspace();
    const { root } = workspace;
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=n@example.org', ...args], {
        cwd: root,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    const refused = async (...args: readonly string[]): Promise<string> => {
      const { code, stderr } = await evalgraph(root, ['diff', ...args]);
      expect(code).toBe(1);
      return stderr;
    };
    expect(await refused()).toContain("missing required argument 'git-ref'");
    expect(await refused('HEAD')).toContain(messages.noSummary.now(FILE, '').message);
    workspace.write(FILE, summary([{ checkpoint: 'a', task: 'x', value: 0.5 }]));
    expect(await refused('HEAD')).toContain('is in no git repository');
    git('init', '--quiet', '--initial-branch', 'main');
    git('add', '.gitignore');
    git('commit', '--quiet', '--message', 'first');
    expect(await refused('HEAD')).toContain(messages.noSummary.at(FILE, 'HEAD').message);
    git('add', '--force', FILE);
    git('commit', '--quiet', '--message', 'second');
    expect(await refused('mian')).toContain("git knows no commit 'mian'; did you mean 'main'?");
    expect(await refused('--', '--all')).toContain("git knows no commit '--all'");
    expect(await refused('HEAD', '--format', 'pdf')).toContain('Legal values: text, md.');

    workspace.write(FILE, summary([{ checkpoint: 'a', task: 'x', value: 0.75 }]));
    const text = await evalgraph(root, ['diff', 'main', 't'], { env: { ...process.env, COLUMNS: '100' } });
    expect([text.code, text.stderr]).toEqual([0, '']);
    expect(text.stdout).toContain('1 figure in both: 1 moved, 1 significantly (1 better, 0 worse), 0 alike');
    expect(text.stdout).toMatch(/x, acc +a +0\.5000 +0\.7500 +\+0\.2500 ± 0\.0424 +5\.9/);
    const markdown = await evalgraph(root, ['diff', 'HEAD', '--format', 'md']);
    expect(markdown.stdout).toContain('### t: what moved since HEAD (');
    const noGit = await evalgraph(root, ['diff', 'HEAD'], {
      env: { ...process.env, PATH: mkdtempSync(join(tmpdir(), 'no-git-')) },
    });
    expect(noGit.stderr).toContain(messages.noGit().message);
    rmSync(root, { recursive: true });
  });

  it('takes the quick run where there is no other, and says when its files are no longer those that were locked', async () => {
    const workspace = makeWorkspace();
    const { root } = workspace;
    const file = FILE.replace('results/t/', 'results/t/quick/');
    const git = (...args: readonly string[]): void => {
      execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=n@example.org', ...args], { cwd: root });
    };
    await lock(root);
    workspace.write(file, summary([{ checkpoint: 'a', task: 'x', value: 0.5 }]));
    git('init', '--quiet', '--initial-branch', 'main');
    git('add', '--force', file);
    git('commit', '--quiet', '--message', 'first');
    workspace.write(file, summary([{ checkpoint: 'a', task: 'x', value: 0.75 }]));
    const quick = await evalgraph(root, ['diff', 'main', 't']);
    expect(quick.code).toBe(0);
    expect(quick.stderr).toBe(`${phrases.showsQuick('t', 'npx nx run t:report')}\n`);
    expect(quick.stdout).toContain('1 figure in both: 1 moved');
    workspace.edit('datasets/t/questions.jsonl', 'barks', 'bakes');
    const changed = await evalgraph(root, ['diff', 'main', 't', '--quick']);
    expect(changed.stderr).toContain(`The figures of ${file} are of before a change that was not locked:`);
    expect(changed.stderr).toContain('questions.jsonl does not match its lock datasets/t/lock.json');
    rmSync(root, { recursive: true });
  });
});
