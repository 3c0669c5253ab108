/** What lm-eval does not judge: our own metric, chance, bounds, and errors in place of numbers. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import {
  openTaskLibrary,
  type PreparedTask,
  prepareTask,
  scoreTask,
  type TextResponse,
} from '../src/index.ts';

async function prepared(
  yaml: string,
  rows: readonly object[],
  limit: number | null = null,
): Promise<PreparedTask> {
  const root = mkdtempSync(join(tmpdir(), 'score-'));
  writeFileSync(join(root, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  writeFileSync(
    join(root, 't.yaml'),
    `task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: rows.jsonl}}\ntest_split: test\n${yaml}`,
  );
  const node = openTaskLibrary({ folders: [root] }).resolve('t');
  if (node.kind !== 'task') throw new Error(node.kind);
  return prepareTask(node, { root, numFewshot: null, limit, seed: 1234 });
}

const CHOICE = 'output_type: multiple_choice\ndoc_to_text: q\ndoc_to_target: gold\ndoc_to_choice: options\n';
const ROWS = [
  { q: 'one', options: ['aa', 'b', 'c', 'd'], gold: 0 },
  { q: 'two', options: ['x', 'yy'], gold: 1 },
];
const likelihoods = (...pairs: readonly (readonly [number, number])[]): readonly TextResponse[] =>
  pairs.map(([logLikelihood, tokens]) => ({ kind: 'loglikelihood', logLikelihood, isGreedy: false, tokens }));

describe('scores', () => {
  it('acc_per_token divides by the tokens of the continuation', async () => {
    const task = await prepared(`${CHOICE}metric_list: [{metric: acc}, {metric: acc_per_token}]\n`, ROWS);
    const scored = scoreTask(task, [
      likelihoods([-4, 4], [-3, 1], [-9, 1], [-9, 1]),
      likelihoods([-2, 1], [-3, 2]),
    ]);
    expect(scored.metrics['acc,none']).toBe(0);
    expect(scored.metrics['acc_per_token,none']).toBe(1);
    expect(scored.samples.map((row) => row.scores)).toHaveLength(2);
  });

  it('chance is the mean of 1 / choices', async () => {
    const task = await prepared(CHOICE, ROWS);
    const scored = scoreTask(task, [
      likelihoods([-1, 1], [-2, 1], [-3, 1], [-4, 1]),
      likelihoods([-1, 1], [-2, 1]),
    ]);
    expect(scored.chance).toEqual({ acc: 0.375, acc_norm: 0.375 });
  });

  it('one document has no standard error', async () => {
    const task = await prepared(CHOICE, ROWS, 1);
    const scored = scoreTask(task, [likelihoods([-1, 1], [-2, 1], [-3, 1], [-4, 1])]);
    expect(scored.metrics).toEqual({
      'acc,none': 1,
      'acc_stderr,none': 'N/A',
      'acc_norm,none': 1,
      'acc_norm_stderr,none': 'N/A',
    });
    expect(scored.sampleCount).toEqual({ original: 2, effective: 1 });
  });

  it('refuses responses that do not fit', async () => {
    const task = await prepared(CHOICE, ROWS, 1);
    const good = likelihoods([-1, 1], [-2, 1], [-3, 1], [-4, 1]);
    for (const responses of [
      [],
      [good.slice(1)],
      [[...good.slice(1), { kind: 'generate', text: '' } as const]],
      [likelihoods([Number.NaN, 1], [-2, 1], [-3, 1], [-4, 1])],
      [likelihoods([Number.NEGATIVE_INFINITY, 1], [-2, 1], [-3, 1], [-4, 1])],
    ]) {
      expect(() => scoreTask(task, responses)).toThrow(UserError);
    }
  });

  it('says which document a template fails on', async () => {
    const rows = [
      { q: 'one', more: { a: 1 } },
      { q: 'two', more: { b: 2 } },
    ];
    const yaml = 'output_type: loglikelihood\ndoc_to_text: "{{q}}"\ndoc_to_target: " {{more.a}}"\n';
    await expect(prepared(yaml, rows)).rejects.toThrow(/Task t, document 1: .*'a' of .* is undefined/);
  });

  it('refuses an empty split, a missing one, too many shots and a limit of nothing', async () => {
    await expect(prepared(CHOICE, [])).rejects.toThrow(/no rows/);
    await expect(prepared(`${CHOICE}fewshot_split: dev\nnum_fewshot: 1\n`, ROWS)).rejects.toThrow(
      /no split 'dev'/,
    );
    await expect(prepared(`${CHOICE}fewshot_split: test\nnum_fewshot: 2\n`, ROWS)).rejects.toThrow(
      /few-shot/,
    );
    await expect(prepared(CHOICE, ROWS, 0)).rejects.toThrow(/limit/);
  });

  it('a greater seed draws other shots; the same seed the same', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => ({
      q: `q${index}`,
      options: ['a', 'b'],
      gold: index % 2,
    }));
    const yaml = `${CHOICE}num_fewshot: 3\nfewshot_config: {doc_to_choice: options}\n`;
    const [first, second] = [await prepared(yaml, rows), await prepared(yaml, rows)];
    expect(first.docs.map((doc) => doc.promptHash)).toEqual(second.docs.map((doc) => doc.promptHash));
    expect(new Set(first.docs.map((doc) => doc.promptHash)).size).toBe(40);
  });
});
