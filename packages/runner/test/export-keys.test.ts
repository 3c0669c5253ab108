/**
 * Exported files against lm-eval's own: every key that lm-eval writes is there, with the same kind of value, or stands in
 * the list below with its reason; lm-eval's own readers take the file.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '@evalgraph/formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { NEEDS_LM_EVAL, judgeLmEval as program } from '../../formats/test/judges.ts';
import { lmEvalConfig } from '../src/exchange/lm-eval-config.ts';
import { lastDemoCheckpoint } from './support/demo-answers.ts';
import { pythonOf } from './support/judge.ts';
import { evaluate, lock } from './support/run.ts';
import { makeWorkspace, repository, type Workspace } from './support/workspace.ts';

const TEMPLATE =
  "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}{% if add_generation_prompt %}[assistant] {% endif %}";
const SYSTEM = 'You are terse.';

let workspace: Workspace;
/** Name of the file -> its content, in order. */
let files: ReadonlyMap<string, Fields>;
let folder: string;

type Fields = { readonly [key: string]: unknown };

beforeAll(async () => {
  workspace = makeWorkspace();
  workspace.write('models/pruned/chat_template.jinja', TEMPLATE);
  workspace.write(
    'pipelines/t/pipeline.yaml',
    `models: { pruned: { source: ./models/pruned } }
tasks:
  - t_choice
  - t_group
  - t_generate
  - { task: t_choice, alias: chatted, apply_chat_template: true, system_instruction: "${SYSTEM}" }
  - { task: t_generate, alias: single, apply_chat_template: true, fewshot_as_multiturn: false }
`,
  );
  await lock(workspace.root);
  const outcomes = await evaluate(workspace.root);
  expect([...new Set(outcomes.values())]).toEqual(['computed']);
  folder = mkdtempSync(join(tmpdir(), 'evalgraph-exported-'));
  await exportCommand(workspace.root, ['t', '--to', folder, '--time', '2026-01-31T12:00:00Z'], () => {});
  const inner = join(folder, 'results_pruned/models__pruned');
  files = new Map(
    readdirSync(inner)
      .filter((name) => name.startsWith('results_'))
      .sort()
      .map((name) => [name, JSON.parse(readFileSync(join(inner, name), 'utf8')) as Fields]),
  );
}, 120_000);

describe('how documents became prompts', () => {
  it('stands in the file, and cells that were asked in another way have a file of their own', () => {
    const said = [...files.values()].map((file) => [
      Object.keys(file['results'] as Fields).sort(),
      ...['system_instruction', 'chat_template', 'fewshot_as_multiturn'].map((key) => file[key]),
    ]);
    expect(said).toEqual([
      [['t_a', 't_b', 't_choice', 't_generate', 't_group'], null, null, null],
      [['chatted'], SYSTEM, TEMPLATE, true],
      [['single'], null, TEMPLATE, false],
    ]);
    const [plain, chat] = [...files.values()];
    expect([plain?.['chat_template_sha'], plain?.['system_instruction_sha']]).toEqual([null, null]);
    expect(chat?.['chat_template_sha']).toBe(sha256Hex(TEMPLATE));
    expect(chat?.['system_instruction_sha']).toBe(sha256Hex(SYSTEM));
  });
});

