/** `evalgraph import FOLDER --pipeline NAME`: lm-eval's result files become a pipeline's imported results. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { type Problem, parseLmEvalResults, sha256Hex, UserError, writeFileAtomic } from '@evalgraph/formats';
import { writing } from '../../disk.ts';
import {
  type ImportedModel,
  type ImportRule,
  importLmEval,
  type ResultsFile,
  samplesFiles,
} from '../../exchange/import-lm-eval.ts';
import { importedFiles } from '../../exchange/imported-pipeline.ts';
import { pipelineFile } from '../../layout.ts';
import { messages } from '../../messages.ts';
import { planPipeline } from '../../workspace.ts';
import type { Print } from '../command.ts';

const USAGE = 'import FOLDER --pipeline NAME [--model NAME] [--step-pattern "step{step}"] [--tasks a,b]';

/** A run of 27 checkpoints has 27 results files, and 57 samples files for each. */
const MAX_FILES = 100_000;

export async function importCommand(root: string, args: readonly string[], print: Print): Promise<void> {
  const { folder, pipeline, rule } = readOptions(args);
  const models = importLmEval(readFolder(resolve(folder)), rule);
  const { yaml, records } = importedFiles(pipeline, models);
  for (const [file, text] of records) {
    await writing(join(root, file), () => writeFileAtomic(join(root, file), text));
  }
  const file = pipelineFile(pipeline);
  const written = !existsSync(join(root, file));
  if (written) await writing(join(root, file), () => writeFileAtomic(join(root, file), yaml));
  for (const model of models) print(summary(model));
  const plan = planPipeline(root, pipeline, 'full');
  const absent = models.filter(({ name }) => !plan.pipeline.models.some((one) => one.name === name));
  print(`${written ? 'wrote' : 'left as it was:'} ${file} (${plan.cells.length} cells)`);
  if (absent.length > 0) {
    print(
      `It has no model ${absent.map(({ name }) => name).join(', ')} yet; add what stands under 'models:' here:\n\n${yaml}`,
    );
  }
  print(`Next: npx nx run ${pipeline}:report`);
}

function summary({ name, checkpoints, tasks }: ImportedModel): string {
  const grouped = checkpoints.some(({ record }) => Object.keys(record.groupSubtasks).length > 0);
  const steps = checkpoints.flatMap(({ step }) => (step === null ? [] : [step]));
  const range = steps.length > 1 ? ` (steps ${steps[0]} to ${steps.at(-1)})` : '';
  const lacking = checkpoints.filter(({ record }) => tasks.some((task) => record.tasks[task] === undefined));
  const ragged = lacking.length === 0 ? '' : `; ${lacking.length} checkpoints lack some of them`;
  const count = `${checkpoints.length} checkpoint${checkpoints.length === 1 ? '' : 's'}${range}`;
  return `${name}: ${count}, ${tasks.length} ${grouped ? 'tasks and groups' : tasks.length === 1 ? 'task' : 'tasks'}${ragged}`;
}

interface Options {
  readonly folder: string;
  readonly pipeline: string;
  readonly rule: ImportRule;
}

function readOptions(args: readonly string[]): Options {
  const bad = (detail: string): UserError =>
    new UserError(messages.badArguments('import', detail, `npx evalgraph ${USAGE}`));
  const text = { type: 'string' } as const;
  const options = { pipeline: text, model: text, 'step-pattern': text, tasks: text };
  let read: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    read = parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw bad(error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error));
  }
  const [folder, ...rest] = read.positionals;
  const { pipeline, model, tasks, 'step-pattern': pattern } = read.values;
  if (folder === undefined || rest.length > 0) throw bad('name one folder');
  if (pipeline === undefined) throw bad('--pipeline says which pipeline the results go to');
  if (!/^[a-z0-9][a-z0-9-]*$/.test(pipeline)) throw new UserError(messages.importPipelineName(pipeline));
  const only = tasks === undefined ? null : tasks.split(',').filter(Boolean);
  return { folder, pipeline, rule: { model: model ?? null, pattern: pattern ?? null, only } };
}

/** @throws UserError where nothing is found, or a results file cannot be read. */
function readFolder(folder: string): readonly ResultsFile[] {
  const paths = jsonFiles(folder);
  if (paths.length > MAX_FILES) throw new UserError(messages.importTooMany(folder, MAX_FILES));
  const problems: Problem[] = [];
  const files = paths.flatMap((path): ResultsFile[] => {
    try {
      const text = readFileSync(path, 'utf8');
      // Other JSON lies beside results (configurations, indices): only what has lm-eval's keys is meant.
      if (!/"results"\s*:/.test(text) || !/"config"\s*:/.test(text)) return [];
      const here = dirname(path);
      return [
        {
          path: relative(folder, path).split(sep).join('/') || path.split(sep).at(-1) || path,
          sha256: sha256Hex(text),
          results: parseLmEvalResults(text, path),
          samples: samplesFiles(readdirSync(here), (name) => readFileSync(join(here, name))),
        },
      ];
    } catch (error) {
      if (!(error instanceof UserError)) throw unreadable(path, error);
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new UserError(problems);
  if (files.length === 0) throw new UserError(messages.importNothing(folder));
  return files;
}

function jsonFiles(folder: string): readonly string[] {
  try {
    if (statSync(folder).isFile()) return [folder];
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function unreadable(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? error : new UserError(messages.unreadable(path, code));
}
