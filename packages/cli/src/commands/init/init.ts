/** `evalgraph init`: a pipeline of one's own from three answers or from flags, or a copy of a ready one. */

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Problem, packageFolder, suggest, UserError, writeFileAtomic } from '@evalgraph/formats';
import { runnerMessages } from '@evalgraph/runner';
import { parsePipeline, pipelineFile, pipelineFolder, taskFolder } from '@evalgraph/spec';
import { writing, writingSync } from '@evalgraph/system';
import { openTaskLibrary } from '@evalgraph/tasks';
import type { Cli, Print } from '../../command.ts';
import { messages, phrases } from '../../messages.ts';
import { libraryOf } from '../../task-libraries.ts';
import { borrowTasks, ownTaskNames } from './borrowed-tasks.ts';
import { type Draft, draftText, parseSeries, pipelineName } from './draft.ts';
import { sourceNote } from './source-note.ts';

const templates = join(packageFolder(import.meta.url), 'templates');

export type Ask = (question: string) => Promise<string>;

export interface InitArguments {
  /** A ready pipeline; null: one of the user's own. */
  readonly from: string | null;
  readonly model: string | null;
  readonly checkpoints: string | null;
  readonly tasks: readonly string[];
  readonly name: string | null;
}

/**
 * @param refuse throws what is said of arguments that do not go together
 * @throws UserError where something is missing or wrong; then nothing was written.
 */
export async function initPipeline(
  { root, print }: Cli,
  { from, model, checkpoints, tasks, name }: InitArguments,
  refuse: (detail: string) => never,
): Promise<void> {
  const bad = (detail: string): never => refuse(`${detail}\n${readyText()}`);
  if (from !== null) return copyReady(root, from, name ?? from, print);
  if (model !== null) {
    if (tasks.length === 0) bad('--tasks is missing');
    const draft = { name: name ?? pipelineName(model), source: model, tasks: [...new Set(tasks)] };
    return writeDraft(root, { ...draft, checkpoints: seriesOf(checkpoints) }, print);
  }
  if (checkpoints !== null || tasks.length > 0 || name !== null) bad('--model is missing');
  if (!process.stdin.isTTY) bad('there is no terminal to ask questions in');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    await writeDraft(root, await askDraft((question) => terminal.question(question), print), print);
  } finally {
    terminal.close();
  }
}

function seriesOf(pattern: string | null): Draft['checkpoints'] {
  return pattern === null ? null : parseSeries(pattern);
}

function readyText(): string {
  return `Ready pipelines: ${readyPipelines().join(', ')}`;
}

/** Names of the pipelines that ship with the workspace, sorted. */
export function readyPipelines(): readonly string[] {
  return readdirSync(templates)
    .filter((name) => existsSync(join(templates, name, 'pipeline.yaml')))
    .sort();
}

/** @throws UserError where there is no such pipeline, or its place is taken. */
function copyReady(root: string, from: string, name: string, print: Print): void {
  const known = readyPipelines();
  if (!known.includes(from))
    throw new UserError(messages.unknownReadyPipeline(from, known, suggest(from, known)));
  const text = named(readFileSync(join(templates, from, 'pipeline.yaml'), 'utf8'), from, name);
  checkPlace(root, name);
  parsePipeline(text, draftIdentity(root, name));
  const folder = join(root, pipelineFolder(name));
  try {
    writingSync(folder, () => {
      mkdirSync(folder, { recursive: true });
      cpSync(join(templates, from), folder, { recursive: true });
      if (name !== from) rename(folder, from, name);
    });
    // Where it stands, so that its tasks find what they include.
    checkDraft(root, name, text, join(folder, 'tasks'));
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  printNext(name, print);
}

/** A pipeline with files of its own names itself in their paths. */
function rename(folder: string, from: string, name: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((one) => /\.(yaml|json|ts)$/.test(one))) {
    const path = join(folder, file);
    writeFileSync(path, named(readFileSync(path, 'utf8'), from, name));
  }
}

function named(text: string, from: string, name: string): string {
  return text.replaceAll(new RegExp(`(pipelines/|made/|\\b)${from}(?=[/:"']|-text)`, 'g'), `$1${name}`);
}

/** Three questions. @param ask gives the line that was typed. */
export async function askDraft(ask: Ask, print: Print): Promise<Draft> {
  print('A pipeline of your own. (For a ready one: npx evalgraph init --from NAME.)');
  print(readyText());
  print('');
  const model = (
    await ask('1. Model: hf:owner/name or ./folder, then, for a series, a pattern such as iter_{step:07}: ')
  ).trim();
  const [source = '', series] = model.split(/\s+/);
  const tasks = tasksIn(await ask('2. Tasks, such as mmlu, hellaswag (npx evalgraph tasks lists them): '));
  const suggested = pipelineName(source);
  const name = (await ask(`3. Name of the pipeline [${suggested}]: `)).trim();
  return {
    name: name === '' ? suggested : name,
    source,
    checkpoints: seriesOf(series ?? null),
    tasks,
  };
}

function tasksIn(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,]+/).filter((part) => part !== ''))];
}

async function writeDraft(root: string, draft: Draft, print: Print): Promise<void> {
  const text = draftText(draft);
  checkPlace(root, draft.name);
  const shared = new Set(libraryOf(root, null).names());
  const borrowed = borrowTasks(
    root,
    draft.tasks.filter((task) => !shared.has(task)),
  );
  checkDraft(root, draft.name, text, null, [...borrowed.from.values()].flat());
  const path = join(root, pipelineFile(draft.name));
  try {
    for (const [place, from] of borrowed.files) {
      const to = join(root, taskFolder(draft.name), place);
      await writing(to, () => writeFileAtomic(to, readFileSync(from)));
    }
    await writing(path, () => writeFileAtomic(path, text));
  } catch (error) {
    rmSync(join(root, pipelineFolder(draft.name)), { recursive: true, force: true });
    throw error;
  }
  for (const [pipeline, tasks] of borrowed.from) print(phrases.tasksCopied(pipeline, tasks, draft.name));
  const note = sourceNote(root, draft);
  if (note !== null) print(note);
  printNext(draft.name, print);
}

/** One step is enough to read the file of a series that names none. */
function draftIdentity(root: string, name: string): Parameters<typeof parsePipeline>[1] {
  return { name, file: pipelineFile(name), root, stepsOf: () => [1] };
}

function checkPlace(root: string, name: string): void {
  if (existsSync(join(root, pipelineFolder(name)))) throw new UserError(messages.pipelineExists(name));
}

/** @throws UserError with everything that is wrong with it. */
function checkDraft(
  root: string,
  name: string,
  text: string,
  ownTasks: string | null = null,
  borrowed: readonly string[] = [],
): void {
  const { tasks } = parsePipeline(text, draftIdentity(root, name));
  const isOwn = ownTasks !== null && existsSync(ownTasks);
  const own = isOwn ? openTaskLibrary({ folders: [ownTasks] }).names() : [];
  const known = [...own, ...borrowed, ...libraryOf(root, null).names()];
  const problems: Problem[] = tasks
    .filter(({ task }) => !known.includes(task))
    .map(({ task }) => runnerMessages.unknownTask(task, suggest(task, [...known, ...ownTaskNames(root)])));
  if (problems.length > 0) throw new UserError(problems);
}

function printNext(name: string, print: Print): void {
  print(`wrote ${pipelineFile(name)}`);
  print(`next: npx evalgraph lock ${name}`);
  print(`then: npx nx run ${name}:report:quick`);
}
