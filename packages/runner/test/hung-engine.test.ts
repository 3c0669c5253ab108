/** An engine that says nothing any more: it is ended with everything it started, tried again once, and said so. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isProcessAlive } from '@evalgraph/formats';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { embeddedEngineWith } from '../../engines/src/embedded/adapter.ts';
import { messages } from '../../engines/src/embedded/messages.ts';
import type { LaunchedJob } from '../../engines/src/launchers/launcher.ts';
import { localLauncher } from '../../engines/src/launchers/local.ts';
import { silenceText, watchSilence } from '../../engines/src/launchers/silence.ts';
import { phrases as lmEvalEnginePhrases } from '../../engines/src/lm-eval/messages.ts';
import { runCells } from '../src/run/cells-run.ts';
import { lineProgress } from '../src/run/progress.ts';
import { planPipeline } from '../src/workspace.ts';
import { childrenWith, hasProc } from './support/children.ts';
import { type LmEvalWorkspace, makeLmEvalWorkspace, runLmEval } from './support/lm-eval-run.ts';
import { lock } from './support/run.ts';
import { makeWorkspace } from './support/workspace.ts';

describe('silence', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  it('is counted from the last word, and told once', () => {
    const told = vi.fn();
    const watch = watchSilence(60_000, told);
    vi.advanceTimersByTime(55_000);
    watch.heard();
    vi.advanceTimersByTime(55_000);
    expect(told).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10_000);
    expect(told).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(600_000);
    expect(told).toHaveBeenCalledOnce();
  });

  it('does not count what this process missed itself', () => {
    const told = vi.fn();
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    watchSilence(60_000, told);
    now += 8 * 3_600_000;
    vi.advanceTimersByTime(1000);
    expect(told).not.toHaveBeenCalled();
    for (let second = 0; second < 60; second++) {
      now += 1000;
      vi.advanceTimersByTime(1000);
    }
    expect(told).toHaveBeenCalledOnce();
    clock.mockRestore();
  });

  it('stops when told to', () => {
    const told = vi.fn();
    watchSilence(1000, told).stop();
    vi.advanceTimersByTime(10_000);
    expect(told).not.toHaveBeenCalled();
  });

  it('is written as people say it', () => {
    expect([30 * 60_000, 60_000, 90_000, 600].map(silenceText)).toEqual([
      '30 minutes',
      '1 minute',
      '1.5 minutes',
      '0.6 seconds',
    ]);
  });
});

describe('a program', () => {
  const job = (script: string, silenceMs: number): LaunchedJob => {
    const folder = mkdtempSync(join(tmpdir(), 'evalgraph-job-'));
    return {
      command: ['bash', '-c', script],
      cwd: folder,
      environment: { GIVEN: 'a b' },
      folder,
      log: join(folder, 'log'),
      name: 'test',
      tag: '',
      silenceMs,
      onOutput: () => {},
      onLine: () => {},
      onProcess: () => {},
    };
  };

  it('that hangs ends with what it started', async () => {
    const ended = await localLauncher.run(job('sleep 600 & echo $!; wait', 1500));
    expect(ended.silent).toBe(true);
    const pid = Number(ended.tail.trim());
    expect(pid).toBeGreaterThan(0);
    // The killed child is collected by whoever adopted it.
    for (let tries = 0; tries < 100 && isProcessAlive(pid) && !isZombie(pid); tries++) await sleep(50);
    expect(isProcessAlive(pid) && !isZombie(pid)).toBe(false);
  });

  it('that speaks is left alone, and its log, its end and its environment are handed on', async () => {
    const own = job('for i in 1 2 3 4 5 6; do echo "$GIVEN $i"; sleep 0.5; done; echo bad >&2; exit 7', 2000);
    const ended = await localLauncher.run(own);
    expect(ended).toMatchObject({ exitCode: 7, signal: null, silent: false });
    expect(ended.tail).toContain('a b 6\nbad\n');
    expect(readFileSync(own.log, 'utf8')).toBe(ended.tail);
  });

  it('that cannot be started says so', async () => {
    const ended = await localLauncher.run({ ...job('', 1000), command: ['/nowhere/program'] });
    expect(ended.exitCode).toBe(127);
    expect(ended.tail).toContain('ENOENT');
  });
});

function isZombie(pid: number): boolean {
  try {
    return / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

describe('lm-eval', () => {
  let own: LmEvalWorkspace;
  const cell = 'tiny@step_2/t_choice';
  beforeEach(async () => {
    own = makeLmEvalWorkspace([]);
    own.engine('batch_size: 8, device: cpu, silence_minutes: 0.15');
    await lock(own.workspace.root);
    return () => vi.unstubAllEnvs();
  });
  const run = (): ReturnType<typeof runLmEval> => runLmEval(own.workspace.root, (id) => id === cell);

  it('is started again where it hangs, and run.json says so', async () => {
    own.plan('hang ok');
    const { lines, outcomes } = await run();
    expect([...outcomes.values()]).toEqual(['computed']);
    const note = lmEvalEnginePhrases.restarted('9 seconds');
    expect(lines).toContain(`${cell}: ${note}`);
    expect(own.record(cell).notes).toEqual([note]);
    expect(own.calls()).toHaveLength(2);
  });

  it('that hangs twice fails the cell, with its log and what to do', async () => {
    own.plan('hang');
    const text = (await run()).outcomes.get(cell) ?? '';
    expect(text).toContain('lm-eval printed nothing for 9 seconds and was ended, twice.');
    expect(text).toContain(`full log ${join(own.scratch(cell), 'lm_eval.log')}`);
    expect(text).toContain("'silence_minutes'");
    expect(own.calls()).toHaveLength(2);
  });
});

describe('the embedded worker', () => {
  it.skipIf(!hasProc)(
    'that hangs is ended and started again, and the cell is computed',
    async () => {
      const { root, edit } = makeWorkspace();
      edit(
        'pipelines/t/pipeline.yaml',
        'tasks: [t_choice, t_group, t_generate, t_pages]',
        'tasks: [t_choice]',
      );
      await lock(root);
      const plan = planPipeline(root, 't', 'full');
      const lines: string[] = [];
      const progress = lineProgress({ write: (line) => lines.push(line) });
      const silenceMs = 6000;
      const engine = embeddedEngineWith(silenceMs);
      const cells = plan.cells.filter(({ id }) => id === 'tiny@step_2/t_choice');
      const stopped = stopFirstWorker();
      const outcomes: string[] = [];
      for await (const { result } of runCells({ root, plan, cells, engine, progress })) {
        outcomes.push(result.ok ? result.origin : result.text);
      }
      expect(await stopped).toBeGreaterThan(0);
      expect(outcomes).toEqual(['computed']);
      const { message } = messages.workerEnded.silent(
        join(root, 'models/tiny/step_2'),
        silenceText(silenceMs),
      );
      expect(lines).toContain(`tiny@step_2/t_choice: ${message} It is started again, once.`);
    },
    60_000,
  );
});

/** A stopped process is the purest of hangs. @returns its number, 0 where none came. */
async function stopFirstWorker(): Promise<number> {
  for (let tries = 0; tries < 2000; tries++) {
    const [pid] = childrenWith('embedded/worker.js');
    if (pid !== undefined) {
      process.kill(pid, 'SIGSTOP');
      return pid;
    }
    await sleep(5);
  }
  return 0;
}
