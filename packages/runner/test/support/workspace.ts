/** A workspace in a temporary folder: one pipeline over tiny checkpoints, one task of each kind. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Hex } from '@evalgraph/formats';
import { writeTinyModel } from './tiny-model.ts';

export const repository: string = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');

export interface Workspace {
  readonly root: string;
  write(file: string, content: string): void;
  read(file: string): string;
  /** Replaces text in a file; the text must be there. */
  edit(file: string, from: string, to: string): void;
}

/** Writes a placed file as a run would have: the manifest of its folder names these very bytes. */
export function placeAgain(workspace: Workspace, file: string, content: string): void {
  const manifest = join(dirname(file), 'manifest.json');
  const digests = JSON.parse(workspace.read(manifest)) as Record<string, string>;
  workspace.write(file, content);
  workspace.write(manifest, JSON.stringify({ ...digests, [basename(file)]: sha256Hex(content) }));
}

const PIPELINE = `title: A tiny series
models:
  tiny:
    source: ./models/tiny
    checkpoints: { subfolder: "step_{step}", steps: [1, 2] }
  pruned: { source: ./models/pruned }
tasks: [t_choice, t_group, t_generate, t_pages]
quick: { checkpoints: [last], limit: 2 }
comparisons:
  pruned:
    dense: tiny@last
    pruned: pruned
    perplexity: [wanda, lm-eval]
    seqlen: 32
    corpus: ./datasets/t
    column: page
    split: pages
`;

const CHOICE = `task: t_choice
dataset_path: json
dataset_kwargs: { data_files: { test: datasets/t/questions.jsonl } }
test_split: test
output_type: multiple_choice
num_fewshot: 0
doc_to_text: "Q: {{question}}\\nA:"
doc_to_target: "{{answer}}"
doc_to_choice: choices
metric_list: [{ metric: acc }]
`;

export function makeWorkspace(): Workspace {
  const root = mkdtempSync(join(tmpdir(), 'evalgraph-workspace-'));
  const workspace: Workspace = {
    root,
    read: (file) => readFileSync(join(root, file), 'utf8'),
    write: (file, content) => {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), content);
    },
    edit: (file, from, to) => {
      const text = workspace.read(file);
      if (!text.includes(from)) throw new Error(`${file} has no '${from}'`);
      workspace.write(file, text.replace(from, to));
    },
  };
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  workspace.write('.gitignore', 'node_modules\n.nx\n.evalgraph\nresults\n');
  workspace.write('package.json', JSON.stringify({ name: 'tiny-workspace', private: true }));
  workspace.write(
    'nx.json',
    JSON.stringify({
      analytics: false,
      neverConnectToCloud: true,
      tui: { enabled: false },
      defaultBase: 'main',
      plugins: ['@evalgraph/plugin/plugin'],
    }),
  );
  workspace.write('pipelines/t/pipeline.yaml', PIPELINE);
  workspace.write('pipelines/t/tasks/t_choice.yaml', CHOICE);
  workspace.write('pipelines/t/tasks/t_a.yaml', 'include: t_choice.yaml\ntask: t_a\nnum_fewshot: 1\n');
  workspace.write(
    'pipelines/t/tasks/t_b.yaml',
    'include: t_choice.yaml\ntask: t_b\ndescription: "Think.\\n\\n"\n',
  );
  workspace.write(
    'pipelines/t/tasks/t_group.yaml',
    'group: t_group\ntask: [t_a, t_b]\naggregate_metric_list: [{ metric: acc, weight_by_size: true }]\n',
  );
  workspace.write(
    'pipelines/t/tasks/t_generate.yaml',
    CHOICE.replace('task: t_choice', 'task: t_generate')
      .replace('multiple_choice', 'generate_until')
      .replace('doc_to_choice: choices\n', 'generation_kwargs: { until: ["\\n"], max_gen_toks: 12 }\n')
      .replace('{ metric: acc }', '{ metric: exact_match }'),
  );
  workspace.write(
    'pipelines/t/tasks/t_pages.yaml',
    `task: t_pages
dataset_path: json
dataset_kwargs: { data_files: { test: datasets/t/pages.jsonl } }
test_split: test
output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: page
metric_list: [{ metric: word_perplexity }, { metric: bits_per_byte }]
`,
  );
  workspace.write('datasets/t/questions.jsonl', questions());
  workspace.write('datasets/t/pages.jsonl', pages());
  writeTinyModel(join(root, 'models/tiny/step_1'), 1);
  writeTinyModel(join(root, 'models/tiny/step_2'), 2);
  writeTinyModel(join(root, 'models/pruned'), 3);
  return workspace;
}

function questions(): string {
  const rows = ['What barks?', 'What floats?', 'What is naïve?', 'Who reads?', 'What sings?', 'What grows?'];
  return rows
    .map((question, index) =>
      JSON.stringify({ question, choices: ['a dog', 'a boat', 'an owl'], answer: index % 3, score: 1.0 }),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function pages(): string {
  const sentence = 'The river runs past the old mill, and nobody counts the days. ';
  return [3, 5, 1].map((times) => `${JSON.stringify({ page: sentence.repeat(times) })}\n`).join('');
}

/** Every file below a folder with its content, run.json (times) left out. */
export function snapshot(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !['run.json', 'evaluation.log'].includes(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(names.sort().map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}
