/**
 * lm-eval's own client (`local-completions`) against `evalgraph serve` on the demo's last checkpoint: every answer,
 * metric and standard error of every demo task and group that it arrives at must be ours. Needs lm-eval 0.4.13 with
 * its `api` extra, and no torch:
 *   python3 -m venv .venv && .venv/bin/pip install 'lm-eval[api]==0.4.13' transformers
 *   EVALGRAPH_LM_EVAL=.venv/bin/lm_eval npx vitest run packages/runner/test/serve-judge.test.ts
 * SQuAD 2.0 is a Python class there, which loads a metric from the hub: it takes part where SQUAD_V2_METRIC names
 * the folder metrics/squad_v2 of Hugging Face's `evaluate`.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { aggregateGroup, leafTasks, openTaskLibrary } from '@evalgraph/tasks';
import { beforeAll, describe, expect, it } from 'vitest';
import { serveModel } from '../../engines/src/serve/server.ts';
import { NEEDS_LM_EVAL, judgeLmEval as program } from '../../formats/test/judges.ts';
import { type Answered, answerDemo, DEMO_TASKS, lastDemoCheckpoint } from './support/demo-answers.ts';
import { repository } from './support/workspace.ts';

const LIMIT = 20;
const TIMEOUT_MS = 1_200_000;
const squadMetric = process.env['SQUAD_V2_METRIC'];
const ASKED = DEMO_TASKS.filter((name) => name !== 'demo_squad' || squadMetric !== undefined);
/** lm-eval's class, made to read the YAML's data set. */
const SQUAD_CLASS = 'packages/tasks/test/fixtures/python/squadv2.py';

interface JudgeRow {
  readonly doc_id: number;
  /** By request: a text, a sum of nats, or a pair of nats and whether the continuation is greedy. */
  readonly resps: readonly (readonly unknown[])[];
}

interface Judged {
  readonly rows: ReadonlyMap<string, readonly JudgeRow[]>;
  readonly results: Readonly<Record<string, Readonly<Record<string, number | string>>>>;
}

async function judge(lmEval: string): Promise<Judged> {
  const folder = mkdtempSync(join(tmpdir(), 'evalgraph-serve-judge-'));
  cpSync(join(repository, 'pipelines/demo/tasks'), join(folder, 'tasks'), { recursive: true });
  symlinkSync(join(repository, 'datasets'), join(folder, 'datasets'));
  if (squadMetric === undefined) rmSync(join(folder, 'tasks/demo_squad.yaml'));
  else {
    copyFileSync(join(repository, SQUAD_CLASS), join(folder, 'tasks/squadv2.py'));
    // `evaluate.load('squad_v2')` looks into the working folder before it asks the hub.
    symlinkSync(resolve(repository, squadMetric), join(folder, 'squad_v2'));
  }
  const checkpoint = join(repository, lastDemoCheckpoint());
  const name = basename(checkpoint);
  const defects: string[] = [];
  const serving = await serveModel({
    ...{ folder: checkpoint, name, host: '127.0.0.1', port: 0, threads: 1 },
    onDefect: (text) => defects.push(text),
  });
  const model = {
    model: name,
    base_url: `${serving.url}/v1/completions`,
    tokenizer: checkpoint,
    tokenizer_backend: 'huggingface',
    num_concurrent: 8,
    max_length: serving.contextLength,
  };
  try {
    await run(folder, resolve(repository, lmEval), [
      ...['--model', 'local-completions', '--model_args'],
      Object.entries(model)
        .map((pair) => pair.join('='))
        .join(','),
      ...['--include_path', join(folder, 'tasks'), '--tasks', ASKED.join(',')],
      ...['--limit', String(LIMIT), '--log_samples', '--output_path', join(folder, 'out')],
    ]);
  } finally {
    await serving.close();
  }
  expect(defects).toEqual([]);
  return readJudged(join(folder, 'out'));
}

async function run(folder: string, command: string, args: readonly string[]): Promise<void> {
  const env = { ...process.env, HF_HUB_OFFLINE: '1', HF_DATASETS_OFFLINE: '1' };
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (data) => {
    log = `${log}${String(data)}`.slice(-3000);
  });
  const code = await new Promise((done, fail) => child.on('error', fail).on('close', done));
  if (code !== 0) throw new Error(`lm_eval failed:\n${log}`);
}

