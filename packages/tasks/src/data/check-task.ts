/**
 * A task against its data, before anything is computed: whether the data is there, its templates render on real
 * rows, and what they render can be scored. Finds everything that is wrong in the first rows, each kind once.
 */
import { type Problem, suggest, UserError } from '@evalgraph/formats';
import { isIntLike, isList } from '@evalgraph/templates';
import { columnRemedy, messages, missingFileRemedy } from '../messages.ts';
import { type PreparedDoc, type PreparedTask, type PrepareOptions, prepareTask } from '../prepare.ts';
import type { ResolvedTask } from '../task.ts';
import { openSplits } from './rows.ts';

export interface TaskCheck {
  /** Documents that were rendered. */
  readonly docs: number;
  readonly originalCount: number;
  readonly numFewshot: number;
  readonly columns: readonly string[];
  /** Empty: the task can be evaluated. */
  readonly problems: readonly Problem[];
}

/** Never throws for the task's or the data's mistakes: they are its problems. */
export async function checkTask(task: ResolvedTask, options: PrepareOptions): Promise<TaskCheck> {
  const nothing = { docs: 0, originalCount: 0, numFewshot: 0, columns: [] };
  let columns: readonly string[] = [];
  try {
    columns = await columnsOf(task, options);
    const prepared = await prepareTask(task, options);
    return {
      docs: prepared.docs.length,
      originalCount: prepared.originalCount,
      numFewshot: prepared.numFewshot,
      columns,
      problems: [...misspelt(task, columns), ...checkDocs(prepared)],
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const problems = error.problems.map((problem) => withHint(problem, task, columns));
    return { ...nothing, columns, problems };
  }
}

async function columnsOf(task: ResolvedTask, { root, catalog }: PrepareOptions): Promise<readonly string[]> {
  const { testSplit, validationSplit } = task.config;
  const split = testSplit ?? validationSplit;
  const [first] = split === null ? [] : await openSplits(task, root, catalog).rows(split, 1);
  return first === undefined ? [] : [...first.keys()];
}

/** Says more where the data explains a failure: a column that is not there, a file that is elsewhere. */
function withHint(problem: Problem, task: ResolvedTask, columns: readonly string[]): Problem {
  if (problem.code === 'unreadable-file' && problem.message.includes('ENOENT'))
    return { ...problem, remedy: missingFileRemedy };
  if (problem.code !== 'doc-failed' || columns.length === 0) return problem;
  const undefinedName = /'([^']*)' is undefined/.exec(problem.message)?.[1];
  const malformed = problem.message.includes('malformed node or string');
  const name = undefinedName ?? (malformed ? noColumns(task, columns)[0]?.name : undefined);
  return name === undefined ? problem : { ...problem, remedy: columnRemedy(name, columns) };
}

/** Fields of one word that is no column: lm-eval takes the word itself for the prompt. */
function noColumns(
  { config }: ResolvedTask,
  columns: readonly string[],
): readonly { readonly field: string; readonly name: string }[] {
  const fields = {
    doc_to_choice: config.docToChoice,
    doc_to_text: config.docToText,
    doc_to_target: config.docToTarget,
  };
  return Object.entries(fields).flatMap(([field, spec]) =>
    spec?.kind === 'template' && /^[A-Za-z_]\w*$/.test(spec.template) && !columns.includes(spec.template)
      ? [{ field, name: spec.template }]
      : [],
  );
}

/** A word that is nearly a column's name was meant to be one. */
function misspelt(task: ResolvedTask, columns: readonly string[]): readonly Problem[] {
  return noColumns(task, columns)
    .filter(({ name }) => suggest(name, columns) !== null)
    .map(({ field, name }) => messages.unknownColumn(task.name, field, name, columns));
}

function checkDocs({ name, config, docs }: PreparedTask): readonly Problem[] {
  const found = new Map<string, Problem>();
  for (const doc of docs) {
    for (const problem of config.outputType === 'multiple_choice' ? checkChoices(name, doc) : []) {
      if (!found.has(problem.code)) found.set(problem.code, problem);
    }
  }
  return [...found.values()];
}

function checkChoices(task: string, { docId, choices, gold }: PreparedDoc): readonly Problem[] {
  if (choices === null || choices.length === 0) return [messages.noChoices(task, docId)];
  const problems: Problem[] = [];
  if (choices.includes('')) problems.push(messages.emptyChoice(task, docId));
  const twice = choices.find((choice, index) => choices.indexOf(choice) !== index);
  if (twice !== undefined && twice !== '') problems.push(messages.repeatedChoice(task, docId, twice));
  const golds = isList(gold) ? gold : [gold];
  for (const target of golds) {
    if (isIntLike(target)) {
      const index = Number(target);
      if (index < 0 || index >= choices.length) {
        problems.push(messages.targetOutOfRange(task, docId, String(index), choices.length));
      }
    } else if (typeof target === 'string' && !choices.includes(target)) {
      problems.push(messages.targetOutOfRange(task, docId, JSON.stringify(target), choices.length));
    }
  }
  return problems;
}
