/** `evalgraph watch`: a run as its log tells it, while it runs, when it has ended, and when it died. */
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { messages } from '../../cli/src/terminal/messages.ts';
import { nextState, openLog, phaseOf, type RunState, remainingMs } from '../../cli/src/terminal/run-log.ts';
import { type LogEvent, openEventLog } from '../src/run/event-log.ts';
import { planPipeline } from '../src/workspace.ts';
import { evalgraph, start } from './support/child.ts';
import { lock } from './support/run.ts';
import { makeWorkspace, repository, type Workspace } from './support/workspace.ts';

/** Events a second apart. */
function stateOf(...events: readonly LogEvent[]): RunState {
  const lines = events.map((event, index) =>
    JSON.stringify({ time: new Date(1000 * index).toISOString(), ...event }),
  );
  const state = lines.reduce<RunState | null>(nextState, null);
  if (state === null) throw new Error('no run');
  return state;
}

const started = (cells: number, pid = process.pid): LogEvent => ({
  event: 'run-started',
  cells,
  engine: 'embedded',
  pid,
});
const ended = (cell: string, seconds = 10, origin = 'computed'): LogEvent => ({
  event: 'cell-ended',
  cell,
  origin,
  seconds,
});

let deadPid = 0;
beforeAll(async () => {
  const child = start('packages/cli/bin/evalgraph.js', ['help']);
  await child.ended;
  deadPid = child.pid;
});

describe('the state of a run', () => {
  it('follows cells from their start to their end', () => {
    const state = stateOf(
      started(4),
      { event: 'cell-started', cell: 'a/x', requests: 400, known: 100 },
      { event: 'progress', cell: 'a/x', text: 'a/x: 200 of 400 requests (50 %), 3,200 tokens/s, 0:12 left' },
      { event: 'cell-started', cell: 'b/x', requests: 400, known: 0 },
      ended('b/x'),
      { event: 'cell-failed', cell: 'c/x', text: 'too bad\nand why', seconds: 1 },
      { event: 'note', text: 'a note' },
    );
    expect([...state.running.values()]).toMatchObject([
      { cell: 'a/x', requests: 400, known: 100, answered: 200, tokensPerSecond: 3200 },
    ]);
    expect([...state.ended.keys()]).toEqual(['b/x', 'c/x']);
    expect(state.ended.get('c/x')).toMatchObject({ origin: null, text: 'too bad\nand why' });
    expect(phaseOf(state)).toBe('running');
  });

  it('begins anew with a run, and joins runs that overlap', () => {
    const one = stateOf(
      started(2),
      ended('a/x'),
      { event: 'run-ended', done: 1, failed: 0, seconds: 1 },
      started(5),
    );
    expect([one.cells, one.ended.size, one.open]).toEqual([5, 0, 1]);
    const two = stateOf(started(1), started(1, process.ppid), ended('a/x'));
    expect([two.cells, two.ended.size, two.open]).toEqual([2, 1, 2]);
    const afterDeath = stateOf(started(7, deadPid), ended('a/x'), started(3));
    expect([afterDeath.cells, afterDeath.ended.size]).toEqual([3, 0]);
  });

  it('ends when the run says so, and is gone when its process is', () => {
    expect(phaseOf(stateOf(started(1), { event: 'run-ended', done: 0, failed: 0, seconds: 1 }))).toBe(
      'ended',
    );
    expect(phaseOf(stateOf(started(1, deadPid)))).toBe('gone');
  });

  it('passes over lines that are no events', () => {
    const state = stateOf(started(1));
    for (const line of [
      '',
      '{',
      '[]',
      'null',
      '{"time":"x","event":"run-ended"}',
      '{"time":"2026-01-01","event":"new"}',
    ]) {
      expect(nextState(state, line)?.open).toBe(1);
    }
  });

  it('estimates what is left from cells of the same task', () => {
    const begun: LogEvent = { event: 'cell-started', cell: 'b/x', requests: 100, known: 0 };
    expect(remainingMs(stateOf(started(3), begun), null, 1000)).toBeNull();
    const progress = (text: string): RunState =>
      stateOf(started(1), begun, { event: 'progress', cell: 'b/x', text: `b/x: ${text}` });
    // A running cell's own estimate counts, from when it was made; without one nothing is known.
    expect(remainingMs(progress('2 of 100 requests (2 %)'), null, 5000)).toBeNull();
    const estimated = progress('2 of 100 requests (2 %), 80 tokens/s, 1:00:07 left');
    const { atMs = 0 } = estimated.running.get('b/x')?.estimate ?? {};
    expect(remainingMs(estimated, null, atMs + 2000)).toBe(3_605_000);
    const state = stateOf(started(5), ended('a/x', 10), ended('a/y', 30), ended('s/x', 0, 'store'));
    expect(remainingMs(state, ['x', 'y'], 4000)).toBe(40_000);
    expect(remainingMs(state, null, 4000)).toBe(40_000);
    expect(remainingMs(state, ['y', 'y'], 4000)).toBe(60_000);
  });
});