describe('configurations', () => {
  it('have the keys of the YAML and no other', () => {
    const [plain] = files.values();
    const configs = plain?.['configs'] as Readonly<Record<string, Fields>>;
    expect(configs['t_a']).toMatchObject({
      num_fewshot: 1,
      dataset_path: 'json',
      dataset_kwargs: { data_files: { test: 'datasets/t/questions.jsonl' } },
      metric_list: [{ metric: 'acc', aggregation: 'mean', higher_is_better: true }],
    });
    expect(configs['t_choice']?.['num_fewshot']).toBe(0);
    expect(configs['t_generate']?.['generation_kwargs']).toMatchObject({ until: ['\n'], max_gen_toks: 12 });
    const camel = (value: unknown): readonly string[] =>
      typeof value !== 'object' || value === null
        ? []
        : Object.entries(value).flatMap(([key, inner]) => [
            ...(/[A-Z]/.test(key) ? [key] : []),
            ...camel(inner),
          ]);
    expect(camel(configs)).toEqual([]);
  });

  it('translate every filter and metric', () => {
    const config = {
      task: 'x',
      task_alias: 'X',
      filter_list: [
        {
          name: 'strict',
          filters: [
            { function: 'regex', pattern: '#(.)', groupSelect: -1, fallback: '[invalid]' },
            { function: 'take_first_k', k: 3 },
            { function: 'map', mappingJson: '{"A": 1}', defaultJson: 'null' },
            {
              function: 'multi_choice_regex',
              pattern: 'x',
              groupSelect: 0,
              fallback: '',
              ignoreCase: true,
              ignorePunctuation: false,
              regexesToIgnore: ['y'],
            },
          ],
        },
      ],
      metric_list: [
        {
          metric: 'exact_match',
          aggregation: 'mean',
          higherIsBetter: false,
          ignoreCase: true,
          ignoreNumbers: false,
          ignorePunctuation: false,
          regexesToIgnore: [','],
        },
      ],
      dataset_kwargs: {
        data_files: [
          { split: 'a', path: '1' },
          { split: 'a', path: '2' },
          { split: 'b', path: '3' },
        ],
        revision: 'r',
      },
    };
    expect(lmEvalConfig(config, 5)).toEqual({
      task: 'x',
      task_alias: 'X',
      num_fewshot: 5,
      should_decontaminate: false,
      unsafe_code: false,
      filter_list: [
        {
          name: 'strict',
          filter: [
            { function: 'regex', regex_pattern: '#(.)', group_select: -1 },
            { function: 'take_first_k', k: 3 },
            { function: 'map', mapping_dict: { A: 1 }, default_value: null },
            {
              function: 'multi_choice_regex',
              regex_pattern: 'x',
              fallback: '',
              ignore_case: true,
              ignore_punctuation: false,
              regexes_to_ignore: ['y'],
            },
          ],
        },
      ],
      metric_list: [
        {
          metric: 'exact_match',
          aggregation: 'mean',
          higher_is_better: false,
          ignore_case: true,
          regexes_to_ignore: [','],
        },
      ],
      dataset_kwargs: { data_files: { a: ['1', '2'], b: '3' }, revision: 'r' },
    });
  });
});

/** Keys whose value is of another kind here, or missing, and why. Paths are regular expressions. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^versions\.pair$/, 'lm-eval writes the version of a group as a text'],
  [/^evalgraph(\.|$)/, 'ours: digests, keys and versions'],
  [/^(git_hash|pretty_env_info|upper_git_hash|transformers_version|lm_eval_version)$/, 'no lm-eval ran'],
  [/^(tokenizer_(pad|eos|bos)_token|eot_token_id)/, 'facts of a tokenizer object that is not open'],
  [
    /^config\.(model_num_parameters|batch_size|batch_sizes.*|device|bootstrap_iters)$/,
    'of the run, not of its numbers',
  ],
  [
    /^config\.(model_args|gen_kwargs|model_dtype|model_sha|random_seed|numpy_seed|torch_seed)/,
    'written in another way',
  ],
  [/metric_list\[\]\.ignore_\w+$/, 'a flag at its default is left out'],
  [/^max_length$/, 'null unless the pipeline sets it'],
  [/^configs\.\w+\.metadata\./, "lm-eval repeats the model's arguments there"],
  [/^configs\.\w+\.(class|fewshot_config)/, 'what was resolved'],
];

/** Path -> kind of every leaf; of a list the first entry speaks for all. */
function kinds(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (Array.isArray(value)) return value.length === 0 ? [[path, 'list']] : kinds(value[0], `${path}[]`);
  if (typeof value !== 'object' || value === null) return [[path, value === null ? 'null' : typeof value]];
  return Object.entries(value).flatMap(([key, inner]) => kinds(inner, path === '' ? key : `${path}.${key}`));
}

