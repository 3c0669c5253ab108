/** Names, includes, groups and what is said about mistakes in task files. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalJson, UserError } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { REFUSED_TASK_KEYS, SUPPORTED_TASK_KEYS } from '../src/config/keys.ts';
import { dataFiles, describeTask, leafTasks, openTaskLibrary, type TaskLibrary } from '../src/index.ts';

function libraryOf(files: Readonly<Record<string, string>>): TaskLibrary {
  const folder = mkdtempSync(join(tmpdir(), 'tasks-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return openTaskLibrary({ folders: [folder] });
}

function problemsOf(work: () => unknown): UserError['problems'] {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  throw new Error('no error');
}

const BASE = `task: base
dataset_path: json
dataset_kwargs: {data_files: {test: rows.jsonl}}
output_type: multiple_choice
test_split: test
doc_to_text: q
doc_to_target: 0
doc_to_choice: [a, b]
`;
const fixtures = fileURLToPath(new URL('./fixtures/tasks', import.meta.url));

describe('task library', () => {
  it('merges includes: later over earlier, the file over all', () => {
    const library = libraryOf({
      _one: `${BASE}description: one\nnum_fewshot: 1\n`,
      'sub/_two': 'description: two\ntarget_delimiter: ""\n',
      't.yaml': 'include: [_one, sub/_two]\ntask: t\nnum_fewshot: 3\n',
    });
    const node = library.resolve('t');
    if (node.kind !== 'task') throw new Error(node.kind);
    expect(node.config).toMatchObject({ task: 't', description: 'two', targetDelimiter: '', numFewshot: 3 });
    expect(node.files.map((file) => file.split('/').at(-1))).toEqual(['t.yaml', '_one', '_two']);
  });

  it('finds an include that leads back to itself', () => {
    const library = libraryOf({ 'a.yaml': 'include: b.yaml\ntask: a\n', 'b.yaml': 'include: a.yaml\n' });
    const [problem] = problemsOf(() => library.resolve('a'));
    expect(problem?.message).toContain('a.yaml');
  });

  it('says beside an unknown name why files could not be read: the name may stand in one', () => {
    const library = libraryOf({
      'good.yaml': BASE,
      'open.yaml': 'task: open\noutput_type: [multiple_choice\n',
      'with.yaml': 'task: with\ninclude: nowhere.yaml\n',
    });
    const problems = problemsOf(() => library.resolve('open'));
    expect(problems.map(({ code, at }) => [code, at?.file.split('/').at(-1), at?.line])).toEqual([
      ['unknown-task', undefined, undefined],
      ['yaml-syntax', 'open.yaml', 3],
      ['unreadable-file', 'with.yaml', 2],
    ]);
    expect(library.resolve('base').name).toBe('base');
  });

  it('suggests names, and names both files of a duplicate', () => {
    const library = libraryOf({ 'a.yaml': BASE, 'b.yaml': BASE, 'c.yaml': BASE.replace('base', 'basic') });
    expect(problemsOf(() => library.resolve('basik'))[0]).toMatchObject({ code: 'unknown-task' });
    expect(problemsOf(() => library.resolve('basik'))[0]?.remedy).toContain("Did you mean 'basic'");
    const [duplicate] = problemsOf(() => library.resolve('base'));
    expect(duplicate?.at?.file).toMatch(/b\.yaml$/);
    expect(duplicate?.message).toContain('a.yaml:1:7');
  });

  it('gathers all mistakes of a file, each with its place', () => {
    const library = libraryOf({
      't.yaml': `${BASE}doc_to_txt: x
process_docs: !function utils.process_docs
use_prompt: "promptsource:x"
metric_list:
  - {metric: acc_nrm}
  - {metric: bleu}
filter_list: [{name: n, filter: [{function: regx}]}]
`,
    });
    const problems = problemsOf(() => library.resolve('base'));
    const found = problems.map((problem) => [problem.code, problem.at?.line]);
    expect(found).toEqual([
      ['unknown-key', 9],
      ['unsupported-key', 11],
      ['unknown-function', 10],
      ['unknown-filter', 15],
      ['unknown-metric', 13],
      ['unsupported-metric', 14],
    ]);
    expect(problems[0]?.remedy).toContain("Did you mean 'doc_to_text'");
    expect(problems[0]?.at?.excerpt).toContain('^^^^^^^^^^');
    expect(problems[2]?.remedy).toContain('lm-eval');
  });

  it('refuses sampling that is none, and unsafe code', () => {
    const generate = BASE.replace('multiple_choice', 'generate_until');
    for (const [extra, code] of [
      ['generation_kwargs: {do_sample: true, temperature: 0}', 'sampling-at-zero'],
      ['generation_kwargs: {temperature: -1}', 'wrong-type'],
      ['generation_kwargs: {do_sample: true, top_p: 1.5}', 'wrong-type'],
      ['generation_kwargs: {do_sample: true, top_k: 0.5}', 'wrong-type'],
      ['generation_kwargs: {num_beams: 4}', 'unknown-key'],
      ['generation_kwargs: {repetition_penalty: 0}', 'wrong-type'],
      ['generation_kwargs: {suppress_tokens: 3}', 'wrong-type'],
      ['unsafe_code: true', 'unsupported-key'],
    ] as const) {
      const library = libraryOf({ 't.yaml': `${generate}${extra}\n` });
      expect(
        problemsOf(() => library.resolve('base')).map((problem) => problem.code),
        extra,
      ).toContain(code);
    }
    const kept = libraryOf({
      't.yaml': `${generate}generation_kwargs: {do_sample: false, temperature: 0.7}\n`,
    });
    expect(kept.resolve('base').kind).toBe('task');
  });

  it.each([
    ['{do_sample: true}', { temperature: 1, topK: null, topP: null }],
    ['{temperature: 0.2}', { temperature: 0.2, topK: null, topP: null }],
    ['{do_sample: true, temperature: 0.7, top_p: 0.9, top_k: 0}', { temperature: 0.7, topK: 0, topP: 0.9 }],
    ['{do_sample: false, temperature: 0.7}', null],
    ['{until: []}', null],
  ])('samples as lm-eval decides: %s', (kwargs, sampling) => {
    const generate = BASE.replace('multiple_choice', 'generate_until');
    const node = libraryOf({ 't.yaml': `${generate}generation_kwargs: ${kwargs}\n` }).resolve('base');
    expect(leafTasks(node)[0]?.config.generation?.sampling).toEqual(sampling);
  });

  it('hands rules about tokens to the requests, and keeps the keys of tasks without any', () => {
    const generate = BASE.replace('multiple_choice', 'generate_until');
    const rulesOf = (kwargs: string): unknown => {
      const node = libraryOf({ 't.yaml': `${generate}generation_kwargs: ${kwargs}\n` }).resolve('base');
      return leafTasks(node)[0]?.config.generation?.rules;
    };
    expect(rulesOf('{until: []}')).toEqual({});
    expect(rulesOf('{repetition_penalty: 1.1, no_repeat_ngram_size: null, bad_words_ids: [[1, 2]]}')).toEqual(
      {
        repetition_penalty: 1.1,
        no_repeat_ngram_size: null,
        bad_words_ids: [[1, 2]],
      },
    );
  });

  it("knows every key of lm-eval's dialect", () => {
    const dialect =
      'task task_alias tag include class task_list dataset_path dataset_name dataset_kwargs custom_dataset training_split validation_split test_split fewshot_split process_docs doc_to_text doc_to_target doc_to_choice description target_delimiter fewshot_delimiter gen_prefix num_fewshot fewshot_config output_type generation_kwargs repeats filter_list metric_list process_results should_decontaminate doc_to_decontamination_query unsafe_code metadata doc_to_image doc_to_audio use_prompt';
    const known = [...SUPPORTED_TASK_KEYS, ...Object.keys(REFUSED_TASK_KEYS)];
    expect(known.toSorted()).toEqual(dialect.split(' ').toSorted());
  });

  it('resolves tags, groups, inline groups and overrides', () => {
    const library = openTaskLibrary({ folders: [fixtures] });
    const tag = library.resolve('mini_mmlu_main');
    expect([tag.kind, leafTasks(tag).map((task) => task.name)]).toEqual([
      'tag',
      ['mini_mmlu_a', 'mini_mmlu_b'],
    ]);
    const group = library.resolve('mini_mmlu', { num_fewshot: 4 });
    expect(leafTasks(group).map((task) => task.config.numFewshot)).toEqual([4, 4, 4]);
    if (group.kind !== 'group') throw new Error(group.kind);
    expect(group.children.map((child) => child.name)).toEqual(['mini_mmlu::mini_main', 'mini_mmlu_c']);
    const override = leafTasks(library.resolve('mini_override'));
    expect(override.map((task) => task.config.description)).toEqual(['Overridden: ', '']);
    expect(problemsOf(() => library.resolve('mini_arc', { nm_fewshot: 1 }))[0]?.code).toBe('unknown-key');
  });

  it('finds groups that contain themselves, and unknown members', () => {
    const library = libraryOf({
      'a.yaml': 'group: a\ntask: [b]\n',
      'b.yaml': 'group: b\ntask: [a]\n',
      'c.yaml': 'group: c\ntask: [base, bsae]\n',
      'base.yaml': BASE,
    });
    expect(problemsOf(() => library.resolve('a'))[0]?.code).toBe('group-cycle');
    expect(problemsOf(() => library.resolve('c'))[0]).toMatchObject({
      code: 'unknown-task',
      at: { line: 2, column: 14 },
    });
  });

  it('names the files of a task, or says why it cannot', () => {
    const task = (extra: string): ReturnType<typeof leafTasks>[number] => {
      const node = libraryOf({
        't.yaml': BASE.replace(/dataset_path.*\ndataset_kwargs.*\n/, `${extra}\n`),
      }).resolve('base');
      if (node.kind !== 'task') throw new Error(node.kind);
      return node;
    };
    expect(dataFiles(task('dataset_path: json\ndataset_kwargs: {data_files: [a.jsonl, b.jsonl]}'))).toEqual([
      { split: 'train', path: 'a.jsonl' },
      { split: 'train', path: 'b.jsonl' },
    ]);
    for (const [extra, code] of [
      ['dataset_path: cais/mmlu', 'dataset-not-local'],
      ['dataset_path: text\ndataset_kwargs: {data_files: a.txt}', 'dataset-unsupported'],
      ['dataset_path: json', 'dataset-unsupported'],
      ['dataset_path: json\ndataset_kwargs: {data_files: "https://x.org/a.jsonl"}', 'dataset-unsupported'],
      ['dataset_path: json\ndataset_kwargs: {data_files: "*.jsonl"}', 'no-data-files'],
      ['dataset_path: json\ndataset_kwargs: {data_files: a.jsonl, field: data}', 'dataset-unsupported'],
    ] as const) {
      expect(problemsOf(() => dataFiles(task(extra)))[0]?.code, extra).toBe(code);
    }
  });
});

describe('descriptions for keys', () => {
  const described = (extra: string): { requests: string; scoring: string } => {
    const { requests, scoring } = describeTask(libraryOf({ 't.yaml': `${BASE}${extra}\n` }).resolve('base'));
    return { requests: canonicalJson(requests), scoring: canonicalJson(scoring) };
  };
  const plain = described('');

  it('change with what is asked', () => {
    for (const extra of [
      'description: d',
      'target_delimiter: ""',
      'fewshot_delimiter: x',
      'num_fewshot: 2',
      'gen_prefix: g',
      'fewshot_config: {sampler: first_n}',
      'fewshot_split: test',
      'metric_list: [{metric: acc}, {metric: acc_norm}, {metric: acc_mutual_info}]',
    ]) {
      expect(described(extra).requests, extra).not.toBe(plain.requests);
    }
  });

  it('change with how it is scored, and then what is asked stays', () => {
    for (const extra of [
      'metric_list: [{metric: acc}]',
      'metric_list: [{metric: acc}, {metric: acc_norm, aggregation: median}]',
      'filter_list: [{name: other, filter: [{function: take_first}]}]',
      'task_alias: other',
      'metadata: {version: 7}',
    ]) {
      const other = described(extra);
      expect(other.scoring, extra).not.toBe(plain.scoring);
      expect(other.requests, extra).toBe(plain.requests);
    }
  });

  it('hold the weights of groups', () => {
    const group = (weight: boolean): string => {
      const library = libraryOf({
        't.yaml': BASE,
        'g.yaml': `group: g\ntask: [base]\naggregate_metric_list: {metric: acc, weight_by_size: ${weight}}\n`,
      });
      return canonicalJson(describeTask(library.resolve('g')).scoring);
    };
    expect(group(true)).not.toBe(group(false));
  });
});
