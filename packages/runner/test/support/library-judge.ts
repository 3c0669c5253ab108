/**
 * The library's tasks and lm-eval's own definitions of them over the same rows, cut to a few documents: first rows of
 * the real benchmarks where they are, else rows of our own.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  leafTasks,
  libraryFolder,
  openTaskLibrary,
  type ResolvedGroup,
  type ResolvedTask,
} from '@evalgraph/tasks';
import { repository } from './workspace.ts';

/** library-cases.json: where each task's rows lie, and lm-eval's file for it (null: its class). */
interface Case {
  readonly lmEval: string | null;
  readonly data: Readonly<Record<string, string>>;
}

interface Cases {
  readonly tasks: Readonly<Record<string, Case>>;
  readonly mmlu: { readonly real: readonly string[] };
  /** Rows of our own for those of real benchmarks. */
  readonly made: Readonly<Record<string, string>>;
}

const tests = join(repository, 'packages/tasks/test');
const real = join(repository, '../shared/benchmarks');
export const hasRealRows: boolean = existsSync(real);

/** Documents of a task: short ones are cheap, those with shots and pages are not. */
const DOCUMENTS = 6;
const FEWER: Readonly<Record<string, number>> = { gsm8k: 3, gsm8k_cot: 2, wikitext: 1 };
const DOCUMENTS_OF_A_SUBJECT = 3;
/** Of a subject of MMLU that has only rows of our own: it proves the subject's YAML, the rows are the same for all. */
const MADE_DOCUMENTS_OF_A_SUBJECT = 2;
/** Where it is not the task's own number, or 0. */
const SHOTS: Readonly<Record<string, number>> = {
  arc_easy: 3,
  arc_challenge: 2,
  piqa: 2,
  winogrande: 3,
  openbookqa: 2,
  sciq: 1,
  copa: 2,
  rte: 1,
  commonsense_qa: 2,
  lambada_openai: 1,
};

export interface JudgeTask {
  /** In the library. */
  readonly name: string;
  /** lm-eval has a task of the library's name already. */
  readonly judgeName: string;
  readonly ours: ResolvedTask;
}

export interface LibraryJudge {
  readonly tasks: readonly JudgeTask[];
  /** All subjects of mmlu and of mmlu_continuation, weighted as lm-eval's groups are. */
  readonly groups: readonly ResolvedGroup[];
  /** Names for lm-eval, groups included. */
  readonly asked: readonly string[];
  readonly tasksFolder: string;
}

