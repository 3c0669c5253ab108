/**
 * The engine `lm-eval` with the real program: on the demo's last checkpoint it must give the record that the embedded
 * engine gives, figure by figure and hash by hash. `EVALGRAPH_LM_EVAL` names lm_eval (see lm-eval-judge.test.ts).
 */
import { rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CellResults, parseResults } from '@evalgraph/formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { NEEDS_LM_EVAL, judgeLmEval as program } from '../../formats/test/judges.ts';
import { runCells } from '../src/run/cells-run.ts';
import { plannedEngine } from '../src/run/planned-engine.ts';
import { lineProgress } from '../src/run/progress.ts';
import { planPipeline } from '../src/workspace.ts';
import { lock } from './support/run.ts';
import { makeWorkspace, repository, type Workspace } from './support/workspace.ts';

const TIMEOUT_MS = 900_000;

/** A group, shots that are drawn, generated text with two filters, whole pages. */
const TASKS = ['mmlu', 'arc', 'gsm8k', 'paragraphs'];

function pipeline(engine: string): string {
  return `models: { demo: { source: ./models/demo, checkpoints: [iter_0003600] } }
tasks:
  - { task: demo_mmlu, limit: 3, alias: mmlu }
  - { task: demo_arc, limit: 20, alias: arc }
  - { task: demo_gsm8k, limit: 6, num_fewshot: 1, alias: gsm8k }
  - { task: demo_paragraphs, limit: 4, alias: paragraphs }
engine: ${engine}
`;
}

interface Evaluated {
  readonly outcomes: readonly string[];
  readonly results: ReadonlyMap<string, CellResults>;
  readonly hashes: ReadonlyMap<string, readonly string[]>;
}

async function evaluateDemo(engine: string): Promise<Evaluated> {
  const workspace = makeWorkspace();
  for (const [at, target] of [
    ['pipelines/t/tasks', 'pipelines/demo/tasks'],
    ['datasets', 'datasets'],
    ['models', 'models'],
  ] as const) {
    rmSync(join(workspace.root, at), { recursive: true });
    symlinkSync(join(repository, target), join(workspace.root, at));
  }
  workspace.write('pipelines/t/pipeline.yaml', pipeline(engine));
  await lock(workspace.root);
  const plan = planPipeline(workspace.root, 't', 'full');
  const outcomes: string[] = [];
  const options = {
    root: workspace.root,
    plan,
    cells: plan.cells,
    engine: plannedEngine(plan),
    progress: lineProgress({ write: () => {} }),
  };
  for await (const { result } of runCells(options)) outcomes.push(result.ok ? result.origin : result.text);
  const results = new Map(TASKS.map((task) => [task, read(workspace, task)]));
  const leaves = [...results].flatMap(([task, { sampleCounts }]) =>
    Object.keys(sampleCounts).map((leaf) => [leaf, hashes(workspace, task, leaf)] as const),
  );
  return { outcomes, results, hashes: new Map(leaves) };
}

const folder = (task: string): string => `results/t/demo@iter_0003600/${task}`;

function read(workspace: Workspace, task: string): CellResults {
  return parseResults(workspace.read(`${folder(task)}/results.json`), task);
}

function hashes(workspace: Workspace, task: string, leaf: string): readonly string[] {
  return workspace
    .read(`${folder(task)}/samples_${leaf}.jsonl`)
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { doc_id, filter, doc_hash, prompt_hash, target_hash } = JSON.parse(line) as Record<
        string,
        unknown
      >;
      return [doc_id, filter, doc_hash, prompt_hash, target_hash].join(' ');
    })
    .sort();
}

describe.skipIf(program === undefined)(`the engine lm-eval on the demo (${NEEDS_LM_EVAL})`, () => {
  let ours: Evaluated;
  let theirs: Evaluated;

  beforeAll(async () => {
    ours = await evaluateDemo('{ use: embedded }');
    const command = resolve(repository, program ?? '');
    theirs = await evaluateDemo(
      `{ use: lm-eval, command: ${command}, dtype: float32, device: cpu, batch_size: 8 }`,
    );
  }, TIMEOUT_MS);

  it('evaluates every cell', () => {
    expect(theirs.outcomes).toEqual(TASKS.map(() => 'computed'));
  });

  it.each(TASKS)('gives the same record of %s', (task) => {
    const [own, other] = [ours.results.get(task), theirs.results.get(task)];
    if (own === undefined || other === undefined) throw new Error('no results');
    for (const part of ['configs', 'groupSubtasks', 'limit', 'versions', 'chance', 'sampleCounts'] as const) {
      expect(other[part], part).toEqual(own[part]);
    }
    expect(Object.keys(other.results)).toEqual(Object.keys(own.results));
    for (const [name, { metrics, ...facts }] of Object.entries(own.results)) {
      const row = other.results[name];
      if (row === undefined) throw new Error(`no ${name}`);
      const { metrics: found, ...rest } = row;
      expect(rest, name).toEqual(facts);
      expect(Object.keys(found).sort(), name).toEqual(Object.keys(metrics).sort());
      for (const [metric, value] of Object.entries(metrics)) {
        if (typeof value !== 'number') expect(found[metric], `${name} ${metric}`).toBe(value);
        else
          expect(Math.abs(Number(found[metric]) - value), `${name} ${metric}`).toBeLessThan(
            1e-6 * Math.max(1, value),
          );
      }
    }
  });

  it('asked the same: every document, prompt and target by its hash', () => {
    expect(theirs.hashes).toEqual(ours.hashes);
  });
});
