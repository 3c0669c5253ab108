/** `evalgraph import FOLDER --pipeline NAME`: lm-eval's result files become a pipeline's imported results. */

import { existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import {
  digestFile,
  type FileDigest,
  filesBelow,
  MAX_LM_EVAL_RESULTS,
  type Problem,
  parseLmEvalResults,
  readRegularSync,
  sha256Hex,
  UserError,
  writeFilesAtomic,
  writeFolderAtomic,
} from '@evalgraph/formats';
import { planPipeline } from '@evalgraph/runner';
import {
  type ImportedModel,
  type ImportRule,
  importedFiles,
  importLmEval,
  type ResultsFile,
  samplesFiles,
} from '@evalgraph/runner/exchange';
import type { Plan } from '@evalgraph/runner/plan';
import { pipelineFile, pipelineFolder } from '@evalgraph/spec';
import { systemMessages, writing } from '@evalgraph/system';
import type { Cli } from '../../command.ts';
import { messages } from '../../messages.ts';

/** A run of 27 checkpoints has 27 results files, and 57 samples files for each. */
const MAX_FILES = 100_000;
/** The most problems that are told: a folder of damaged files has one for each, and the first say enough. */
const MAX_SHOWN_PROBLEMS = 10;
/** A samples file may be so large; the largest of the leaderboards have some hundred megabytes. */
const MAX_SAMPLES_BYTES = 4_000_000_000;
/** Bytes of a results file: four for a character at most. */
const MAX_RESULTS_BYTES = 4 * MAX_LM_EVAL_RESULTS;

export interface ImportArguments {
  readonly folder: string;
  readonly pipeline: string;
  /** null: as the files name it. */
  readonly model: string | null;
  /** null: what lm-eval's own names of checkpoints say. */
  readonly stepPattern: string | null;
  /** Empty: every task. */
  readonly tasks: readonly string[];
}

export async function importResults({ root, print }: Cli, wanted: ImportArguments): Promise<void> {
  const { folder, pipeline, model, stepPattern, tasks } = wanted;
  if (!/^[a-z0-9][a-z0-9-]*$/.test(pipeline)) throw new UserError(messages.badPipelineName(pipeline));
  const rule: ImportRule = { model, pattern: stepPattern, only: tasks.length === 0 ? null : tasks };
  const models = await capped(async () => importLmEval(await readFolder(resolve(folder)), rule));
  const { yaml, records } = importedFiles(pipeline, models);
  const file = pipelineFile(pipeline);
  const written = !existsSync(join(root, file));
  const files = new Map([...records, ...(written ? [[file, yaml] as const] : [])]);
  // Nothing is written that the pipeline cannot read again.
  const plan = await planWith(root, pipeline, files);
  await place(root, pipeline, files);
  for (const model of models) print(summary(model));
  const absent = models.filter(({ name }) => !plan.pipeline.models.some((one) => one.name === name));
  print(`${written ? 'wrote' : 'left as it was:'} ${file} (${plan.cells.length} cells)`);
  if (absent.length > 0) {
    print(
      `It has no model ${absent.map(({ name }) => name).join(', ')} yet; add what stands under 'models:' here:\n\n${yaml}`,
    );
  }
  print(`Next: npx nx run ${pipeline}:report`);
}

/** @throws UserError with the first problems, and the number of the others. */
async function capped<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError) || error.problems.length <= MAX_SHOWN_PROBLEMS) throw error;
    const shown = error.problems.slice(0, MAX_SHOWN_PROBLEMS);
    throw new UserError([...shown, messages.importMoreProblems(error.problems.length - shown.length)]);
  }
}

