/** `evalgraph menu`: what people do most, each shown as the command that it is. */

import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { paint, safeLine, screenOf, shellWord } from '@evalgraph/report/terminal';
import { planPipeline } from '@evalgraph/runner';
import { isTaskCell } from '@evalgraph/runner/plan';
import { reportFolder } from '@evalgraph/spec';
import type { Cli, Print } from '../../command.ts';
import { namedPipelines } from '../../each-pipeline.ts';
import { leftTable } from '../../table.ts';
import { messages, phrases } from '../../terminal/messages.ts';
import { pick } from '../../terminal/picker.ts';

export interface MenuItem {
  readonly label: string;
  readonly what: string;
  /** Program and arguments; null where a task is asked for first. */
  readonly command: readonly string[] | null;
}

/** @param pipeline its name */
export function menuItems(pipeline: string): readonly MenuItem[] {
  const evalgraph = (...args: readonly string[]): readonly string[] => ['npx', 'evalgraph', ...args];
  return [
    item('quick test', 'a few checkpoints, few documents: minutes', [
      'npx',
      'nx',
      'run',
      `${pipeline}:report:quick`,
    ]),
    item('full run', 'everything that is missing, then the report', [
      'npx',
      'nx',
      'run',
      `${pipeline}:report`,
    ]),
    item('watch', 'a run in another terminal', evalgraph('watch', pipeline)),
    item('results', 'scores, trends, comparisons', evalgraph('show', pipeline)),
    item(
      'charts',
      'the report of what is there: page, charts, Markdown',
      evalgraph('report', pipeline, '--partial'),
    ),
    item('questions', 'what was asked, answered, and right', null),
    item('guide', 'every command', evalgraph('help')),
  ];
}

function item(label: string, what: string, command: MenuItem['command']): MenuItem {
  return { label, what, command };
}

/** @param names the pipelines to choose from; empty: all of them. */
export async function showMenu({ root, print }: Cli, names: readonly string[]): Promise<void> {
  const pipelines = namedPipelines(root, names);
  if (pipelines.length === 0) throw new UserError(messages.unknownPipeline());
  if (!screenOf(process.stdout).isLive || !process.stdin.isTTY) {
    for (const line of listOfCommands(root, pipelines)) print(line);
    return;
  }
  // Ctrl-C stops the command that runs, not the menu.
  const stay = (): void => {};
  process.on('SIGINT', stay);
  try {
    await interact(root, pipelines, print);
  } finally {
    process.off('SIGINT', stay);
  }
}

/** Where nobody can press a key: the commands, to copy. */
export function listOfCommands(root: string, pipelines: readonly string[]): readonly string[] {
  return pipelines.flatMap((pipeline) => {
    const { tasks, problem } = tasksOf(root, pipeline);
    const lines = leftTable(
      menuItems(pipeline).map(({ label, what, command }) => {
        const own = command ?? questionsCommandOf(pipeline, tasks[0] ?? 'TASK');
        return [label, shellText(own), `# ${what}`];
      }),
    );
    return problem === null ? lines : [...lines, `# ${phrases.pipelineHasErrors(pipeline)}`];
  });
}

async function interact(root: string, pipelines: readonly string[], print: Print): Promise<void> {
  const screen = screenOf(process.stdout);
  const [only] = pipelines;
  let pipeline = pipelines.length === 1 ? (only ?? null) : null;
  let at = 0;
  for (;;) {
    pipeline ??= await pickOne('Which pipeline?', pipelines);
    if (pipeline === null) return;
    const items = menuItems(pipeline);
    const name = pipeline;
    const chosen = await pick(
      `evalgraph: ${safeLine(name)}`,
      items.map(({ label, what, command }) => ({
        label,
        note: command === null ? what : `${shellText(command)}  ${what}`,
      })),
      at,
    );
    const one = chosen === null ? undefined : items[chosen];
    if (chosen === null || one === undefined) return;
    at = chosen;
    const command = one.command ?? (await askForTask(root, name, print));
    if (command === null) continue;
    print('');
    print(paint(screen, 'cyan', `$ ${shellText(command)}`));
    const code = await run(root, command);
    if (code !== 0) print(paint(screen, 'red', `(exit code ${code})`));
    if (one.label === 'charts' && code === 0) {
      const page = newestPage(root, name);
      if (page !== null) print(`Open in a browser: ${page}`);
    }
    print('');
  }
}

async function askForTask(root: string, pipeline: string, print: Print): Promise<readonly string[] | null> {
  const { tasks, problem } = tasksOf(root, pipeline);
  if (problem !== null) {
    print(paint(screenOf(process.stdout), 'red', problem));
    return null;
  }
  const task = await pickOne('Questions of which task?', tasks);
  return task === null ? null : questionsCommandOf(pipeline, task);
}

/** The page that was just written: of the full run, or of the quick one where that is all there is. */
function newestPage(root: string, pipeline: string): string | null {
  const pages = (['full', 'quick'] as const)
    .map((variant) => join(root, reportFolder(pipeline, variant), 'index.html'))
    .filter((page) => existsSync(page));
  return pages.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0] ?? null;
}

async function pickOne(title: string, names: readonly string[]): Promise<string | null> {
  const chosen = await pick(
    title,
    names.map((name) => ({ label: safeLine(name), note: '' })),
  );
  return chosen === null ? null : (names[chosen] ?? null);
}

function questionsCommandOf(pipeline: string, task: string): readonly string[] {
  return ['npx', 'evalgraph', 'questions', task, '5', '--pipeline', pipeline];
}

/** Names of the pipeline's tasks and groups, as its file lists them; or why it cannot be read. */
function tasksOf(
  root: string,
  pipeline: string,
): { readonly tasks: readonly string[]; readonly problem: string | null } {
  try {
    const { cells } = planPipeline(root, pipeline, 'full');
    return { tasks: [...new Set(cells.filter(isTaskCell).map(({ name }) => name))], problem: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { tasks: [], problem: error.message };
  }
}

/** As a person would type it; names of pipelines and tasks need no quotes, but none is trusted. */
export function shellText(command: readonly string[]): string {
  return command.map(shellWord).join(' ');
}

function run(root: string, [program = '', ...args]: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 130)));
  });
}
