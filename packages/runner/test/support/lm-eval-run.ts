/** Runs a pipeline whose engine is the stand-in for lm-eval, as the executor does. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunRecord, UserError } from '@evalgraph/formats';
import { vi } from 'vitest';
import { lockProblems } from '../../src/locking/as-locked.ts';
import { runCells } from '../../src/run/cells-run.ts';
import { plannedEngine } from '../../src/run/planned-engine.ts';
import { lineProgress } from '../../src/run/progress.ts';
import { planPipeline } from '../../src/workspace.ts';
import { makeWorkspace, repository, type Workspace } from './workspace.ts';

const support = join(repository, 'packages/runner/test/support');

export interface LmEvalWorkspace {
  readonly workspace: Workspace;
  /** The stand-in's folder. */
  readonly fake: string;
  /** @param engine keys of the engine beside `use`. */
  engine(keys: string): void;
  /** One word for each start of the stand-in. */
  plan(words: string): void;
  calls(): readonly (readonly string[])[];
  /** How often it was. */
  started(): number;
  /** `start 0`, `end 0`, ... in the order in which they happened. */
  devices(): readonly string[];
  scratch(cell: string): string;
  record(cell: string): RunRecord;
}

/** @param programs folders of further stand-ins below test/support. */
export function makeLmEvalWorkspace(programs: readonly string[]): LmEvalWorkspace {
  const workspace = makeWorkspace();
  const fake = mkdtempSync(join(tmpdir(), 'evalgraph-fake-'));
  vi.stubEnv('FAKE_LM_EVAL', fake);
  const folders = ['lm-eval', ...programs].map((name) => join(support, name));
  vi.stubEnv('PATH', [...folders, process.env['PATH']].join(':'));
  const lines = (file: string): readonly string[] =>
    readFileSync(join(fake, file), 'utf8').trimEnd().split('\n');
  const own: LmEvalWorkspace = {
    workspace,
    fake,
    engine: (keys) => workspace.write('pipelines/t/pipeline.yaml', pipelineWith(keys)),
    plan: (words) => writeFileSync(join(fake, 'plan'), words),
    calls: () => lines('calls').map((line) => JSON.parse(line) as readonly string[]),
    started: () => (existsSync(join(fake, 'calls')) ? lines('calls').length : 0),
    devices: () => lines('devices'),
    scratch: (cell) => {
      const key = planPipeline(workspace.root, 't', 'full').cells.find(({ id }) => id === cell)?.key;
      return join(workspace.root, '.evalgraph/store/scratch', key ?? '');
    },
    record: (cell) => JSON.parse(workspace.read(`results/t/${cell}/run.json`)) as RunRecord,
  };
  own.engine('batch_size: 8');
  return own;
}

function pipelineWith(keys: string): string {
  return `models:
  tiny:
    source: ./models/tiny
    checkpoints: { subfolder: "step_{step}", steps: [1, 2] }
tasks: [{ task: t_choice, limit: 4 }]
engine: { use: lm-eval, ${keys} }
`;
}

export interface Asked {
  readonly lines: readonly string[];
  /** Cell -> origin, or the text of what failed. */
  readonly outcomes: ReadonlyMap<string, string>;
}

export async function runLmEval(
  root: string,
  only: (cell: string) => boolean = () => true,
  onLine: (line: string) => void = () => {},
): Promise<Asked> {
  const planned = planPipeline(root, 't', 'full');
  const missing = lockProblems(planned);
  if (missing.length > 0) throw new UserError(missing);
  const lines: string[] = [];
  const outcomes = new Map<string, string>();
  const progress = lineProgress({
    write: (line) => {
      lines.push(line);
      onLine(line);
    },
  });
  const cells = planned.cells.filter(({ id }) => only(id));
  const engine = plannedEngine(planned);
  for await (const { cell, result } of runCells({ root, plan: planned, cells, engine, progress })) {
    outcomes.set(cell.id, result.ok ? result.origin : result.text);
  }
  return { lines, outcomes };
}

export function option(call: readonly string[] | undefined, name: string): string | undefined {
  return call?.[call.indexOf(name) + 1];
}
