/** The engine `lm-eval`: the real program, one process for a cell. It scores; we hand over tasks and read results. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EngineIdentity, UserError } from '@evalgraph/formats';
import { leafTasks } from '@evalgraph/tasks';
import type { LmEvalUse } from '../../spec/index.ts';
import type { TaskEngine, TaskEngineResult, TaskEngineWork } from '../engine.ts';
import { lmEvalArguments, smallerBatch } from './command.ts';
import { failureOf } from './failure.ts';
import { versionsIn } from './identity.ts';
import { lmEvalEngineMessages as messages, type Ran } from './messages.ts';
import { readOutput, requireTask } from './read-output.ts';
import { type Ended, runProgram } from './run-program.ts';
import { scoresOfOurs, scoresOfTheirs } from './scores.ts';
import { taskFiles, taskNames } from './task-files.ts';
import { askVersions, findProgram } from './versions.ts';

/** Where the locked versions come from, for messages. */
export interface LockedBy {
  readonly pipeline: string;
  readonly lockFile: string;
}

/** @param identity as the plan has it, with the locked versions. */
export function lmEvalEngine(use: LmEvalUse, identity: EngineIdentity, lockedBy: LockedBy): TaskEngine {
  const versions = versionsIn(use, identity);
  // A task that was too large for the GPU is so for the next checkpoint of the series as well.
  const batches = new Map<string, string>();
  let checked: Promise<void> | null = null;
  return {
    kind: 'tasks',
    identity,
    versions: () => versions,
    async evaluate(work) {
      checked ??= checkVersions(use, work.root, versions, lockedBy);
      await checked;
      return evaluate(use, work, batches);
    },
  };
}

/** @throws UserError where other versions are installed than the keys were made of. */
async function checkVersions(
  use: LmEvalUse,
  root: string,
  locked: Readonly<Record<string, string>>,
  { pipeline, lockFile }: LockedBy,
): Promise<void> {
  const here = await askVersions(use, root);
  const names = [...new Set([...Object.keys(locked), ...Object.keys(here)])];
  const differences = names
    .filter((name) => locked[name] !== here[name])
    .map((name) => messages.versionDiffers(name, locked[name], here[name]));
  if (differences.length > 0) throw new UserError(messages.versionsChanged(differences, pipeline, lockFile));
}

async function evaluate(
  use: LmEvalUse,
  work: TaskEngineWork,
  batches: Map<string, string>,
): Promise<TaskEngineResult> {
  const { task } = work;
  const program = [await findProgram(use.command, work.root), ...use.command.slice(1)];
  const name = task.kind === 'ours' ? task.node.name : task.task;
  const includePath = await includeFolder(work);
  const notes: string[] = [];
  for (let batchSize = batches.get(name) ?? use.batchSize; ; ) {
    const output = join(work.scratch, 'out');
    await rm(output, { recursive: true, force: true });
    await mkdir(output);
    const args = lmEvalArguments({
      use,
      folder: work.folder,
      settings: work.settings,
      tasks: task.kind === 'ours' ? taskNames(task.node) : [task.task],
      includePath,
      numFewshot: work.numFewshot,
      limit: work.limit,
      seed: work.seed,
      chat: work.chat,
      batchSize,
      output,
    });
    const run: Ran = { command: shown([...program, ...args]), log: join(work.scratch, 'lm_eval.log') };
    await writeFile(run.log, `$ ${run.command}\n`, { flag: 'a' });
    work.onLine(messages.started(run.log));
    const ended = await runProgram([...program, ...args], {
      cwd: work.root,
      log: run.log,
      onLine: work.onLine,
    });
    if (ended.exitCode === 0) {
      const found = readOutput(output, run);
      const names =
        task.kind === 'ours'
          ? [...taskNames(task.node), ...leafTasks(task.node).map((leaf) => leaf.name)]
          : [];
      for (const one of names) requireTask(found, one, run);
      const scored =
        task.kind === 'ours' ? scoresOfOurs(task.node, found) : scoresOfTheirs(task.task, task.name, found);
      batches.set(name, batchSize);
      await rm(output, { recursive: true, force: true });
      return { ...scored, notes };
    }
    const next = smallerAfter(ended, batchSize, run);
    const note = messages.halved(batchSize, next);
    notes.push(note);
    work.onLine(note);
    batchSize = next;
  }
}

/** The batch size to go on with where the GPU's memory did not suffice. @throws UserError at any other failure. */
function smallerAfter({ exitCode, signal, tail }: Ended, batchSize: string, run: Ran): string {
  const failure = failureOf(tail);
  if (failure.kind === 'memory') {
    const next = smallerBatch(batchSize, tail);
    if (next === null) throw new UserError(messages.outOfMemory(run));
    return next;
  }
  // 128 + n: how a shell between us tells of a signal.
  const killedBy = signal ?? (exitCode === 137 ? 'SIGKILL' : exitCode === 143 ? 'SIGTERM' : null);
  if (killedBy !== null) throw new UserError(messages.killed(killedBy, run));
  throw new UserError(messages.failed(failure.cause, run, failure.remedy));
}

/** Our tasks as files of this run, or the pipeline's own folder as it is. */
async function includeFolder({ task, scratch }: TaskEngineWork): Promise<string | null> {
  if (task.kind === 'theirs') return task.includePath;
  const folder = join(scratch, 'tasks');
  await mkdir(folder, { recursive: true });
  for (const [file, text] of taskFiles(task.node, task.files)) await writeFile(join(folder, file), text);
  return folder;
}

/** As one would type it. */
function shown(command: readonly string[]): string {
  return command
    .map((part) => (/^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