/** The plan that the pipeline would have with these files, made in a folder that is not the workspace. */
async function planWith(root: string, pipeline: string, files: ReadonlyMap<string, string>): Promise<Plan> {
  const draft = await mkdtemp(join(tmpdir(), 'evalgraph-import-'));
  try {
    await linkEntries(root, draft, ['pipelines']);
    await linkEntries(join(root, 'pipelines'), join(draft, 'pipelines'), [pipeline]);
    const own = pipelineFolder(pipeline);
    await linkEntries(join(root, own), join(draft, own), ['imported']);
    await linkEntries(join(root, own, 'imported'), join(draft, own, 'imported'), []);
    for (const [file, text] of files) {
      await rm(join(draft, file), { force: true });
      await writeFile(join(draft, file), text);
    }
    return planPipeline(draft, pipeline, 'full');
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Links to a folder's entries, in a folder that is made; none where the folder is not there. */
async function linkEntries(folder: string, into: string, except: readonly string[]): Promise<void> {
  await mkdir(into, { recursive: true });
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder)) {
    if (!except.includes(name)) await symlink(join(folder, name), join(into, name));
  }
}

/** A new pipeline comes as a whole; into one that is there no file comes before all are written. */
async function place(root: string, pipeline: string, files: ReadonlyMap<string, string>): Promise<void> {
  const folder = pipelineFolder(pipeline);
  if (!existsSync(join(root, folder))) {
    const below = [...files].map(([file, text]) => [relative(folder, file), text] as const);
    await writing(join(root, folder), () =>
      writeFolderAtomic(join(root, folder), new Map(below), { durable: true }),
    );
    return;
  }
  const paths = new Map([...files].map(([file, text]) => [join(root, file), text] as const));
  await writing(join(root, folder), () => writeFilesAtomic(paths));
}

function summary({ name, checkpoints, tasks }: ImportedModel): string {
  const grouped = checkpoints.some(({ record }) => Object.keys(record.groupSubtasks).length > 0);
  const steps = checkpoints.flatMap(({ step }) => (step === null ? [] : [step]));
  const range = steps.length > 1 ? ` (steps ${steps[0]} to ${steps.at(-1)})` : '';
  const lacking = checkpoints.filter(({ record }) =>
    tasks.some((task) => !Object.hasOwn(record.tasks, task)),
  );
  const ragged = lacking.length === 0 ? '' : `; ${lacking.length} checkpoints lack some of them`;
  const count = `${checkpoints.length} checkpoint${checkpoints.length === 1 ? '' : 's'}${range}`;
  return `${name}: ${count}, ${tasks.length} ${grouped ? 'tasks and groups' : tasks.length === 1 ? 'task' : 'tasks'}${ragged}`;
}

/** @throws UserError where nothing is found, or a results file cannot be read. */
async function readFolder(folder: string): Promise<readonly ResultsFile[]> {
  const paths = jsonFiles(folder);
  if (paths.length > MAX_FILES) throw new UserError(messages.importTooMany(folder, MAX_FILES));
  const problems: Problem[] = [];
  const files: ResultsFile[] = [];
  // Files of one folder share its samples.
  const samples = new Map<string, ResultsFile['samples']>();
  for (const path of paths) {
    try {
      const text = readRegularSync(path, MAX_RESULTS_BYTES).toString('utf8');
      // Other JSON lies beside results (configurations, indices): only what has lm-eval's keys is meant.
      if (!/"results"\s*:/.test(text) || !/"config"\s*:/.test(text)) continue;
      const here = dirname(path);
      const beside =
        samples.get(here) ??
        (await samplesFiles(await readdir(here), (name) => digestSamples(join(here, name))));
      samples.set(here, beside);
      files.push({
        path: relative(folder, path).split(sep).join('/') || path.split(sep).at(-1) || path,
        sha256: sha256Hex(text),
        results: parseLmEvalResults(text, path),
        samples: beside,
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw unreadable(path, error);
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  if (files.length === 0) throw new UserError(messages.importNothing(folder));
  return files;
}

/** @throws UserError file-too-large; as digestFile */
async function digestSamples(path: string): Promise<FileDigest> {
  const { size } = await stat(path);
  if (size > MAX_SAMPLES_BYTES) throw new UserError(messages.fileTooLarge(path, size, MAX_SAMPLES_BYTES));
  return await digestFile(path);
}

function jsonFiles(folder: string): readonly string[] {
  try {
    if (statSync(folder).isFile()) return [folder];
    return filesBelow(folder, (name) => name.endsWith('.json'));
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function unreadable(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? error : new UserError(systemMessages.unreadable(path, code));
}