describe('evalgraph watch', () => {
  let workspace: Workspace;
  const log = (): ReturnType<typeof openEventLog> =>
    openEventLog(workspace.root, planPipeline(workspace.root, 't', 'full'));

  it('shows the quick run where that is the only one, or the newest', async () => {
    const { root } = makeWorkspace();
    await lock(root);
    const logOf = (variant: 'full' | 'quick') => openEventLog(root, planPipeline(root, 't', variant));
    const events = (cells: number): readonly LogEvent[] => [
      started(cells),
      ended('tiny@step_2/t_choice'),
      { event: 'run-ended', done: 1, failed: 0, seconds: 1 },
    ];
    for (const event of events(2)) logOf('quick').add(event);
    const only = await evalgraph(root, ['watch', 't', '--once']);
    expect([only.code, only.stderr]).toEqual([0, '']);
    expect(only.stdout).toMatch(/^t \(quick\) {2}ended since/);
    expect(only.stdout).toContain('1 of 2 cells done');
    for (const event of events(3)) logOf('full').add(event);
    const newest = await evalgraph(root, ['watch', 't', '--once']);
    expect(newest.stdout).toMatch(/^t {2}ended since/);
    expect(newest.stdout).toContain('1 of 3 cells done');
    const quick = await evalgraph(root, ['watch', 't', '--once', '--quick']);
    expect(quick.stdout).toMatch(/^t \(quick\)/);
  });

  it('shows a run that ended, that failed in part, and that died', async () => {
    workspace = makeWorkspace();
    await lock(workspace.root);
    const none = await evalgraph(workspace.root, ['watch']);
    expect([none.code, none.stderr]).toEqual([
      1,
      `${messages.noLog('results/t/evaluation.log', '').message}\nStart one in another terminal: npx nx run t:eval\n`,
    ]);
    const { add } = log();
    add(started(3));
    add(ended('tiny@step_1/t_choice'));
    add({ event: 'cell-failed', cell: 'tiny@step_2/t_choice', text: 'no \x1b[31mmemory\nmore', seconds: 2 });
    add({ event: 'run-ended', done: 1, failed: 1, seconds: 12 });
    const whole = await evalgraph(workspace.root, ['watch', 't']);
    expect(whole.code).toBe(0);
    expect(whole.stdout).toMatch(/^t {2}ended since/);
    expect(whole.stdout).toContain('1 of 3 cells done (1 computed) · 1 failed · 1 left');
    expect(whole.stdout).toContain('no \\x1b[31mmemory');
    add(started(9, deadPid));
    const dead = await evalgraph(workspace.root, ['watch']);
    expect(dead.stdout).toMatch(/^t {2}died since/);
    expect(dead.stdout).toContain(`process ${deadPid} is gone`);
  });

  it('goes on until the run ends, in plain lines for a file', async () => {
    const { add } = log();
    add(started(2));
    const bin = join(repository, 'packages/cli/bin/evalgraph.js');
    const child = spawn(process.execPath, [bin, 'watch'], { cwd: workspace.root });
    let stdout = '';
    const isWatching = new Promise<void>((resolve) => {
      child.stdout.on('data', (data) => {
        stdout += String(data);
        if (stdout.includes('2 left')) resolve();
      });
    });
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
    await isWatching;
    const once = await evalgraph(workspace.root, ['watch', '--once']);
    expect(once.stdout).toContain('running');
    expect(once.stdout).toContain('0 of 2 cells done · 0 running · 2 left');
    add(ended('tiny@step_1/t_choice', 75));
    add({ event: 'run-ended', done: 1, failed: 0, seconds: 3 });
    expect(await closed).toBe(0);
    expect(stdout).toMatch(/1 of 2 {2}tiny@step_1\/t_choice computed 1:15/);
    expect(stdout).toMatch(/t {2}ended since/);
    expect(stdout).not.toContain('\x1b');
  });

  it('reads what is appended, whole lines only', () => {
    const path = join(workspace.root, 'log');
    const reader = openLog(path, 'log');
    expect(reader.read()).toBeNull();
    appendFileSync(path, 'one\ntw');
    expect(reader.read()).toEqual(['one']);
    appendFileSync(path, 'o ü\n');
    expect(reader.read()).toEqual(['two ü']);
    expect(reader.read()).toEqual([]);
  });
});
