/**
 * A pipeline for one command: written into a temporary workspace that shares this one's data sets and store, evaluated,
 * and deleted. What was computed stays in the store: asked again, or by a pipeline, it is there.
 */

import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { planPipeline } from '@evalgraph/runner';
import { requireAsLocked } from '@evalgraph/runner/locking';
import type { Plan } from '@evalgraph/runner/plan';
import { lineProgress, plannedEngine, runCells } from '@evalgraph/runner/run';
import { pipelineFile, taskFolder } from '@evalgraph/spec';
import { writeError } from '@evalgraph/system';
import { lockPipelines } from './commands/lock/lock.ts';
import { messages } from './messages.ts';

const NAME = 'one-off';

export interface OneOff {
  /** As pipeline.yaml has it; paths absolute. */
  readonly pipeline: Readonly<Record<string, unknown>>;
  /** A folder of task YAML, absolute; null: the library's tasks alone. */
  readonly tasks: string | null;
}

/**
 * @param work what to do with the results; its root is gone when it returns
 * @throws UserError with every problem of the pipeline, or of the cells that failed
 */
export async function runOneOff<Outcome>(
  root: string,
  { pipeline, tasks }: OneOff,
  work: (root: string, plan: Plan) => Promise<Outcome>,
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'evalgraph-one-off-'));
  const note = (line: string): void => void writeError(`${line}\n`);
  try {
    share(root, folder, 'datasets');
    mkdirSync(join(root, '.evalgraph'), { recursive: true });
    share(root, folder, '.evalgraph');
    const file = join(folder, pipelineFile(NAME));
    mkdirSync(dirname(file), { recursive: true });
    // JSON is YAML.
    writeFileSync(file, `${JSON.stringify(pipeline, null, 2)}\n`);
    if (tasks !== null) symlinkSync(tasks, join(folder, taskFolder(NAME)));
    await lockPipelines({ root: folder, print: () => {} }, [NAME]);
    const plan = planPipeline(folder, NAME, 'full');
    await requireAsLocked(folder, plan);
    const options = {
      root: folder,
      plan,
      cells: plan.cells,
      engine: plannedEngine(plan),
      progress: lineProgress({ write: note }),
    };
    const failed = [];
    for await (const { cell, result } of runCells(options)) {
      if (!result.ok) failed.push(messages.cellFailed.oneOff(cell.id, result.text));
    }
    if (failed.length > 0) throw new UserError(failed);
    return await work(folder, plan);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function share(from: string, to: string, name: string): void {
  if (existsSync(join(from, name))) symlinkSync(join(from, name), join(to, name));
}

/** A model as a command names it: a repository of the hub, or a folder seen from where the user stands. */
export function sourceOf(text: string): string {
  return text.startsWith('hf:') ? text : resolve(text);
}

/** A corpus: a file or folder seen from where the user stands, or a data set's name. */
export function corpusOf(text: string): string {
  return /^[./~\\]/.test(text) || existsSync(resolve(text)) ? resolve(text) : text;
}

/** The text whose perplexity is taken, as `ppl` and `compare` are asked for it; null: the protocol's own. */
export interface CorpusArguments {
  readonly corpus: string | null;
  readonly column: string | null;
  readonly split: string | null;
  /** Tokens of a window. */
  readonly seqlen: number | null;
}

/** The keys of a pipeline's YAML for these; only those that were given. */
export function corpusKeys({
  corpus,
  column,
  split,
  seqlen,
}: CorpusArguments): Readonly<Record<string, unknown>> {
  return givenKeys({ corpus: corpus === null ? null : corpusOf(corpus), column, split, seqlen });
}

export function givenKeys(keys: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== null));
}
