/** `evalgraph tasks` in the tiny workspace. */
import { UserError } from '@evalgraph/formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { tasksCommand } from './support/commands.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

describe('evalgraph tasks', () => {
  let workspace: Workspace;
  beforeAll(() => {
    workspace = makeWorkspace();
  });
  const run = async (...args: readonly string[]): Promise<readonly string[]> => {
    const lines: string[] = [];
    await tasksCommand(workspace.root, args, (line) => lines.push(line));
    return lines;
  };
  const failed = async (
    ...args: readonly string[]
  ): Promise<{ lines: readonly string[]; codes: readonly string[] }> => {
    const lines: string[] = [];
    try {
      await tasksCommand(workspace.root, args, (line) => lines.push(line));
    } catch (error) {
      if (error instanceof UserError) return { lines, codes: error.problems.map(({ code }) => code) };
      throw error;
    }
    return { lines, codes: [] };
  };

  it("lists a pipeline's own tasks", async () => {
    expect(await run('--pipeline', 't')).toEqual([
      'pipelines/t/tasks:',
      '  name        kind                   data set',
      '  t_a         multiple_choice        datasets/t/questions.jsonl',
      '  t_b         multiple_choice        datasets/t/questions.jsonl',
      '  t_choice    multiple_choice        datasets/t/questions.jsonl',
      '  t_generate  generate_until         datasets/t/questions.jsonl',
      '  t_group     group of 2             datasets/t/questions.jsonl',
      '  t_pages     loglikelihood_rolling  datasets/t/pages.jsonl',
      '',
    ]);
    const short = await run();
    expect(short[0]).toBe('library:');
    expect(short).toContain('pipelines/t/tasks:');
    const names = (lines: readonly string[]): readonly string[] =>
      lines.map((line) => line.split(/ +/)[1] ?? '');
    expect(names(short)).toEqual(expect.arrayContaining(['mmlu', 'arc_easy', 'hellaswag', 't_a']));
    expect(names(short).filter((name) => /^mmlu_/.test(name))).toEqual(['mmlu_continuation']);
    const all = await run('list', '--all');
    expect(names(all)).toEqual(expect.arrayContaining(['mmlu', 'mmlu_anatomy', 'mmlu_stem']));
    expect(all.filter((line) => line.includes('--all'))).toEqual([]);
  });

  it("shows a task in the dialect's own keys, with its files", async () => {
    const lines = await run('show', 't_a', '--pipeline', 't');
    expect(lines.slice(0, 3)).toEqual([
      '# t_a',
      '# from pipelines/t/tasks/t_a.yaml',
      '# from pipelines/t/tasks/t_choice.yaml',
    ]);
    expect(parse(lines.join('\n'))).toMatchObject({
      task: 't_a',
      dataset_path: 'json',
      dataset_kwargs: { data_files: { test: 'datasets/t/questions.jsonl' } },
      num_fewshot: 1,
      doc_to_text: 'Q: {{question}}\nA:',
      fewshot_config: { sampler: 'default' },
      metric_list: [{ metric: 'acc', aggregation: 'mean', higher_is_better: true }],
      filter_list: [{ name: 'none', filter: [{ function: 'take_first' }] }],
    });
    // What is shown can be used: it resolves to what it shows.
    workspace.write('pipelines/t/tasks/t_copy.yaml', lines.join('\n').replaceAll('t_a', 't_copy'));
    const copy = await run('show', 't_copy', '--pipeline', 't');
    expect(parse(copy.join('\n').replaceAll('t_copy', 't_a'))).toEqual(parse(lines.join('\n')));
    expect(parse((await run('show', 't_group', '--pipeline', 't')).join('\n'))).toEqual({
      group: 't_group',
      group_alias: 't_group',
      task: ['t_a', 't_b'],
      aggregate_metric_list: [{ metric: 'acc', weight_by_size: true }],
    });
  });

  it('renders the first prompts, shots included', async () => {
    expect(await run('render', 't_b', '1', '--pipeline', 't')).toEqual([
      '===== t_b: document 0 of 6, 0 shots',
      '----- prompt',
      'Think.\n\nQ: What barks?\nA:',
      '----- end of prompt',
      'continuation: " a dog"',
      'continuation: " a boat"',
      'continuation: " an owl"',
      'choices: ["a dog","a boat","an owl"]',
      'target: 0',
      '',
    ]);
    const shots = await run('render', 't_a', '2', '--pipeline', 't');
    expect(shots[2]).toMatch(/^Q: .*\nA: an? \w+\n\nQ: What barks\?\nA:$/);
    expect(shots.filter((line) => line.startsWith('====='))).toHaveLength(2);
    const generated = await run('render', 't_generate', '1', '--pipeline', 't');
    expect(generated).toContain('generate until: ["\\n"]');
    workspace.write(
      'pipelines/t/tasks/t_escape.yaml',
      'include: t_choice.yaml\ntask: t_escape\ndoc_to_text: "\\e[2J\\a{{question}}"\n',
    );
    expect(await run('render', 't_escape', '1', '--pipeline', 't')).toContain('\\x1b[2J\\x07What barks?');
  });

  it('checks what a pipeline runs, and says what does not fit', async () => {
    const ok = await run('check', 't');
    expect(ok).toHaveLength(6);
    const [first = ''] = ok;
    expect(first).toMatch(/^OK {7}t\/t_choice +all 6 +0 shots {3}columns: question, choices, answer, score$/);
    expect(ok.slice(0, 5).every((line) => line.startsWith('OK '))).toBe(true);
    expect(new Set(ok.slice(0, 5).map((line) => line.indexOf(' columns: '))).size).toBe(1);
    expect(ok[5]).toBe('5 tasks fit.');
    expect(await run('check')).toEqual(ok);
    expect(await run('check', 't_a', '--pipeline', 't')).toEqual([
      'OK       t_a  all 6        1 shot    columns: question, choices, answer, score',
    ]);
    expect(await run('check', 't_a')).toEqual(await run('check', 't_a', '--pipeline', 't'));
    workspace.write(
      'pipelines/t/tasks/t_bad.yaml',
      'include: t_choice.yaml\ntask: t_bad\ndoc_to_target: "{{answr}}"\n',
    );
    workspace.write(
      'pipelines/t/tasks/t_far.yaml',
      'include: t_choice.yaml\ntask: t_far\ndoc_to_target: 7\n',
    );
    const bad = await failed('check', 't_bad', '--pipeline', 't');
    expect(bad).toEqual({ lines: ['PROBLEM  t_bad  doc-failed', ''], codes: ['doc-failed'] });
    expect((await failed('check', 't_far', '--pipeline', 't')).codes).toEqual(['target-out-of-range']);
    expect((await failed('check', 'arc_easy')).codes).toEqual(['dataset-not-locked']);
    const many = (await failed('check', 'mmlu_stem')).codes;
    expect([many.length, many.at(-1)]).toEqual([11, 'more-problems']);
  });

  it('refuses what it does not know', async () => {
    for (const args of [
      ['chek'],
      ['show'],
      ['render', 't_a', 'x'],
      ['show', 'a', 'b'],
      ['--quick'],
      ['list', 'x'],
      ['show', 't_a', '--all'],
    ]) {
      expect((await failed(...args)).codes, args.join(' ')).toEqual(['bad-arguments']);
    }
    expect((await failed('show', 't_x')).codes).toEqual(['unknown-task']);
    expect((await run('show', 't_a'))[0]).toBe('# t_a');
    // A second pipeline with tasks of its own.
    workspace.write('pipelines/u/pipeline.yaml', workspace.read('pipelines/t/pipeline.yaml'));
    workspace.write(
      'pipelines/u/tasks/t_a.yaml',
      workspace.read('pipelines/t/tasks/t_choice.yaml').replaceAll('t_choice', 't_a'),
    );
    expect((await failed('show', 't_a')).codes).toEqual(['ambiguous-task']);
    expect((await run('show', 't_a', '--pipeline', 'u'))[0]).toBe('# t_a');
    expect((await failed('show', 't_chioce')).codes).toEqual(['unknown-task']);
    expect((await failed('--pipeline', 'x')).codes).toEqual(['unknown-pipeline']);
  });
});
