/** `evalgraph tasks check`: each task's first rows read and rendered; a line for each task, then what is wrong. */
import { type Problem, UserError } from '@evalgraph/formats';
import { loadLocked } from '@evalgraph/runner';
import { fetchTaskData } from '@evalgraph/runner/locking';
import { openLockedCatalog } from '@evalgraph/runner/locks';
import { resolveTask } from '@evalgraph/runner/plan';
import { DEFAULT_SEED, pipelineNames } from '@evalgraph/spec';
import { checkTask, leafTasks, type ResolvedTask, type TaskCheck } from '@evalgraph/tasks';
import type { Cli } from '../../command.ts';
import { namedPipelines } from '../../each-pipeline.ts';
import { libraryOf, libraryWith } from '../../task-libraries.ts';

/** Rows that are rendered. */
const CHECKED_ROWS = 100;
const MAX_COLUMNS_TEXT = 80;
const MAX_PROBLEMS = 10;

interface Checked {
  readonly label: string;
  readonly task: ResolvedTask;
  readonly numFewshot: number | null;
  readonly seed: number;
}

/**
 * @param name a pipeline's or a task's; null: every pipeline
 * @throws UserError with everything that does not fit, after the last line.
 */
export async function checkTasks(
  { root, print }: Cli,
  { name, pipeline }: { readonly name: string | null; readonly pipeline: string | null },
): Promise<void> {
  const pipelines = pipelineNames(root);
  const only = name !== null && pipelines.includes(name) ? name : pipeline;
  const catalog = openLockedCatalog(root, namedPipelines(root, only));
  const problems: Problem[] = [];
  const chosen = chosenTasks(root, name, pipeline);
  await fetchTaskData(
    root,
    chosen.map(({ task }) => task),
    catalog,
    { digest: null, note: print },
  );
  const width = Math.max(0, ...chosen.map(({ label }) => label.length));
  for (const one of chosen) {
    const { task, numFewshot } = one;
    const options = { root, catalog, numFewshot, limit: CHECKED_ROWS, seed: one.seed };
    const check = await checkTask(task, options);
    problems.push(...check.problems);
    print(
      `${check.problems.length === 0 ? 'OK     ' : 'PROBLEM'}  ${one.label.padEnd(width)}  ${outcome(check)}`,
    );
  }
  if (problems.length > 0) {
    print('');
    throw new UserError(shortened(problems));
  }
  if (chosen.length > 1) print(`${chosen.length} tasks fit.`);
}

/** 57 subjects of one missing data set are one mistake: nobody reads 57 times of it. */
function shortened(problems: readonly Problem[]): readonly Problem[] {
  const texts = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  const shown = [...texts.values()].slice(0, MAX_PROBLEMS);
  const more = texts.size - shown.length;
  return more === 0
    ? shown
    : [...shown, { code: 'more-problems', message: `${more} more problems are not shown.` }];
}

function outcome({ problems, docs, originalCount, numFewshot, columns }: TaskCheck): string {
  if (problems.length > 0) return [...new Set(problems.map(({ code }) => code))].join(', ');
  const count = docs === originalCount ? `all ${docs}` : `${docs} of ${originalCount}`;
  const shots = numFewshot === 1 ? '1 shot' : `${numFewshot} shots`;
  const names = columns.join(', ');
  const shown = names.length > MAX_COLUMNS_TEXT ? `${names.slice(0, MAX_COLUMNS_TEXT - 1)}…` : names;
  return `${count.padEnd(11)}  ${shots.padEnd(8)}  columns: ${shown}`;
}

/** One task, a pipeline's, or those of all pipelines. A pipeline's tasks come with its numbers of shots. */
function chosenTasks(root: string, name: string | null, pipeline: string | null): readonly Checked[] {
  const pipelines = pipelineNames(root);
  if (name !== null && !pipelines.includes(name)) {
    const tasks = leafTasks(libraryWith(root, name, pipeline).resolve(name));
    return tasks.map((task) => ({ label: task.name, task, numFewshot: null, seed: DEFAULT_SEED }));
  }
  const only = name ?? pipeline;
  return (only === null ? pipelines : [only]).flatMap((chosen) => pipelineTasks(root, chosen));
}

function pipelineTasks(root: string, name: string): readonly Checked[] {
  const pipeline = loadLocked(root, name);
  const library = libraryOf(root, name);
  const uses = [...pipeline.models, ...pipeline.comparisons].flatMap((part) => part.tasks);
  return [...new Map(uses.map((use) => [use.alias, use])).values()].flatMap((use) =>
    leafTasks(resolveTask(use, library, root)).map((task) => ({
      label: `${name}/${use.alias}${task.name === use.alias ? '' : `/${task.name}`}`,
      task,
      numFewshot: use.numFewshot,
      seed: pipeline.seed,
    })),
  );
}
