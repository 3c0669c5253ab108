/**
 * What ends a run from outside: signals to commands and to Nx, and files that change under a run. No engine is left
 * behind, the journal stays, and the next run goes on. Looks into /proc: Linux only.
 */
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { lineProgress, progressText } from '../src/run/progress.ts';
import { type Child, evaluateChild, start } from './support/child.ts';
import { evaluate, lock } from './support/run.ts';
import { makeWorkspace, snapshot } from './support/workspace.ts';

const isLinux = process.platform === 'linux';
const STACK = /\n\s+at .*\(?.*:\d+:\d+\)?/;

/** Children of a process, and theirs, as they are now. */
function descendants(pid: number): readonly number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [];
  const children = readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function isGone(pid: number): boolean {
  try {
    // A zombie is gone: whoever adopts it has only not looked yet.
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

async function until(what: () => boolean, patienceMs = 60_000): Promise<void> {
  for (let waited = 0; !what(); waited += 20) {
    if (waited > patienceMs) throw new Error('it never came to be');
    await sleep(20);
  }
}

function signalRun(root: string): Child {
  return start('packages/runner/test/support/signal-child.ts', [root], { cwd: root, detached: true });
}

/** Waits for the first journal: then a worker is at work. */
async function atWork(root: string): Promise<void> {
  const journals = join(root, '.evalgraph/store/journals');
  await until(() => existsSync(journals) && readdirSync(journals).length > 0);
}

const name =
  'ends with a message and its exit code, leaves no process, and the next run gives the same bytes';

describe.skipIf(!isLinux)(isLinux ? 'a signal' : 'a signal (skipped: needs /proc)', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(`%s ${name}`, async (signal, code) => {
    const calm = makeWorkspace();
    await lock(calm.root);
    await evaluate(calm.root);
    const { root } = makeWorkspace();
    await lock(root);
    const child = signalRun(root);
    await atWork(root);
    const workers = descendants(child.pid);
    expect(workers.length).toBeGreaterThan(0);
    // A terminal sends Ctrl-C to all of them.
    process.kill(-child.pid, signal);
    const ended = await child.ended;
    expect(ended.stderr).toContain(`Interrupted (${signal})`);
    expect(ended.stderr).not.toMatch(STACK);
    expect(ended.code).toBe(code);
    await until(() => workers.every(isGone));
    const again = [...(await evaluate(root)).values()];
    expect(again.every((outcome) => /^(store|computed|resumed|rescored)$/.test(outcome))).toBe(true);
    expect(snapshot(join(root, 'results'))).toEqual(snapshot(join(calm.root, 'results')));
  });

  it('SIGHUP ends nothing', async () => {
    const { root } = makeWorkspace();
    await lock(root);
    const child = signalRun(root);
    await atWork(root);
    process.kill(-child.pid, 'SIGHUP');
    const { code, stderr } = await child.ended;
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('SIGTERM at a command ends it with a message', async () => {
    const { root } = makeWorkspace();
    await lock(root);
    await evaluate(root);
    const child = start('packages/cli/bin/evalgraph.js', ['doctor'], { cwd: root });
    await sleep(600);
    process.kill(child.pid, 'SIGTERM');
    const { code, stderr } = await child.ended;
    // It may have come to its end, or not have begun to listen.
    if (code === 143) expect(stderr).toContain('Interrupted (SIGTERM)');
    else expect([0, null]).toContain(code);
    expect(stderr).not.toMatch(STACK);
  });
});

describe.skipIf(!isLinux)('weights that are written to while a run is on', () => {
  it('are named, no score of them is kept, and the rest runs', async () => {
    const { root } = makeWorkspace();
    await lock(root);
    const weights = join(root, 'models/pruned/model.safetensors');
    const whole = readFileSync(weights);
    const child = evaluateChild(root);
    const journals = join(root, '.evalgraph/store/journals');
    // Before or after they are opened: either way nothing of them may count.
    await until(() => existsSync(journals));
    truncateSync(weights, whole.length - 5000);
    const { stdout } = await child.ended;
    expect(stdout).not.toMatch(STACK);
    const lost = stdout.split('\n').filter((line) => /^pruned\/\S+: /.test(line));
    for (const line of lost) {
      if (!/: (computed|resumed|rescored|store)$/.test(line)) expect(stdout).toContain(weights);
    }
    expect(stdout).toMatch(/^tiny@step_1\/t_choice: computed$/m);
    writeFileSync(weights, whole);
    await evaluate(root);
    const calm = makeWorkspace();
    await lock(calm.root);
    await evaluate(calm.root);
    expect(snapshot(join(root, 'results'))).toEqual(snapshot(join(calm.root, 'results')));
  });
});

describe('progress', () => {
  it('has no negative time and no NaN, whatever the clock does', () => {
    for (const elapsedMs of [0, -5000, 1, 1e9]) {
      const begun = { done: 1, tokens: 50, atMs: 0 };
      const text = progressText(10, begun, { done: 3, tokens: 100, atMs: elapsedMs });
      expect(text).not.toMatch(/NaN|Infinity|-\d/);
    }
  });

  it('gives no time before enough work was measured, and counts no start-up as work', () => {
    const lines: string[] = [];
    let now = 0;
    const meter = lineProgress({ write: (line) => lines.push(line), nowMs: () => now }).start('c', 1000, 0);
    // 40 s of opening and warming up, then 10 requests a second: 91 s in all.
    now = 40_000;
    meter.computed(100);
    meter.answered(1);
    for (let done = 2; done < 1000; done += 1) {
      now += 100;
      meter.computed(100 * done);
      meter.answered(done);
    }
    expect(lines[0]).toBe('c: 1 of 1,000 requests (0 %)');
    const left = lines.flatMap((line) => /(\d+):(\d\d) left$/.exec(line)?.slice(1).map(Number) ?? []);
    expect(lines.length).toBeGreaterThan(10);
    expect(left.length).toBeGreaterThan(20);
    // What the first estimate says is what it takes.
    expect(60 * (left[0] ?? 0) + (left[1] ?? 0)).toBeGreaterThan(85);
    expect(60 * (left[0] ?? 0) + (left[1] ?? 0)).toBeLessThan(101);
    expect(lines[1]).toContain('1,000 tokens/s');
  });
});
