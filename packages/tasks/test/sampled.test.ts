/** Repeats that are drawn: a request each, seeds that no limit changes, votes over what came back. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leafTasks, openTaskLibrary, type PreparedTask, prepareTask, scoreTask } from '../src/index.ts';

const REPEATS = 5;
const TASK = `task: votes
dataset_path: json
dataset_kwargs: { data_files: { test: test.jsonl } }
test_split: test
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: "{{answer}}"
repeats: ${REPEATS}
generation_kwargs: { until: ["\\n"], do_sample: true, temperature: 0.2 }
filter_list:
  - name: maj
    filter: [{ function: majority_vote }, { function: take_first }]
  - name: first
    filter: [{ function: take_first }]
metric_list: [{ metric: exact_match }]
`;

async function prepared(options: { limit?: number; seed?: number } = {}): Promise<PreparedTask> {
  const root = mkdtempSync(join(tmpdir(), 'evalgraph-sampled-'));
  mkdirSync(join(root, 'tasks'));
  writeFileSync(join(root, 'tasks/votes.yaml'), TASK);
  const rows = ['a', 'b', 'c'].map((name) => JSON.stringify({ question: `Q ${name}`, answer: name }));
  writeFileSync(join(root, 'test.jsonl'), `${rows.join('\n')}\n`);
  const [task] = leafTasks(openTaskLibrary({ folders: [join(root, 'tasks')] }).resolve('votes'));
  if (task === undefined) throw new Error('the task is gone');
  return prepareTask(task, {
    root,
    numFewshot: null,
    limit: options.limit ?? null,
    seed: options.seed ?? 1234,
  });
}

function seedsOf(task: PreparedTask): readonly (readonly number[])[] {
  return task.docs.map(({ requests }) =>
    requests.map((request) => (request.kind === 'generate' ? (request.sampling?.seed ?? -1) : -1)),
  );
}

describe('sampled repeats', () => {
  it('are requests of their own, each with its seed', async () => {
    const task = await prepared();
    const seeds = seedsOf(task);
    expect(seeds.map((own) => own.length)).toEqual([REPEATS, REPEATS, REPEATS]);
    expect(new Set(seeds.flat()).size).toBe(3 * REPEATS);
    for (const seed of seeds.flat()) {
      expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
    }
    expect(seedsOf(await prepared({ limit: 2 }))).toEqual(seeds.slice(0, 2));
    expect(seedsOf(await prepared({ seed: 1 })).flat()).not.toContain(seeds[0]?.[0]);
  });

  it('are voted over, and written as one list', async () => {
    const task = await prepared();
    // The first document's majority is right and its first draw wrong; the second's the other way round.
    const drawn = [
      ['x', 'a', 'a', 'y', 'a'],
      ['b', 'x', 'x', 'x', 'b'],
      ['c', 'c', 'c', 'c', 'c'],
    ];
    const scored = scoreTask(
      task,
      drawn.map((texts) => texts.map((text) => ({ kind: 'generate', text }) as const)),
    );
    expect(scored.metrics['exact_match,maj']).toBeCloseTo(2 / 3, 12);
    expect(scored.metrics['exact_match,first']).toBeCloseTo(2 / 3, 12);
    const rows = scored.samples.filter(({ filter }) => filter === 'maj');
    expect(rows.map(({ resps }) => resps)).toEqual(drawn.map((texts) => [texts]));
    expect(rows.map(({ filtered_resps }) => filtered_resps)).toEqual([['a'], ['x'], ['c']]);
    for (const row of rows) expect(Object.keys(row.arguments)).toEqual(['gen_args_0']);
  });
});
