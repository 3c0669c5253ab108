/** `evalgraph questions TASK`: what was asked, what was answered, what was right. */

import { type Problem, suggest, UserError } from '@evalgraph/formats';
import { formatCount } from '@evalgraph/report/data';
import { paint, type Screen, safeLine, screenOf, wrap } from '@evalgraph/report/terminal';
import { checkPipelineName, planPipeline } from '@evalgraph/runner';
import { requireAsLocked } from '@evalgraph/runner/locking';
import { pipelineNames, type Variant } from '@evalgraph/spec';
import type { Call } from '../../command.ts';
import { messages as cliMessages } from '../../messages.ts';
import { chooseQuestions, type Filter } from '../../terminal/choose-questions.ts';
import { messages, phrases } from '../../terminal/messages.ts';
import { findTask, placeOf, type QuestionTask, seriesOf, taskNames } from '../../terminal/question-set.ts';
import { questionStats, readHistories } from '../../terminal/question-stats.ts';
import { questionView } from '../../terminal/question-view.ts';
import { statsView, stepOf } from '../../terminal/stats-view.ts';

export interface QuestionsArguments {
  /** The name of a task or a group. */
  readonly name: string;
  readonly count: number;
  readonly doc: number | null;
  readonly filter: Filter | null;
  readonly checkpoint: string | null;
  readonly against: string | null;
  /** Counts instead of questions. */
  readonly stats: boolean;
  /** Whole prompts. */
  readonly full: boolean;
  /** null: the one that has the task. */
  readonly pipeline: string | null;
  readonly quick: boolean;
}

export async function showQuestions({ root, print }: Call, wanted: QuestionsArguments): Promise<void> {
  const { name, filter, full } = wanted;
  if (filter === 'flipped' && wanted.against === null) throw new UserError(messages.badArguments());
  const screen = screenOf(process.stdout);
  const { task, notes } = await openTask(root, wanted);
  for (const note of notes) {
    for (const line of wrap(note, screen.width)) print(paint(screen, 'yellow', line));
  }
  if (wanted.stats) {
    for (const line of await stats(root, task, wanted.checkpoint, screen)) print(line);
    return;
  }
  const chosen = await chooseQuestions(root, task, { ...wanted, isWhole: full });
  const at = `at ${safeLine(chosen.at.checkpoint.id)}${chosen.against === null ? '' : `, against ${safeLine(chosen.against.checkpoint.id)}`}`;
  const what = filter === null ? 'questions' : `questions ${filter}`;
  const count = formatCount(chosen.shown.length);
  const ofAll = chosen.matching === null ? '' : `${formatCount(chosen.matching)} `;
  print(paint(screen, 'bold', safeLine(name)));
  for (const line of wrap(`${count} of ${ofAll}${what} ${at}`, screen.width))
    print(paint(screen, 'dim', line));
  for (const shown of chosen.shown) {
    print('');
    for (const line of questionView(shown, screen)) print(line);
  }
}

interface OpenedTask {
  readonly task: QuestionTask;
  /** What to say before its questions. */
  readonly notes: readonly string[];
}

/** @throws UserError where no pipeline, or several, evaluate it, or nothing has samples. */
async function openTask(
  root: string,
  { name, pipeline: named, quick }: QuestionsArguments,
): Promise<OpenedTask> {
  const pipelines = named === null ? pipelineNames(root) : [checkPipelineName(root, named)];
  if (pipelines.length === 0) throw new UserError(messages.unknownPipeline());
  const variants: readonly Variant[] = quick ? ['quick'] : ['full', 'quick'];
  const found: QuestionTask[] = [];
  const known: string[] = [];
  const broken: { readonly pipeline: string; readonly problems: readonly Problem[] }[] = [];
  let waiting: string | null = null;
  for (const pipeline of pipelines) {
    try {
      const looked = await lookFor(root, pipeline, name, variants, named !== null);
      if (looked.task !== null) found.push(looked.task);
      known.push(...looked.known);
      if (looked.isPlanned) waiting = pipeline;
    } catch (error) {
      // One pipeline's mistakes do not hide what another has.
      if (!(error instanceof UserError) || named !== null) throw error;
      broken.push({ pipeline, problems: error.problems });
    }
  }
  const [task, second] = found;
  if (task === undefined) {
    const problems = broken.flatMap((one) => one.problems);
    if (waiting !== null)
      throw new UserError([messages.noResults.ofTask(name, `${waiting}:report`), ...problems]);
    if (known.length === 0) {
      const sound = pipelines.filter((pipeline) => !broken.some((one) => one.pipeline === pipeline));
      const [first] = sound;
      if (first === undefined) throw new UserError(problems);
      throw new UserError([messages.noResults.ofPipelines(sound, `${first}:report`), ...problems]);
    }
    throw new UserError([messages.unknownTask(name, known, suggest(name, known)), ...problems]);
  }
  if (second !== undefined) {
    throw new UserError(
      cliMessages.ambiguousTask.severalPipelines(
        name,
        found.map(({ plan }) => plan.pipeline.name),
      ),
    );
  }
  await requireAsLocked(root, task.plan);
  const { name: pipeline } = task.plan.pipeline;
  if (task.places.length === 0) {
    throw new UserError(messages.noSamples(name, `npx nx run ${pipeline}:eval`));
  }
  const isOther = task.plan.variant === 'quick' && !quick;
  return {
    task,
    notes: [
      ...broken.map((one) => phrases.pipelineLeftOut(one.pipeline)),
      ...(isOther ? [phrases.showsQuickTask(name, `npx nx run ${pipeline}:eval`)] : []),
    ],
  };
}

interface Looked {
  /** The task in the first run that has samples of it, or in one without samples where no run has any. */
  readonly task: QuestionTask | null;
  /** What else the pipeline has results of. */
  readonly known: readonly string[];
  /** The pipeline's file names the task. */
  readonly isPlanned: boolean;
}

async function lookFor(
  root: string,
  pipeline: string,
  name: string,
  variants: readonly Variant[],
  mustBeLocked: boolean,
): Promise<Looked> {
  const known: string[] = [];
  let isPlanned = false;
  let withoutSamples: QuestionTask | null = null;
  for (const variant of variants) {
    const plan = planPipeline(root, pipeline, variant);
    if (mustBeLocked) await requireAsLocked(root, plan);
    const task = await findTask(root, plan, name);
    if (task !== null && task.places.length > 0) return { task, known, isPlanned };
    withoutSamples ??= task;
    known.push(...(await taskNames(root, plan)));
    isPlanned ||= plan.cells.some((cell) => cell.name === name);
  }
  return { task: withoutSamples, known, isPlanned };
}

async function stats(
  root: string,
  task: QuestionTask,
  checkpoint: string | null,
  screen: Screen,
): Promise<readonly string[]> {
  const place = checkpoint === null ? task.places[0] : placeOf(task, checkpoint);
  if (place === undefined) throw new Error(`${task.name} has no samples`);
  const places = checkpoint === null ? seriesOf(task, place) : [place];
  const histories = await readHistories(root, task, places);
  if (histories.length === 0) {
    const [leaf] = task.leaves;
    throw new UserError(messages.noVerdicts(task.name, leaf?.metric.metric ?? stepOf(place)));
  }
  return statsView(task.name, questionStats(histories, places), screen);
}