/** Writes the cut rows and both sides' YAML below `folder`. */
export function writeLibraryJudge(folder: string, packaged: string): LibraryJudge {
  const cases = JSON.parse(readFileSync(join(tests, 'real/library-cases.json'), 'utf8')) as Cases;
  const tasksFolder = join(folder, 'theirs');
  const ownFolder = join(folder, 'ours');
  for (const each of [tasksFolder, ownFolder, join(folder, 'rows')]) mkdirSync(each, { recursive: true });
  const write = (name: string, found: Case): Readonly<Record<string, unknown>> => {
    const overrides = {
      dataset_path: 'json',
      dataset_name: null,
      dataset_kwargs: { data_files: cutFiles(folder, name, found, cases) },
      ...(Object.hasOwn(SHOTS, name) ? { num_fewshot: SHOTS[name] } : {}),
    };
    const head =
      found.lmEval === null
        ? 'class: !function squadv2.SQuAD2'
        : `include: ${JSON.stringify(join(packaged, found.lmEval))}`;
    const rest = Object.entries({ task: judgeName(name), ...overrides }).map(jsonLine);
    writeFileSync(join(tasksFolder, `${name}.yaml`), `${[head, ...rest].join('\n')}\n`);
    return overrides;
  };
  const library = openTaskLibrary({ folders: [libraryFolder, ownFolder] });
  const names = Object.keys(cases.tasks);
  const subjects = leafTasks(openTaskLibrary({ folders: [libraryFolder] }).resolve('mmlu')).map(({ name }) =>
    name.slice('mmlu_'.length),
  );
  const members = new Map<string, Readonly<Record<string, unknown>>>();
  const groups = ['', '_continuation'].map((suffix) => {
    const own = subjects.map((subject) => {
      const name = `mmlu_${subject}${suffix}`;
      const data = Object.fromEntries(
        ['test', 'dev'].map((split) => [
          split,
          cases.mmlu.real.includes(subject) && hasRealRows
            ? `real/mmlu/${subject}/${split}.jsonl`
            : `own/mmlu_${split}.jsonl`,
        ]),
      );
      const kind = suffix === '' ? 'default' : 'continuation';
      const overrides = write(name, { lmEval: `mmlu/${kind}/mmlu_${subject}.yaml`, data });
      members.set(name, overrides);
      return { task: name, ...overrides };
    });
    const group = `judge_mmlu${suffix}`;
    const aggregate = jsonLine(['aggregate_metric_list', [{ metric: 'acc', weight_by_size: true }]]);
    const lines = (list: unknown): string => `group: ${group}\n${jsonLine(['task', list])}\n${aggregate}\n`;
    writeFileSync(join(ownFolder, `${group}.yaml`), lines(own));
    writeFileSync(join(tasksFolder, `${group}.yaml`), lines(own.map(({ task }) => judgeName(task))));
    return group;
  });
  const single = names.map((name) => ({ name, overrides: write(name, cases.tasks[name] as Case) }));
  const all = [...single, ...[...members].map(([name, overrides]) => ({ name, overrides }))];
  const tasks = all.map(({ name, overrides }) => ({
    name,
    judgeName: judgeName(name),
    ours: taskOf(name, overrides),
  }));

  function taskOf(name: string, overrides: Readonly<Record<string, unknown>>): ResolvedTask {
    const node = library.resolve(name, overrides);
    if (node.kind !== 'task') throw new Error(`${name} is a ${node.kind}`);
    return node;
  }
  return {
    tasks,
    groups: groups.map((name) => {
      const node = library.resolve(name);
      if (node.kind !== 'group') throw new Error(`${name} is a ${node.kind}`);
      return node;
    }),
    asked: [...names.map(judgeName), ...groups],
    tasksFolder,
  };
}

export const judgeName = (name: string): string => `judge_${name}`;

const jsonLine = ([key, value]: readonly [string, unknown]): string => `${key}: ${JSON.stringify(value)}`;

/** Split -> files: the evaluated split is cut, the shots' is whole. */
function cutFiles(folder: string, name: string, found: Case, cases: Cases): Record<string, string> {
  const evaluated = 'test' in found.data ? 'test' : 'validation';
  const count = documentsOf(name, found);
  const entries = Object.entries(found.data).map(([split, path]): [string, string] => {
    const source = sourceOf(path, cases);
    if (split !== evaluated) return [split, source];
    const lines = readFileSync(source, 'utf8').trimEnd().split('\n').slice(0, count);
    const cut = join(folder, 'rows', `${name}_${basename(source)}`);
    writeFileSync(cut, `${lines.join('\n')}\n`);
    return [split, cut];
  });
  return Object.fromEntries(entries);
}

function documentsOf(name: string, { data }: Case): number {
  if (!name.startsWith('mmlu_')) return FEWER[name] ?? DOCUMENTS;
  return data['test']?.startsWith('real/') ? DOCUMENTS_OF_A_SUBJECT : MADE_DOCUMENTS_OF_A_SUBJECT;
}

function sourceOf(path: string, { made }: Cases): string {
  if (path.startsWith('real/') && hasRealRows) return join(real, path.slice('real/'.length));
  const own = path.startsWith('real/') ? made[path] : path;
  if (own === undefined) throw new Error(`no rows of our own for ${path}`);
  return own.startsWith('own/') ? join(tests, 'library-data', own.slice('own/'.length)) : join(tests, own);
}