function readJudged(out: string): Judged {
  const folder = join(out, readdirSync(out)[0] ?? '');
  const rows = new Map<string, readonly JudgeRow[]>();
  let results: Judged['results'] = {};
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), 'utf8').trimEnd();
    const task = /^samples_(.*)_\d{4}-/.exec(name)?.[1];
    if (task === undefined) results = (JSON.parse(text) as Judged).results;
    else
      rows.set(
        task,
        text.split('\n').map((line) => JSON.parse(line) as JudgeRow),
      );
  }
  return { rows, results };
}

const library = openTaskLibrary({ folders: [join(repository, 'pipelines/demo/tasks')] });
const NODES = ASKED.map((name) => library.resolve(name));
const TASKS = NODES.flatMap((node) => leafTasks(node)).map(({ name }) => name);

describe.skipIf(program === undefined)(
  `lm-eval’s local-completions on evalgraph serve (${NEEDS_LM_EVAL})`,
  () => {
    let judged: Judged;
    let answered: ReadonlyMap<string, Answered>;

    beforeAll(async () => {
      judged = await judge(program ?? '');
      answered = await answerDemo(LIMIT);
    }, TIMEOUT_MS);

    const ours = (task: string): Answered => {
      const found = answered.get(task);
      if (found === undefined) throw new Error(`no answers for ${task}`);
      return found;
    };

    it('answers the tasks that were asked', () => {
      expect([...judged.rows.keys()].sort()).toEqual([...TASKS].sort());
    });

    it.each(TASKS)('%s: every answer', (task) => {
      const { prepared, responses } = ours(task);
      let requests = 0;
      let maxNats = 0;
      for (const [index, doc] of prepared.docs.entries()) {
        const row = judged.rows.get(task)?.find(({ doc_id }) => doc_id === doc.docId);
        for (const [place, response] of (responses[index] ?? []).entries()) {
          const value = row?.resps[place]?.[0];
          requests += 1;
          if (response.kind === 'generate') expect(value, `${task} ${doc.docId}`).toBe(response.text);
          else {
            const [nats, isGreedy] = Array.isArray(value) ? value.map(String) : [String(value)];
            const gap = Math.abs(response.logLikelihood - Number(nats));
            maxNats = Math.max(maxNats, gap);
            expect(gap, `${task} ${doc.docId}`).toBeLessThanOrEqual(1e-5 * (1 + response.tokens));
            if (response.kind === 'loglikelihood')
              expect(isGreedy, `${task} ${doc.docId}`).toBe(response.isGreedy ? 'True' : 'False');
          }
        }
      }
      expect(requests).toBeGreaterThanOrEqual(prepared.docs.length);
      console.log(
        `${task.padEnd(30)} ${prepared.docs.length} docs, ${requests} requests, max |ΔLL| ${maxNats.toExponential(1)}`,
      );
    });

    it('every metric and standard error of every task and group to 6 digits', () => {
      const scored = new Map([...answered].map(([name, each]) => [name, each.scored]));
      const rows: (readonly [string, Readonly<Record<string, number | string>>])[] = [];
      for (const node of NODES) {
        if (node.kind === 'group')
          rows.push(...aggregateGroup(node, scored).map(({ name, metrics }) => [name, metrics] as const));
        rows.push(...leafTasks(node).map(({ name }) => [name, ours(name).scored.metrics] as const));
      }
      expect(rows.map(([name]) => name).sort()).toEqual(Object.keys(judged.results).sort());
      const table: string[] = [];
      for (const [task, metrics] of rows) {
        const want = judged.results[task] ?? {};
        const names = Object.keys(want).filter((name) => name.includes(','));
        expect(Object.keys(metrics).sort(), task).toEqual(names.sort());
        for (const name of names) {
          const [own, theirs] = [metrics[name], want[name]];
          const gap = Number(own) - Number(theirs);
          const shown = Number.isNaN(gap) ? '-' : gap.toExponential(1);
          table.push(`${task.padEnd(30)} ${name.padEnd(38)} ${theirs}  ${own}  ${shown}`);
          if (typeof theirs !== 'number') expect(own, `${task} ${name}`).toBe(theirs);
          else {
            const tolerance = 1e-6 * Math.max(1, Math.abs(theirs));
            expect(Math.abs(gap), `${task} ${name}`).toBeLessThanOrEqual(tolerance);
          }
        }
      }
      console.log(['task, metric, lm-eval over evalgraph serve, ours, Δ', ...table].join('\n'));
    });
  },
);
