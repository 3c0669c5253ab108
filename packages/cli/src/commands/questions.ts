/** `evalgraph questions TASK`: what was asked, what was answered, what was right. */

import { type Problem, suggest, UserError } from '@evalgraph/formats';
import { formatCount } from '@evalgraph/report/data';
import { paint, type Screen, safeLine, screenOf, wrap } from '@evalgraph/report/terminal';
import { checkPipelineName, pipelineNames, planPipeline } from '@evalgraph/runner';
import { requireAsLocked } from '@evalgraph/runner/locking';
import type { Variant } from '@evalgraph/spec';
import { type Arguments, readArguments } from '../arguments.ts';
import type { Print } from '../command.ts';
import { messages as cliMessages } from '../messages.ts';
import { chooseQuestions, FILTERS, type Filter } from '../terminal/choose-questions.ts';
import { messages } from '../terminal/messages.ts';
import { findTask, placeOf, type QuestionTask, seriesOf, taskNames } from '../terminal/question-set.ts';
import { questionStats, readHistories } from '../terminal/question-stats.ts';
import { questionView } from '../terminal/question-view.ts';
import { statsView, stepOf } from '../terminal/stats-view.ts';

const USAGE =
  'questions TASK [n | --doc id] [--pipeline p] [--checkpoint c] [--against d] [--wrong|--right|--flipped|--learned|--forgotten] [--stats] [--full] [--quick]';
const SHOWN = 5;

export async function questionsCommand(root: string, args: readonly string[], print: Print): Promise<void> {
  const given = readArguments(
    args,
    USAGE,
    [...FILTERS, 'stats', 'full', 'quick'],
    ['doc', 'pipeline', 'checkpoint', 'against'],
  );
  const [name, number, ...rest] = given.names;
  if (name === undefined || rest.length > 0) {
    throw new UserError(
      cliMessages.badArguments('questions', 'name one task or group', `npx evalgraph ${USAGE}`),
    );
  }
  const screen = screenOf(process.stdout);
  const wanted = readWanted(number, given);
  const { task, notes } = await openTask(root, name, given);
  for (const note of notes) {
    for (const line of wrap(note, screen.width)) print(paint(screen, 'yellow', line));
  }
  if (given.flags.has('stats')) {
    for (const line of await stats(root, task, given, screen)) print(line);
    return;
  }
  const chosen = await chooseQuestions(root, task, wanted);
  const at = `at ${safeLine(chosen.at.checkpoint.id)}${chosen.against === null ? '' : `, against ${safeLine(chosen.against.checkpoint.id)}`}`;
  const what = wanted.filter === null ? 'questions' : `questions ${wanted.filter}`;
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

interface Wanted {
  readonly count: number;
  readonly doc: number | null;
  readonly filter: Filter | null;
  readonly checkpoint: string | null;
  readonly against: string | null;
  readonly isWhole: boolean;
}

function readWanted(number: string | undefined, { flags, values }: Arguments): Wanted {
  const filters = FILTERS.filter((filter) => flags.has(filter));
  if (filters.length > 1) {
    throw new UserError(messages.conflictingFilters(filters.map((filter) => `--${filter}`)));
  }
  const filter = filters[0] ?? null;
  if (filter === 'flipped' && !values.has('against')) throw new UserError(messages.flippedNeedsTwo());
  const count = number === undefined ? SHOWN : wholeNumber(number, 1, () => messages.badCount(number));
  const doc = values.get('doc');
  return {
    count,
    doc:
      doc === undefined
        ? null
        : wholeNumber(doc, 0, () => cliMessages.badFlagNumber('--doc', doc, 'a whole number')),
    filter,
    checkpoint: values.get('checkpoint') ?? null,
    against: values.get('against') ?? null,
    isWhole: flags.has('full'),
  };
}

function wholeNumber(
  text: string,
  least: number,
  problem: () => ReturnType<typeof messages.badCount>,
): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least)) throw new UserError(problem());
  return value;
}

interface OpenedTask {
  readonly task: QuestionTask;
  /** What to say before its questions. */
  readonly notes: readonly string[];
}

/** @throws UserError where no pipeline, or several, evaluate it, or nothing has samples. */
async function openTask(root: string, name: string, { flags, values }: Arguments): Promise<OpenedTask> {
  const named = values.get('pipeline');
  const pipelines = named === undefined ? pipelineNames(root) : [checkPipelineName(root, named)];
  if (pipelines.length === 0) throw new UserError(messages.noPipeline());
  const variants: readonly Variant[] = flags.has('quick') ? ['quick'] : ['full', 'quick'];
  const found: QuestionTask[] = [];
  const known: string[] = [];
  const broken: { readonly pipeline: string; readonly problems: readonly Problem[] }[] = [];
  let waiting: string | null = null;
  for (const pipeline of pipelines) {
    try {
      const looked = await lookFor(root, pipeline, name, variants, named !== undefined);
      if (looked.task !== null) found.push(looked.task);
      known.push(...looked.known);
      if (looked.isPlanned) waiting = pipeline;
    } catch (error) {
      // One pipeline's mistakes do not hide what another has.
      if (!(error instanceof UserError) || named !== undefined) throw error;
      broken.push({ pipeline, problems: error.problems });
    }
  }
  const [task, second] = found;
  if (task === undefined) {
    const problems = broken.flatMap((one) => one.problems);
    if (waiting !== null)
      throw new UserError([messages.noFreshResults(name, `${waiting}:report`), ...problems]);
    if (known.length === 0) {
      const sound = pipelines.filter((pipeline) => !broken.some((one) => one.pipeline === pipeline));
      const [first] = sound;
      if (first === undefined) throw new UserError(problems);
      throw new UserError([messages.nothingYet(sound, `${first}:report`), ...problems]);
    }
    throw new UserError([messages.noSuchQuestionTask(name, known, suggest(name, known)), ...problems]);
  }
  if (second !== undefined) {
    throw new UserError(
      cliMessages.taskOfSeveral(
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
  const isOther = task.plan.variant === 'quick' && !flags.has('quick');
  return {
    task,
    notes: [
      ...broken.map((one) => messages.pipelineLeftOut(one.pipeline)),
      ...(isOther ? [messages.showsQuickTask(name, `npx nx run ${pipeline}:eval`)] : []),
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
  { values }: Arguments,
  screen: Screen,
): Promise<readonly string[]> {
  const wanted = values.get('checkpoint');
  const place = wanted === undefined ? task.places[0] : placeOf(task, wanted);
  if (place === undefined) throw new Error(`${task.name} has no samples`);
  const places = wanted === undefined ? seriesOf(task, place) : [place];
  const histories = await readHistories(root, task, places);
  if (histories.length === 0) {
    const [leaf] = task.leaves;
    throw new UserError(messages.noVerdicts(task.name, leaf?.metric.metric ?? stepOf(place)));
  }
  return statsView(task.name, questionStats(histories, places), screen);
}
