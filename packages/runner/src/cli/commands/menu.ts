/** `evalgraph menu`: what people do most, each shown as the command that it is. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { reportFolder } from '../../layout.ts';
import { isTaskCell } from '../../plan/plan.ts';
import { messages } from '../../terminal/messages.ts';
import { pick } from '../../terminal/picker.ts';
import { paint, screenOf } from '../../terminal/screen.ts';
import { safeLine } from '../../terminal/text.ts';
import { checkPipelineName, pipelineNames, planPipeline } from '../../workspace.ts';
import { readArguments } from '../arguments.ts';
import type { Print } from '../command.ts';
import { leftTable } from '../table.ts';

const USAGE = 'menu [pipeline]';

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

export async function menuCommand(root: string, args: readonly string[], print: Print): Promise<void> {
  const { names } = readArguments(args, USAGE, []);
  const known = pipelineNames(root);
  if (known.length === 0) throw new UserError(messages.noPipeline());
  const named = names.map((name) => checkPipelineName(root, name));
  if (!screenOf(process.stdout).isLive || !process.stdin.isTTY) {
    for (const line of listOfCommands(root, named.length > 0 ? named : known)) print(line);
    return;
  }
  // Ctrl-C stops the command that runs, not the menu.
  const stay = (): void => {};
  process.on('SIGINT', stay);
  try {
    await interact(root, named.length > 0 ? named : known, print);
  } finally {
    process.off('SIGINT', stay);
  }
}

/** Where nobody can press a key: the commands, to copy. */
export function listOfCommands(root: string, pipelines: readonly string[]): readonly string[] {
  return pipelines.flatMap((pipeline) =>
    leftTable(
      menuItems(pipeline).map(({ label, what, command }) => {
        const own = command ?? questionsCommandOf(pipeline, tasksOf(root, pipeline)[0] ?? 'TASK');
        return [label, shellText(own), `# ${what}`];
      }),
    ),
  );
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
    const command = one.command ?? (await askForTask(root, name));
    if (command === null) continue;
    print('');
    print(paint(screen, 'cyan', `$ ${shellText(command)}`));
    const code = await run(root, command);
    if (code !== 0) print(paint(screen, 'red', `(exit code ${code})`));
    const page = join(root, reportFolder(name, 'full'), 'index.html');
    if (one.label === 'charts' && code === 0 && existsSync(page)) print(`Open in a browser: ${page}`);
    print('');
  }
}

async function askForTask(root: string, pipeline: string): Promise<readonly string[] | null> {
  const task = await pickOne('Questions of which task?', tasksOf(root, pipeline));
  return task === null ? null : questionsCommandOf(pipeline, task);
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

/** Names of the pipeline's tasks and groups, as its file lists them. */
function tasksOf(root: string, pipeline: string): readonly string[] {
  const { cells } = planPipeline(root, pipeline, 'full');
  return [...new Set(cells.filter(isTaskCell).map(({ name }) => name))];
}

/** As a person would type it; names of pipelines and tasks need no quotes, but none is trusted. */
export function shellText(command: readonly string[]): string {
  return command.map((word) => (/^[\w@:./=-]+$/.test(word) ? word : `'${safeLine(word)}'`)).join(' ');
}

function run(root: string, [program = '', ...args]: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 130)));
  });
}
