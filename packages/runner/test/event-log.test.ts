/** evaluation.log of a run and of its cells, and what the three modes print. */
import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { embeddedEngine } from '../../engines/src/embedded/adapter.ts';
import { runCells } from '../src/run/cells-run.ts';
import { openEventLog } from '../src/run/event-log.ts';
import { loggedProgress, outputMode } from '../src/run/output.ts';
import { planPipeline } from '../src/workspace.ts';
import { lock } from './support/run.ts';
import { makeWorkspace } from './support/workspace.ts';

interface Line {
  readonly time: string;
  readonly event: string;
  readonly cell?: string;
  readonly [field: string]: unknown;
}

function linesOf(path: string): Line[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

describe('evaluation.log', () => {
  it('tells of every cell, of those that fail too, and goes on at the next run', async () => {
    const { root } = makeWorkspace();
    await lock(root);
    truncateSync(join(root, 'models/pruned/model.safetensors'), 1000);
    const run = async (): Promise<void> => {
      const plan = planPipeline(root, 't', 'full');
      const log = openEventLog(root, plan);
      const progress = loggedProgress('quiet', () => {}, log);
      for await (const _ of runCells({
        root,
        plan,
        cells: plan.cells,
        engine: embeddedEngine,
        progress,
        log,
      }));
    };
    await run();
    const path = join(root, 'results/t/evaluation.log');
    const first = linesOf(path);
    const { cells } = planPipeline(root, 't', 'full');
    const broken = cells.filter(({ checkpoint }) => checkpoint.id === 'pruned');
    expect(first[0]).toMatchObject({ event: 'run-started', cells: cells.length, engine: 'embedded' });
    expect(first.at(-1)).toMatchObject({
      event: 'run-ended',
      done: cells.length - broken.length,
      failed: broken.length,
    });
    for (const { time } of first) expect(new Date(time).toISOString()).toBe(time);
    const failed = first.filter(({ event }) => event === 'cell-failed');
    expect(failed.map(({ cell }) => cell).sort()).toEqual(broken.map(({ id }) => id).sort());
    expect(String(failed[0]?.['text'])).toContain('model.safetensors');
    for (const cell of cells) {
      const own = linesOf(join(root, cell.output, 'evaluation.log'));
      expect(own).toEqual(first.filter((line) => line.cell === cell.id));
      expect(own.at(-1)?.event).toMatch(/^cell-(ended|failed)$/);
    }
    await run();
    const both = linesOf(path);
    expect(both.slice(0, first.length)).toEqual(first);
    expect(
      both.filter(({ event, ['origin']: origin }) => event === 'cell-ended' && origin === 'store'),
    ).toHaveLength(cells.length - broken.length);
  });
});

describe('EVALGRAPH_OUTPUT', () => {
  it('is one of three, or says so', () => {
    expect(outputMode({})).toBe('lines');
    expect(outputMode({ EVALGRAPH_OUTPUT: 'json' })).toBe('json');
    expect(() => outputMode({ EVALGRAPH_OUTPUT: 'loud' })).toThrow(/'loud'[\s\S]*lines, quiet, json/);
  });

  it.each([
    ['lines', ['a note']],
    ['quiet', []],
    ['json', ['{"event":"note","text":"a note"}']],
  ] as const)('%s prints a note so', (mode, expected) => {
    const { root } = makeWorkspace();
    const lines: string[] = [];
    const log = openEventLog(root, planPipeline(root, 't', 'full'));
    loggedProgress(mode, (line) => lines.push(line), log).note('a note');
    expect(lines).toEqual(expected);
    expect(linesOf(join(root, 'results/t/evaluation.log'))).toMatchObject([
      { event: 'note', text: 'a note' },
    ]);
  });
});
