/** The library's files: each one resolves, names are unique, groups are complete, texts are our own. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NEEDS_LM_EVAL_TASKS } from '../../formats/test/judges.ts';
import { leafTasks, libraryFolder, openTaskLibrary } from '../src/index.ts';

const library = openTaskLibrary({ folders: [libraryFolder] });
const files = readdirSync(libraryFolder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.(?:yaml|template)$/.test(file),
);
/** The folder lm_eval/tasks of an installed lm-eval. */
const lmEvalTasks = process.env['LM_EVAL_TASKS'];

const tasksOf = (name: string): readonly string[] =>
  leafTasks(library.resolve(name)).map((task) => task.name);

describe('library', () => {
  it('resolves every name, and every file is used', () => {
    const used = new Set(library.names().flatMap((name) => library.resolve(name).files));
    for (const file of files) expect(used.has(join(libraryFolder, file)), file).toBe(true);
    for (const name of library.names()) expect(tasksOf(name).length, name).toBeGreaterThan(0);
  });

  it('defines each name once: one file, one name', () => {
    const names = files.flatMap(
      (file) => /^(?:task|group): (\S+)$/m.exec(readFileSync(join(libraryFolder, file), 'utf8'))?.[1] ?? [],
    );
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(files.filter((file) => file.endsWith('.yaml')).length);
  });

  it('has the tasks of the mission', () => {
    const single =
      'hellaswag arc_easy arc_challenge piqa winogrande openbookqa boolq truthfulqa_mc1 truthfulqa_mc2 gsm8k gsm8k_cot squadv2 wikitext lambada_openai sciq copa rte race social_iqa commonsense_qa';
    for (const name of single.split(' ')) expect(library.resolve(name).kind, name).toBe('task');
    expect(tasksOf('ai2_arc')).toEqual(['arc_challenge', 'arc_easy']);
  });

  it.each(['', '_continuation'])('mmlu%s has 57 subjects: 19, 13, 12 and 13', (suffix) => {
    const group = library.resolve(`mmlu${suffix}`);
    if (group.kind !== 'group') throw new Error(group.kind);
    expect(group.children.map((child) => leafTasks(child).length)).toEqual([19, 13, 12, 13]);
    const tasks = leafTasks(group);
    expect(tasks).toHaveLength(57);
    for (const { name, config } of tasks) {
      expect(name).toBe(`mmlu_${config.dataset.name}${suffix}`);
      expect(config.dataset.path).toBe('cais/mmlu');
      expect(config.description).toContain(`about ${config.dataset.name?.replaceAll('_', ' ')}.\n\n`);
    }
    expect(group.aggregateMetrics).toEqual([{ metric: 'acc', filters: null, weightBySize: true }]);
  });

  it('open-llm-leaderboard has its six benchmarks with their shots', () => {
    const group = library.resolve('open-llm-leaderboard');
    if (group.kind !== 'group') throw new Error(group.kind);
    expect(group.children.map((child) => child.name)).toEqual([
      'arc_challenge',
      'hellaswag',
      'mmlu',
      'truthfulqa_mc2',
      'winogrande',
      'gsm8k',
    ]);
    const shots = group.children.map((child) => [
      ...new Set(leafTasks(child).map((task) => task.config.numFewshot)),
    ]);
    expect(shots).toEqual([[25], [10], [5], [0], [5], [5]]);
  });

  it("asks for other metrics of a task in a group of the user's own", () => {
    const folder = mkdtempSync(join(tmpdir(), 'group-'));
    const member = '{ task: hellaswag, metric_list: [{ metric: acc_norm }, { metric: acc_per_token }] }';
    writeFileSync(join(folder, 'mine.yaml'), `group: mine\ntask:\n  - ${member}\n`);
    const [task] = leafTasks(openTaskLibrary({ folders: [libraryFolder, folder] }).resolve('mine'));
    expect(task?.name).toBe('hellaswag');
    expect(task?.config.metrics.map((metric) => metric.metric)).toEqual(['acc_norm', 'acc_per_token']);
    expect(task?.config.processDocs?.name).toBe('hellaswag/utils.process_docs');
  });

  it('is data alone where it can be: comments stand at the head of a file', () => {
    for (const file of files) {
      const text = readFileSync(join(libraryFolder, file), 'utf8');
      const body = text.replace(/^(?:#.*\n)*/, '');
      expect(/(?:^|\s)# /m.test(body), file).toBe(false);
    }
  });

  it.skipIf(lmEvalTasks === undefined || !existsSync(lmEvalTasks))(
    `has no line of lm-eval's comments (${NEEDS_LM_EVAL_TASKS})`,
    () => {
      const comments = new Set<string>();
      const walk = (folder: string): void => {
        for (const entry of readdirSync(folder, { withFileTypes: true })) {
          const path = join(folder, entry.name);
          if (entry.isDirectory()) walk(path);
          else if (/yaml$/.test(entry.name)) {
            for (const [line] of readFileSync(path, 'utf8').matchAll(/#.{12,}$/gm)) comments.add(line.trim());
          }
        }
      };
      walk(lmEvalTasks ?? '');
      for (const file of files) {
        const own = readFileSync(join(libraryFolder, file), 'utf8').match(/^#.*$/gm) ?? [];
        for (const line of own) expect(comments.has(line.trim()), `${file}: ${line}`).toBe(false);
      }
    },
  );
});
