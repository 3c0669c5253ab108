/**
 * Lists of tasks -> TaskUses. A name in a model's or a comparison's list is the pipeline's task of that alias, with
 * its settings, where there is one; else a task with the defaults. Whether a task exists is not known here.
 */
import type { Position } from '@evalgraph/formats';
import type { Context } from './context.ts';
import type { TaskEntryInput, TaskInput } from './input.ts';
import { messages } from './messages.ts';
import type { ChatUse, TaskUse } from './pipeline.ts';
import type { Path } from './problems.ts';

export interface TaskRegistry {
  /** Lists under `tasks:` of the pipeline; to be read first. */
  pipelineTasks(list: readonly (TaskInput | null)[], path: Path): readonly TaskUse[];
  /** Lists of models and comparisons. */
  ownTasks(list: readonly (TaskInput | null)[], path: Path): readonly TaskUse[];
  /** Whether a task of the pipeline file has this alias. */
  has(alias: string): boolean;
}

/** Beside the uses, not in them: two that stand in different lines are the same. */
const positions = new WeakMap<TaskUse, () => Position>();

/** Where the file names the task, for messages; null where no file does. */
export function taskPosition(use: TaskUse): Position | null {
  return positions.get(use)?.() ?? null;
}

/** @param limit the pipeline's, for tasks that set none. */
export function taskRegistry(limit: number | null, { problems, lineOf, positionOf }: Context): TaskRegistry {
  const shared = new Map<string, TaskUse>();
  const known = new Map<string, { readonly use: TaskUse; readonly path: Path }>();

  function normalizeTask(input: TaskInput | null): TaskUse | null {
    if (typeof input === 'string') return shared.get(input) ?? taskUse(input, {});
    if (typeof input?.task !== 'string' || input.alias === null) return null;
    return taskUse(input.task, {
      numFewshot: input.num_fewshot ?? null,
      limit: input.limit ?? limit,
      alias: input.alias ?? input.task,
      chat: chatUse(input),
    });
  }

  function reportChatKeys(input: TaskInput | null, path: Path): void {
    if (input === null || typeof input === 'string') return;
    const date = input.chat_date;
    if (typeof date === 'string' && !isDate(date))
      problems.value([...path, 'chat_date'], messages.badDate(date));
    if (input.apply_chat_template ?? false) return;
    for (const key of TEMPLATE_KEYS) {
      if (input[key] !== undefined && input.apply_chat_template !== null)
        problems.key([...path, key], messages.needsChatTemplate(key));
    }
  }

  function taskUse(task: string, settings: Partial<TaskUse>): TaskUse {
    return { task, numFewshot: null, limit, alias: task, chat: null, ...settings };
  }

  function readList(list: readonly (TaskInput | null)[], path: Path): readonly TaskUse[] {
    const uses = new Map<string, TaskUse>();
    for (const [index, input] of list.entries()) {
      reportChatKeys(input, [...path, index]);
      const use = normalizeTask(input);
      if (use === null) continue;
      const at = [...path, index];
      if (uses.has(use.alias)) problems.value(at, messages.repeatedTask(use.alias));
      else register(use, at);
      uses.set(use.alias, use);
    }
    return [...uses.values()];
  }

  function register(use: TaskUse, path: Path): void {
    if (!positions.has(use)) positions.set(use, () => positionOf([...path, 'task']));
    const folder = use.alias.toLowerCase();
    const other = known.get(folder);
    if (other === undefined) known.set(folder, { use, path });
    else if (other.use.alias !== use.alias) {
      problems.value(path, messages.sameFolder('tasks', use.alias, other.use.alias));
    } else if (!sameUse(other.use, use)) {
      problems.value(
        path,
        messages.conflictingTask(use.alias, () => lineOf(other.path)),
      );
    }
  }

  return {
    pipelineTasks(list, path) {
      const uses = readList(list, path);
      for (const use of uses) shared.set(use.alias, use);
      return uses;
    },
    ownTasks: readList,
    has: (alias) => known.has(alias.toLowerCase()),
  };
}

function sameUse(a: TaskUse, b: TaskUse): boolean {
  return (
    a.task === b.task &&
    a.numFewshot === b.numFewshot &&
    a.limit === b.limit &&
    JSON.stringify(a.chat) === JSON.stringify(b.chat)
  );
}

/** null where no key asks for anything. */
function chatUse(input: TaskEntryInput): ChatUse | null {
  const applyTemplate = input.apply_chat_template ?? false;
  const systemInstruction = input.system_instruction ?? null;
  if (!applyTemplate && systemInstruction === null) return null;
  const multiturn = applyTemplate && (input.fewshot_as_multiturn ?? true);
  return {
    applyTemplate,
    multiturn,
    systemInstruction,
    date: applyTemplate ? (input.chat_date ?? null) : null,
  };
}

/** A day of the calendar: 2025-02-30 is none. */
function isDate(text: string): boolean {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : null;
  return date !== null && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** Keys that say how a chat template is applied, where none is. */
const TEMPLATE_KEYS = ['fewshot_as_multiturn', 'chat_date'] as const;
