/**
 * Lists of tasks -> TaskUses. A name in a model's or a comparison's list is the pipeline's task of that alias, with
 * its settings, where there is one; else a task with the defaults. Whether a task exists is not known here.
 */
import { type JsonValue, type Position, readSetting, setting } from '@evalgraph/formats';
import type { Context } from './context.ts';
import { chatFields } from './declared/tasks.ts';
import type { GenerationInput, TaskEntryInput, TaskInput } from './input.ts';
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

/** Places stand beside the uses, not in them: two uses in different lines are the same. */
const positions = new WeakMap<TaskUse, (key: keyof TaskEntryInput) => Position>();

/** The place in the file of a key of the task's entry, for messages; null where no file names the task. */
export function taskPosition(use: TaskUse, key: keyof TaskEntryInput): Position | null {
  return positions.get(use)?.(key) ?? null;
}

/** @param limit the pipeline's, for tasks that set none. */
export function taskRegistry(limit: number | null, { problems, lineOf, positionOf }: Context): TaskRegistry {
  const shared = new Map<string, TaskUse>();
  const known = new Map<string, { readonly use: TaskUse; readonly path: Path }>();

  function normalizeTask(input: TaskInput | null, path: Path, shots: ShotCounts): TaskUse | null {
    if (typeof input === 'string') {
      const named = [...shared.values()].filter(({ task }) => task === input).map(({ alias }) => alias);
      if (named.length > 1 && !shared.has(input)) problems.value(path, messages.severalUses(input, named));
      return shared.get(input) ?? taskUse(input, {});
    }
    if (typeof input?.task !== 'string' || input.alias === null) return null;
    const ids = input.samples?.filter((id) => id !== null) ?? null;
    const samples = ids?.toSorted((a, b) => a - b) ?? null;
    return taskUse(input.task, {
      numFewshot: input.num_fewshot ?? null,
      limit: samples === null ? (input.limit ?? limit) : null,
      samples,
      generation: generationUse(input.generation_kwargs),
      alias: input.alias ?? aliasOf(input.task, input.num_fewshot ?? null, shots),
      chat: chatUse(input),
    });
  }

  function reportDocuments(input: TaskInput | null, path: Path): void {
    if (input === null || typeof input === 'string') return;
    const { limit: own, samples } = input;
    if (typeof own === 'number' && !isLimit(own)) problems.value([...path, 'limit'], messages.badLimit(own));
    if (samples == null) return;
    if (own != null) problems.key([...path, 'limit'], messages.samplesAndLimit());
    const repeated = samples.findIndex((id, at) => samples.indexOf(id) < at);
    if (repeated !== -1)
      problems.value([...path, 'samples', repeated], messages.repeatedSample(samples[repeated] ?? 0));
  }

  function reportChatKeys(input: TaskInput | null, path: Path): void {
    if (input === null || typeof input === 'string') return;
    const date = input.chat_date;
    if (typeof date === 'string' && !isDate(date))
      problems.value([...path, 'chat_date'], messages.badDate(date));
    if (input.apply_chat_template ?? false) return;
    for (const key of TEMPLATE_KEYS) {
      if (input[key] !== undefined && input.apply_chat_template !== null)
        problems.key([...path, key], messages.unusedKey.chatTemplate(key));
    }
  }

  function taskUse(task: string, settings: Partial<TaskUse>): TaskUse {
    return {
      task,
      numFewshot: null,
      limit,
      samples: null,
      generation: null,
      alias: task,
      chat: null,
      ...settings,
    };
  }

  function readList(list: readonly (TaskInput | null)[], path: Path): readonly TaskUse[] {
    const uses = new Map<string, TaskUse>();
    const shots = shotCounts(list);
    for (const [index, input] of list.entries()) {
      const at = [...path, index];
      reportChatKeys(input, at);
      reportDocuments(input, at);
      const use = normalizeTask(input, at, shots);
      if (use === null) continue;
      if (uses.has(use.alias)) problems.value(at, messages.duplicateTask(use.alias));
      else register(use, at);
      uses.set(use.alias, use);
    }
    return [...uses.values()];
  }

  function register(use: TaskUse, path: Path): void {
    if (!positions.has(use)) positions.set(use, (key) => positionOf([...path, key]));
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
    JSON.stringify(a.samples) === JSON.stringify(b.samples) &&
    JSON.stringify(a.generation) === JSON.stringify(b.generation) &&
    JSON.stringify(a.chat) === JSON.stringify(b.chat)
  );
}

/** Documents, or a share of them: lm-eval's --limit. */
export function isLimit(limit: number): boolean {
  return limit >= 1 ? Number.isInteger(limit) : limit > 0;
}

/** Numbers of shots that a list asks of each task without a name of its own. */
type ShotCounts = ReadonlyMap<string, ReadonlySet<number | null>>;

function shotCounts(list: readonly (TaskInput | null)[]): ShotCounts {
  const counts = new Map<string, Set<number | null>>();
  for (const input of list) {
    const entry = typeof input === 'string' ? { task: input } : input;
    if (typeof entry?.task !== 'string' || entry.alias !== undefined) continue;
    counts.set(entry.task, (counts.get(entry.task) ?? new Set()).add(entry.num_fewshot ?? null));
  }
  return counts;
}

/** A task at several numbers of shots: `gsm8k-5shot`, `gsm8k-0shot`; one without a number keeps its name. */
function aliasOf(task: string, numFewshot: number | null, shots: ShotCounts): string {
  const several = (shots.get(task)?.size ?? 0) > 1;
  return several && numFewshot !== null ? `${task}-${numFewshot}shot` : task;
}

/** Keeps the order of the file; null where no key is set. */
function generationUse(input: GenerationInput | null | undefined): TaskUse['generation'] {
  const entries = Object.entries((input ?? {}) as Readonly<Record<string, JsonValue | undefined>>).filter(
    (entry): entry is [string, JsonValue] => entry[1] != null,
  );
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

const chat = setting.mapping(chatFields);

/** null where no key asks for anything. */
function chatUse(input: TaskEntryInput): ChatUse | null {
  const { applyChatTemplate, fewshotAsMultiturn, systemInstruction, chatDate } = readSetting(
    chat,
    input,
    'snake_case',
  ).value;
  const applyTemplate = applyChatTemplate === true;
  if (!applyTemplate && systemInstruction === null) return null;
  const multiturn = applyTemplate && fewshotAsMultiturn;
  return {
    applyTemplate,
    multiturn,
    systemInstruction,
    date: applyTemplate ? chatDate : null,
  };
}

/** A day of the calendar: 2025-02-30 is none. */
function isDate(text: string): boolean {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : null;
  return date !== null && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** Keys that say how a chat template is applied, where none is. */
const TEMPLATE_KEYS = ['fewshot_as_multiturn', 'chat_date'] as const;
