/** The engine `lm-eval`: the real program, one process for a cell. It scores; we hand over tasks and read results. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EngineIdentity, UserError } from '@evalgraph/formats';
import type { LmEvalUse } from '@evalgraph/spec';
import { batchFolder, leaseFolder } from '@evalgraph/spec';
import { leafTasks } from '@evalgraph/tasks';
import type { TaskEngine, TaskEngineResult, TaskEngineWork } from '../engine.ts';
import { type FoundGpus, findGpus } from '../gpus/devices.ts';
import { phrases as gpuPhrases } from '../gpus/messages.ts';
import { checkpointsAtOnce, kindOf, type LeasedGpus, leaseGpus } from '../gpus/pool.ts';
import { launcherOf } from '../launchers/launcher-of.ts';
import { lmEvalArguments } from './command.ts';
import { versionsIn } from './identity.ts';
import { messages, phrases, type Ran } from './messages.ts';
import { type LmEvalOutput, readOutput, requireTask } from './read-output.ts';
import { scoresOfOurs, scoresOfTheirs } from './scores.ts';
import { taskFiles, taskNames } from './task-files.ts';
import { runUntilWell, type Tried } from './tries.ts';
import { askVersions, findProgram } from './versions.ts';

/** Where the locked versions come from, for messages. */
export interface LockedBy {
  readonly pipeline: string;
  readonly lockFile: string;
}

/** @param identity as the plan has it, with the locked versions. */
export function lmEvalEngine(use: LmEvalUse, identity: EngineIdentity, lockedBy: LockedBy): TaskEngine {
  const versions = versionsIn(use, identity);
  let checked: Promise<void> | null = null;
  let asked: Promise<FoundGpus> | null = null;
  const found = (): Promise<FoundGpus> => {
    asked ??= findGpus();
    return asked;
  };
  return {
    kind: 'tasks',
    identity,
    versions: () => versions,
    async atOnce() {
      if (use.launcher.kind === 'slurm') return use.launcher.jobs;
      return use.gpus === null ? 1 : checkpointsAtOnce(await found(), use.gpus);
    },
    async evaluate(work) {
      checked ??= checkVersions(use, work.root, versions, lockedBy);
      await checked;
      const leased = await lease(use, work, found);
      try {
        return await evaluate(use, work, leased, await kindHere(use, leased, found));
      } finally {
        leased?.release();
      }
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
    .map((name) => phrases.versionDiffers(name, locked[name], here[name]));
  if (differences.length > 0)
    throw new UserError(messages.engineVersionsChanged(differences, pipeline, lockFile));
}

/** @returns null where the pipeline asks for no GPUs. */
async function lease(
  { gpus, launcher }: LmEvalUse,
  work: TaskEngineWork,
  found: () => Promise<FoundGpus>,
): Promise<LeasedGpus | null> {
  if (gpus === null || launcher.kind === 'slurm') return null;
  return leaseGpus(leaseFolder(work.root), await found(), gpus, work.onLine);
}

/** What a batch has to fit into. */
async function kindHere(
  { launcher, device }: LmEvalUse,
  leased: LeasedGpus | null,
  found: () => Promise<FoundGpus>,
): Promise<string> {
  if (leased !== null) return kindOf(leased.gpus);
  if (launcher.kind === 'slurm') {
    return [
      'Slurm',
      launcher.partition ?? 'default partition',
      launcher.gpus ?? 'no GPU',
      ...launcher.extra,
    ].join(', ');
  }
  return device !== null && !device.startsWith('cuda') ? device : kindOf((await found()).gpus);
}

async function evaluate(
  use: LmEvalUse,
  work: TaskEngineWork,
  leased: LeasedGpus | null,
  gpu: string,
): Promise<TaskEngineResult> {
  const { task, scratch, settings } = work;
  const program = [await findProgram(use.command, work.root), ...use.command.slice(1)];
  const output = join(scratch, 'out');
  const includePath = task.kind === 'theirs' ? task.includePath : join(scratch, 'tasks');
  const where =
    leased === null
      ? []
      : [
          gpuPhrases.taken(
            leased.gpus.map(({ index }) => index),
            gpu,
          ),
        ];
  for (const line of where) work.onLine(line);
  const { ran, notes } = await runUntilWell({
    launcher: launcherOf(use.launcher),
    work,
    output,
    command: (batchSize) => [
      ...program,
      ...lmEvalArguments({
        use,
        folder: work.folder,
        settings,
        tasks: task.kind === 'ours' ? taskNames(task.node) : [task.task],
        includePath,
        numFewshot: work.numFewshot,
        limit: work.limit,
        samples: samplesByTask(work),
        generation: work.generation,
        seed: work.seed,
        chat: work.chat,
        batchSize,
        output,
      }),
    ],
    prepare: () => writeTasks(work),
    environment: leased?.environment ?? {},
    asked: use.batchSize,
    silenceMs: use.silenceMs,
    place: {
      model: work.shape,
      gpu,
      task: task.kind === 'ours' ? task.node.name : task.task,
      engine: JSON.stringify([use.model, use.dtype, use.modelArgs, settings.maxLength]),
    },
    memory: batchFolder(work.root),
    onProcess: (pid) => leased?.extendTo(pid),
  });
  const result = read(work, readOutput(output, ran), { ran, notes: [...where, ...notes] });
  requireSamples(work, result, ran);
  await rm(output, { recursive: true, force: true });
  return result;
}

/** lm-eval takes rows by the name of the task that has them; of its own groups only it knows those names. */
function samplesByTask({
  task,
  samples,
}: TaskEngineWork): Readonly<Record<string, readonly number[]>> | null {
  if (samples === null) return null;
  const names = task.kind === 'ours' ? leafTasks(task.node).map(({ name }) => name) : [task.task];
  return Object.fromEntries(names.map((name) => [name, samples]));
}

/** @throws UserError where lm-eval evaluated other documents than were asked: it ignores names that it does not run. */
function requireSamples({ samples }: TaskEngineWork, { scores }: TaskEngineResult, ran: Ran): void {
  if (samples === null) return;
  for (const [task, { effective }] of Object.entries(scores.sampleCounts)) {
    if (effective !== samples.length)
      throw new UserError(messages.otherSamples(task, samples.length, effective, ran));
  }
}

/** @throws UserError where a task that was handed over has no result. */
function read({ task }: TaskEngineWork, found: LmEvalOutput, { ran, notes }: Tried): TaskEngineResult {
  if (task.kind === 'theirs') return { ...scoresOfTheirs(task.task, task.name, found), notes };
  const names = [...taskNames(task.node), ...leafTasks(task.node).map((leaf) => leaf.name)];
  for (const one of names) requireTask(found, one, ran);
  return { ...scoresOfOurs(task.node, found), notes };
}

/** Our tasks as files of this run; the pipeline's own folder stays as it is. */
async function writeTasks({ task, scratch }: TaskEngineWork): Promise<void> {
  if (task.kind === 'theirs') return;
  const folder = join(scratch, 'tasks');
  await mkdir(folder, { recursive: true });
  for (const [file, text] of taskFiles(task.node, task.files)) await writeFile(join(folder, file), text);
}
