/** SIGKILL at random moments: the next run goes on, and in the end the bytes are those of an undisturbed run. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { evaluateChild } from './support/child.ts';
import { evaluate, lock, report } from './support/run.ts';
import { makeWorkspace, snapshot } from './support/workspace.ts';

const KILLS = 6;

describe('a killed run', () => {
  it('ends, after six kills and a finish, in the same bytes', async () => {
    const calm = makeWorkspace();
    await lock(calm.root);
    const startedMs = Date.now();
    await evaluateChild(calm.root).ended;
    const wholeMs = Date.now() - startedMs;
    await report(calm.root);

    const killed = makeWorkspace();
    await lock(killed.root);
    for (let kill = 0; kill < KILLS; kill++) {
      const child = evaluateChild(killed.root);
      await sleep(wholeMs * (0.2 + 0.7 * Math.random()));
      child.kill();
      await child.ended;
    }
    const outcomes = await evaluate(killed.root);
    expect(
      [...outcomes.values()].filter((outcome) => !/^(computed|resumed|rescored|store)$/.test(outcome)),
    ).toEqual([]);
    await report(killed.root);
    expect(snapshot(join(killed.root, 'results'))).toEqual(snapshot(join(calm.root, 'results')));
  });

  it('asks again only for what the journal lacks', async () => {
    const workspace = makeWorkspace();
    await lock(workspace.root);
    const whole = await evaluate(workspace.root, 'full', (cell) => cell === 'pruned/t_choice');
    expect([...whole.values()]).toEqual(['computed']);
    const expected = snapshot(join(workspace.root, 'results'));

    const other = makeWorkspace();
    await lock(other.root);
    // The journal as a kill leaves it: the complete responses, cut in the middle of a line.
    const [from, to] = ['responses', 'journals'].map((kind) => join('.evalgraph/store', kind)) as [
      string,
      string,
    ];
    const [shelf = ''] = readdirSync(join(workspace.root, from));
    const [name = ''] = readdirSync(join(workspace.root, from, shelf));
    const lines = readFileSync(join(workspace.root, from, shelf, name), 'utf8').split('\n');
    expect(lines.length).toBeGreaterThan(2);
    other.write(join(to, name), `${lines.slice(0, 2).join('\n')}\n${lines[2]?.slice(0, 30)}`);
    const resumed = await evaluate(other.root, 'full', (cell) => cell === 'pruned/t_choice');
    expect([...resumed.values()]).toEqual(['resumed']);
    expect(snapshot(join(other.root, 'results'))).toEqual(expected);
    const run = (root: string) =>
      JSON.parse(readFileSync(join(root, 'results/t/pruned/t_choice/run.json'), 'utf8')) as {
        tokens: { computed: number };
      };
    expect(run(other.root).tokens.computed).toBeLessThan(run(workspace.root).tokens.computed);
  });

  it('does not keep a second run from working beside it: both end, each key computed once', async () => {
    const workspace = makeWorkspace();
    await lock(workspace.root);
    const both = await Promise.all([
      evaluateChild(workspace.root).ended,
      evaluateChild(workspace.root).ended,
    ]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const computed = both.flatMap(({ stdout }) =>
      stdout.split('\n').filter((line) => line.endsWith(': computed')),
    );
    expect(computed).toHaveLength(18);
    expect(new Set(computed).size).toBe(18);
  });

  it.skipIf(process.platform !== 'linux')(
    'of a worker alone is started again, and ends in the same bytes',
    async () => {
      const calm = makeWorkspace();
      await lock(calm.root);
      await evaluate(calm.root);
      const hurt = makeWorkspace();
      await lock(hurt.root);
      const child = evaluateChild(hurt.root);
      expect(await killWorker(child.pid)).toBe(true);
      const { code, stdout } = await child.ended;
      expect(stdout).not.toMatch(/ended by itself/);
      expect(code).toBe(0);
      await report(calm.root);
      await report(hurt.root);
      expect(snapshot(join(hurt.root, 'results'))).toEqual(snapshot(join(calm.root, 'results')));
    },
  );
});

/** SIGKILL for the first worker that a process starts. @returns false where none came. */
async function killWorker(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 2000; tries++) {
    const [worker] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean);
    if (worker !== undefined) {
      process.kill(Number(worker), 'SIGKILL');
      return true;
    }
    await sleep(2);
  }
  return false;
}
