/**
 * lm-eval itself (torch, float32) on the demo's last checkpoint: prompts by their hashes, every log-likelihood,
 * every text, every metric. Needs lm-eval 0.4.13; `EVALGRAPH_LM_EVAL` names its program.
 *   python3 -m venv .venv && .venv/bin/pip install lm-eval==0.4.13 torch transformers accelerate
 *   EVALGRAPH_LM_EVAL=.venv/bin/lm_eval npx vitest run packages/runner/test/lm-eval-judge.test.ts
 * With EVALGRAPH_WRITE_GOLDEN=1 it also writes what torch answered, for demo-golden.test.ts.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answered, answerDemo, DEMO_TASKS, lastDemoCheckpoint } from './support/demo-answers.ts';
import { GOLDEN_FILE, type Golden, type GoldenResponse } from './support/demo-golden.ts';
import { repository } from './support/workspace.ts';

const LIMIT = 20;
const TIMEOUT_MS = 1_200_000;
/** A Python class there that wants a metric from the hub; its port is compared in packages/tasks. */
const NOT_ASKED = ['demo_squad'];
const program = process.env['EVALGRAPH_LM_EVAL'];

interface JudgeRow {
  readonly doc_id: number;
  readonly filter: string;
  readonly doc_hash: string;
  readonly prompt_hash: string;
  readonly target_hash: string;
  readonly resps: readonly (readonly unknown[])[];
}

interface Judged {
  readonly rows: ReadonlyMap<string, readonly JudgeRow[]>;
  readonly results: Readonly<Record<string, Readonly<Record<string, number | string>>>>;
}

function runLmEval(lmEval: string): Judged {
  const folder = mkdtempSync(join(tmpdir(), 'evalgraph-judge-'));
  cpSync(join(repository, 'pipelines/demo/tasks'), join(folder, 'tasks'), { recursive: true });
  for (const name of NOT_ASKED) rmSync(join(folder, 'tasks', `${name}.yaml`));
  const args = [
    ...['--model', 'hf', '--model_args', `pretrained=${lastDemoCheckpoint()},dtype=float32`],
    ...[
      '--include_path',
      join(folder, 'tasks'),
      '--tasks',
      DEMO_TASKS.filter((name) => !NOT_ASKED.includes(name)).join(','),
    ],
    ...[
      '--limit',
      String(LIMIT),
      '--batch_size',
      '8',
      '--device',
      'cpu',
      '--log_samples',
      '--output_path',
      join(folder, 'out'),
    ],
  ];
  const environment = { ...process.env, HF_HUB_OFFLINE: '1', HF_DATASETS_OFFLINE: '1' };
  const { status, stderr } = spawnSync(resolve(repository, lmEval), args, {
    cwd: repository,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`lm_eval failed:\n${stderr.slice(-3000)}`);
  const out = join(folder, 'out', readdirSync(join(folder, 'out'))[0] ?? '');
  const rows = new Map<string, readonly JudgeRow[]>();
  let results: Judged['results'] = {};
  for (const name of readdirSync(out)) {
    const text = readFileSync(join(out, name), 'utf8');
    const task = /^samples_(.*)_\d{4}-/.exec(name)?.[1];
    if (task === undefined) results = (JSON.parse(text) as Judged).results;
    else
      rows.set(
        task,
        text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as JudgeRow),
      );
  }
  return { rows, results };
}

/** One of lm-eval's responses as numbers or text: ["-3.2", "False"], "-61.5" or a generated text. */
function judgeResponse(kind: string, value: unknown): GoldenResponse {
  if (kind === 'generate') return String(value);
  if (Array.isArray(value)) return [Number(value[0]), String(value[1]) === 'True'];
  return Number(value);
}

