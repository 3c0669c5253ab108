/** lm-eval itself as a child process: what it asked, what the model answered, what it scored. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { GoldenResponse } from './demo-golden.ts';
import { repository } from './workspace.ts';

export interface JudgeRow {
  readonly doc_id: number;
  readonly filter: string;
  readonly doc_hash: string;
  readonly prompt_hash: string;
  readonly target_hash: string;
  /** By request, then by repeat. */
  readonly resps: readonly (readonly unknown[])[];
}

export type JudgeMetrics = Readonly<Record<string, number | string>>;

export interface Judged {
  /** By task. */
  readonly rows: ReadonlyMap<string, readonly JudgeRow[]>;
  /** By task or group. */
  readonly results: Readonly<Record<string, JudgeMetrics>>;
  /** null: SQuAD's eight were computed; else why they were not. */
  readonly squadMetricMissing: string | null;
  readonly seconds: number;
}

export interface JudgeAsked {
  readonly checkpoint: string;
  /** A folder of YAML of the test's own; squadv2.py is put beside it. */
  readonly tasksFolder: string;
  readonly tasks: readonly string[];
  readonly limit: number | null;
  /** More of lm-eval's options. */
  readonly more?: readonly string[];
}

const BATCH_SIZE = 8;

/** The Python that runs lm-eval: both are installed into one environment. */
export function pythonOf(lmEval: string): string {
  return join(dirname(resolve(repository, lmEval)), 'python');
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'evalgraph-judge-'));
}

export function runJudge(lmEval: string, asked: JudgeAsked): Judged {
  const began = Date.now();
  const folder = temporaryFolder();
  const missing = join(folder, 'squad-metric-missing');
  mkdirSync(asked.tasksFolder, { recursive: true });
  copyFileSync(
    join(repository, 'packages/runner/test/support/squadv2.py'),
    join(asked.tasksFolder, 'squadv2.py'),
  );
  const args = [
    ...['--model', 'hf', '--model_args', `pretrained=${asked.checkpoint},dtype=float32`],
    ...['--include_path', asked.tasksFolder, '--tasks', asked.tasks.join(',')],
    ...['--batch_size', String(BATCH_SIZE), '--device', 'cpu'],
    ...['--log_samples', '--output_path', join(folder, 'out')],
    ...(asked.limit === null ? [] : ['--limit', String(asked.limit)]),
    ...(asked.more ?? []),
  ];
  const { status, stderr, error } = spawnSync(resolve(repository, lmEval), args, {
    cwd: repository,
    env: {
      ...process.env,
      HF_HUB_OFFLINE: '1',
      HF_DATASETS_OFFLINE: '1',
      HF_DATASETS_CACHE: join(folder, 'cache'),
      SQUAD_V2_MISSING: missing,
    },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`lm_eval failed: ${error?.message ?? ''}\n${stderr?.slice(-3000)}`);
  return {
    ...readJudged(join(folder, 'out')),
    squadMetricMissing: existsSync(missing) ? readFileSync(missing, 'utf8') : null,
    seconds: (Date.now() - began) / 1000,
  };
}

function readJudged(out: string): Pick<Judged, 'rows' | 'results'> {
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

/** One of lm-eval's responses as numbers or text: ["-3.2", "False"], "-61.5" or a generated text. */
export function judgeResponse(kind: string, value: unknown): GoldenResponse {
  if (kind === 'generate') return String(value);
  if (Array.isArray(value)) return [Number(value[0]), String(value[1]) === 'True'];
  return Number(value);
}
