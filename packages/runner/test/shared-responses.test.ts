/**
 * Two processes whose cells have keys of their own and ask the same of a model: one computes, the other waits for its
 * responses and scores them.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateChild } from './support/child.ts';
import { lock } from './support/run.ts';
import { makeWorkspace, snapshot } from './support/workspace.ts';

/** The metrics are not what is asked, but they are in the key. */
const OTHER_METRICS = 'metric_list: [{ metric: acc }, { metric: acc_norm }]';

describe('cells of two keys that share responses', () => {
  it('are computed once by two processes at a time, in the bytes of one after the other', async () => {
    const make = async () => {
      const pair = [makeWorkspace(), makeWorkspace()] as const;
      for (const [index, workspace] of pair.entries()) {
        if (index === 1) {
          const task = 'pipelines/t/tasks/t_choice.yaml';
          workspace.edit(task, 'metric_list: [{ metric: acc }]', OTHER_METRICS);
        }
        await lock(workspace.root);
      }
      return pair;
    };
    const results = ({ root }: { readonly root: string }) => snapshot(join(root, 'results'));
    const calm = await make();
    const store = join(calm[0].root, '.evalgraph/store');
    const env = { ...process.env, EVALGRAPH_STORE: store };
    for (const { root } of calm) expect(await evaluateChild(root, { env }).ended).toMatchObject({ code: 0 });

    const pair = await make();
    const shared = join(pair[0].root, '.evalgraph/store');
    const both = pair.map(({ root }) =>
      evaluateChild(root, { env: { ...process.env, EVALGRAPH_STORE: shared } }),
    );
    const ends = await Promise.all(both.map(({ ended }) => ended));
    const outcomes = ends.map(({ code, stdout, stderr }) => {
      expect({ code, stderr }).toMatchObject({ code: 0 });
      return new Map(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]),
      );
    });
    const [first, second] = outcomes;
    expect(first?.size).toBeGreaterThan(8);
    for (const [cell, outcome] of first ?? []) {
      const found = [outcome, second?.get(cell)].sort();
      // Of each cell's tokens nothing is computed twice.
      expect([cell, found.filter((one) => one === 'computed').length]).toEqual([cell, 1]);
      expect(['rescored', 'store', 'computed']).toContain(found[1]);
      expect(['rescored', 'store', 'computed']).toContain(found[0]);
    }
    expect(pair.map(results)).toEqual(calm.map(results));
    expect(readdirSync(join(shared, 'journals'))).toEqual([]);
  });
});