describe.skipIf(program === undefined)(
  'lm-eval on the demo (skipped where EVALGRAPH_LM_EVAL names no lm_eval)',
  () => {
    let judged: Judged;
    let answered: ReadonlyMap<string, Answered>;
    const compared = new Map<string, { docs: number; requests: number; maxNats: number }>();

    beforeAll(async () => {
      judged = runLmEval(program ?? '');
      answered = await answerDemo(LIMIT);
    }, TIMEOUT_MS);

    it('answers every task but those that it cannot run', () => {
      expect([...judged.rows.keys(), ...NOT_ASKED].sort()).toEqual([...answered.keys()].sort());
    });

    it('asks the same: every document, prompt and target by its hash', () => {
      for (const [task, rows] of judged.rows) {
        const hashes = ({ doc_id, filter, doc_hash, prompt_hash, target_hash }: JudgeRow) =>
          `${doc_id} ${filter} ${doc_hash} ${prompt_hash} ${target_hash}`;
        const own = answered.get(task)?.scored.samples ?? [];
        const ours = own.map((row) => hashes({ ...row, resps: [] }));
        expect(ours.sort(), task).toEqual(rows.map(hashes).sort());
      }
    });

    it('gets the same answers: log-likelihoods within 1e-4 nats and 1e-5 a token, texts equal', () => {
      for (const [task, rows] of judged.rows) {
        const own = answered.get(task);
        if (own === undefined) throw new Error(`no answers for ${task}`);
        let maxNats = 0;
        let requests = 0;
        for (const [index, doc] of own.prepared.docs.entries()) {
          const row = rows.find(({ doc_id }) => doc_id === doc.docId);
          for (const [place, response] of (own.responses[index] ?? []).entries()) {
            const want = judgeResponse(response.kind, row?.resps[place]?.[0]);
            requests += 1;
            if (response.kind === 'generate') expect(response.text, `${task} ${doc.docId}`).toBe(want);
            else {
              const [nats, isGreedy] = Array.isArray(want) ? want : [Number(want), null];
              const gap = Math.abs(response.logLikelihood - nats);
              maxNats = Math.max(maxNats, gap);
              expect(gap, `${task} ${doc.docId}`).toBeLessThanOrEqual(1e-4 + 1e-5 * response.tokens);
              if (response.kind === 'loglikelihood') expect(response.isGreedy).toBe(isGreedy);
            }
          }
        }
        compared.set(task, { docs: own.prepared.docs.length, requests, maxNats });
      }
      for (const [task, { docs, requests, maxNats }] of compared) {
        console.log(
          `${task.padEnd(30)} ${docs} docs, ${requests} requests, max |ΔLL| ${maxNats.toExponential(1)}`,
        );
      }
    });

    it('scores the same: every metric and standard error to 6 digits', () => {
      for (const [task, { scored }] of answered) {
        if (NOT_ASKED.includes(task)) continue;
        const want = judged.results[task] ?? {};
        const names = Object.keys(want).filter((name) => name.includes(','));
        expect(Object.keys(scored.metrics).sort(), task).toEqual(names.sort());
        for (const name of names) {
          const [ours, theirs] = [scored.metrics[name], want[name]];
          if (typeof theirs !== 'number') expect(ours, `${task} ${name}`).toBe(theirs);
          else
            expect(Math.abs(Number(ours) - theirs), `${task} ${name}`).toBeLessThanOrEqual(
              1e-6 * Math.max(1, Math.abs(theirs)),
            );
        }
      }
    });

    it.runIf(process.env['EVALGRAPH_WRITE_GOLDEN'] === '1')('writes the golden values', () => {
      const tasks: Record<string, readonly (readonly GoldenResponse[])[]> = {};
      for (const [task, rows] of judged.rows) {
        const own = answered.get(task);
        if (own === undefined) continue;
        tasks[task] = own.prepared.docs.map((doc) => {
          const row = rows.find(({ doc_id }) => doc_id === doc.docId);
          return doc.requests.map((request, place) => judgeResponse(request.kind, row?.resps[place]?.[0]));
        });
      }
      const golden: Golden = {
        judge: 'lm-eval 0.4.13, torch, float32',
        checkpoint: lastDemoCheckpoint(),
        limit: LIMIT,
        tasks,
      };
      writeFileSync(GOLDEN_FILE, `${JSON.stringify(golden)}\n`);
    });
  },
);