describe.skipIf(program === undefined)(`lm-eval's own file (${NEEDS_LM_EVAL})`, () => {
  it.each([
    ['plain', [], ''],
    [
      'with a chat template',
      ['--apply_chat_template', '--system_instruction', SYSTEM, '--fewshot_as_multiturn', 'true'],
      `, apply_chat_template: true, system_instruction: "${SYSTEM}"`,
    ],
  ])(
    'has no key that an export lacks, and every value is of the same kind: %s',
    async (_, options, settings) => {
      const other = makeWorkspace();
      cpSync(join(repository, 'pipelines/demo/tasks'), join(other.root, 'pipelines/t/tasks'), {
        recursive: true,
      });
      cpSync(join(repository, 'datasets/demo'), join(other.root, 'datasets/demo'), { recursive: true });
      cpSync(join(repository, lastDemoCheckpoint()), join(other.root, 'models/last'), { recursive: true });
      other.write('models/last/chat_template.jinja', TEMPLATE);
      other.write(
        'pipelines/t/pipeline.yaml',
        `models: { last: { source: ./models/last } }\ntasks: [${['pair', 'demo_gsm8k'].map((task) => `{ task: ${task}, limit: 2${settings} }`).join(', ')}]\n`,
      );
      other.write(
        'pipelines/t/tasks/pair.yaml',
        'group: pair\ntask: [demo_arc, demo_boolq]\naggregate_metric_list: [{ metric: acc, weight_by_size: true }]\n',
      );
      await lock(other.root);
      await evaluate(other.root);
      const own = mkdtempSync(join(tmpdir(), 'evalgraph-exported-'));
      await exportCommand(other.root, ['t', '--to', own], () => {});
      const theirs = mkdtempSync(join(tmpdir(), 'evalgraph-judge-'));
      const tasks = join(other.root, 'pipelines/t/tasks');
      rmSync(join(tasks, 'demo_squad.yaml'), { force: true });
      execFileSync(
        program ?? '',
        [
          ...['--model', 'hf', '--model_args', `pretrained=${other.root}/models/last,dtype=float32`],
          ...[
            '--device',
            'cpu',
            '--batch_size',
            '8',
            '--limit',
            '2',
            '--log_samples',
            '--include_path',
            tasks,
          ],
          ...['--tasks', 'pair,demo_gsm8k', '--output_path', theirs, ...options],
        ],
        {
          cwd: other.root,
          stdio: 'pipe',
          env: { ...process.env, HF_HUB_OFFLINE: '1', HF_DATASETS_OFFLINE: '1' },
        },
      );
      const [ours, judge] = [own, theirs].map((place) => resultsBelow(place));
      if (ours === undefined || judge === undefined) throw new Error('no results');
      const [have, want] = [ours, judge].map(({ file }) => new Map(kinds(file)));
      const lacking = [...(want ?? [])]
        .filter(([path, kind]) => have?.get(path) !== kind && !REASONS.some(([known]) => known.test(path)))
        .map(([path, kind]) => `${path}: ${kind}, here ${have?.get(path) ?? 'missing'}`);
      expect(lacking).toEqual([]);
      const added = [...(have?.keys() ?? [])].filter(
        (path) => want?.has(path) !== true && !REASONS.some(([known]) => known.test(path)),
      );
      expect(added).toEqual([]);
      const same = ['chat_template', 'chat_template_sha', 'system_instruction', 'system_instruction_sha'];
      for (const key of [
        ...same,
        'fewshot_as_multiturn',
        'n-shot',
        'n-samples',
        'group_subtasks',
        'higher_is_better',
        'task_hashes',
      ]) {
        expect([key, ours.file[key]]).toEqual([key, judge.file[key]]);
      }
      const rowOf = ({ file }: { readonly file: Fields }): Fields =>
        (file['results'] as Readonly<Record<string, Fields>>)['pair'] ?? {};
      for (const key of ['sample_len', 'sample_count', 'acc,none'])
        expect([key, rowOf(ours)[key]]).toEqual([key, rowOf(judge)[key]]);
      const rowKeys = (path: string): readonly string[] =>
        Object.keys(JSON.parse(readFileSync(path, 'utf8').split('\n')[0] ?? '{}')).sort();
      for (const [task, path] of judge.samples)
        expect(rowKeys(ours.samples.get(task) ?? '')).toEqual(rowKeys(path));
      const read = execFileSync(pythonOf(program ?? ''), ['-c', READERS, ours.path], { encoding: 'utf8' });
      expect(read).toContain('|demo_gsm8k');
    },
    600_000,
  );
});

/** lm-eval's own functions over a results file. */
const READERS = `
import glob, json, os, sys
from lm_eval.utils import get_file_datetime, get_file_task_name, get_latest_filename, get_results_filenames, get_sample_results_filenames, make_table
path = sys.argv[1]
names = [f.replace(os.sep, '/') for f in glob.glob(os.path.dirname(path) + '/*')]
assert get_latest_filename(get_results_filenames(names)) == path
assert sorted(get_file_task_name(os.path.basename(f)) for f in get_sample_results_filenames(names)) == ['demo_arc', 'demo_boolq', 'demo_gsm8k']
print(make_table(json.load(open(path))))
`;

import { exportCommand } from './support/commands.ts';

function resultsBelow(folder: string): {
  readonly path: string;
  readonly file: Fields;
  readonly samples: ReadonlyMap<string, string>;
} {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const path = paths.find((one) => /\/results_[^/]*\.json$/.test(one));
  if (path === undefined) throw new Error(`${folder} has no results`);
  const samples = paths.flatMap((one) => {
    const task = /\/samples_(.*)_[^_]*\.jsonl$/.exec(one)?.[1];
    return task === undefined ? [] : [[task, one] as const];
  });
  return { path, file: JSON.parse(readFileSync(path, 'utf8')) as Fields, samples: new Map(samples) };
}
