import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_YAML_TOKENS, type Problem, UserError } from '@evalgraph/formats';
import { afterAll, expect, test } from 'vitest';
import { loadPipeline, MAX_CHECKPOINTS, parsePipeline } from '../../spec/src/index.ts';
import { messages } from '../../spec/src/messages.ts';
import { MAX_FILE_BYTES } from '../../spec/src/read-text.ts';

const root = mkdtempSync(join(tmpdir(), 'spec-'));
afterAll(() => rmSync(root, { recursive: true }));

function problemsOf(run: () => unknown): readonly Problem[] {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  throw new Error('no problem was reported');
}

function pipelineFile(name: string, text: string): string {
  const folder = join(root, 'pipelines', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pipeline.yaml'), text);
  return join(folder, 'pipeline.yaml');
}

const small = 'models: { demo: { source: ./models/demo } }\ntasks: [mmlu]\n';

test('name and file come from where the file lies', () => {
  const pipeline = loadPipeline(pipelineFile('demo', small), { root });
  expect(pipeline).toMatchObject({ name: 'demo', title: 'demo', file: 'pipelines/demo/pipeline.yaml' });
});

test('an absolute path inside the workspace is written relative to it', () => {
  const text = `models: { demo: { source: ${join(root, 'models/demo')} } }\ntasks: [mmlu]\n`;
  const pipeline = loadPipeline(pipelineFile('absolute', text), { root });
  expect(pipeline.models[0]?.source).toEqual({ kind: 'folder', path: 'models/demo' });
});

test('a file that is missing, a folder, outside or too large', () => {
  const missing = 'pipelines/none/pipeline.yaml';
  expect(problemsOf(() => loadPipeline(join(root, missing), { root }))).toEqual([
    messages.unreadableFile(missing, 'ENOENT'),
  ]);
  mkdirSync(join(root, 'pipelines/folder/pipeline.yaml'), { recursive: true });
  expect(problemsOf(() => loadPipeline(join(root, 'pipelines/folder/pipeline.yaml'), { root }))).toEqual([
    messages.unreadableFile('pipelines/folder/pipeline.yaml', 'EISDIR'),
  ]);
  const outside = join(root, '../pipeline.yaml');
  expect(problemsOf(() => loadPipeline(outside, { root }))).toEqual([
    messages.outsideWorkspace(outside, root),
  ]);
  const large = pipelineFile('large', `${small}#${'x'.repeat(MAX_FILE_BYTES)}`);
  expect(problemsOf(() => loadPipeline(large, { root })).map(({ code }) => code)).toEqual(['file-too-large']);
});

test('as many checkpoints as are allowed load, one more does not', () => {
  const series = (to: number): string =>
    `models: { a: { source: ./a, checkpoints: { subfolder: "s{step}", from: 1, to: ${to}, every: 1 } } }\ntasks: [mmlu]\n`;
  const identity = { name: 'a', file: 'a.yaml', root };
  expect(parsePipeline(series(MAX_CHECKPOINTS), identity).models[0]?.checkpoints).toHaveLength(
    MAX_CHECKPOINTS,
  );
  const [problem] = problemsOf(() => parsePipeline(series(MAX_CHECKPOINTS + 1), identity));
  expect(problem).toMatchObject(messages.tooManyCheckpoints('a', MAX_CHECKPOINTS + 1, 0, MAX_CHECKPOINTS));
});

test('thousands of checkpoints may be listed one by one; many more are refused before they are read', () => {
  const listed = (count: number): string =>
    [
      'tasks: [mmlu]\nmodels:\n  a:\n    source: ./a\n    checkpoints:',
      ...Array.from({ length: count }, (_, index) => `      - { subfolder: iter_${index}, step: ${index} }`),
    ].join('\n');
  const identity = { name: 'a', file: 'a.yaml', root };
  expect(parsePipeline(listed(2500), identity).models[0]?.checkpoints).toHaveLength(2500);
  const problems = problemsOf(() => parsePipeline(listed(5000), identity));
  expect(problems).toEqual([messages.tooManyTokens('a.yaml', MAX_YAML_TOKENS)]);
});

test('of very many problems the first are shown, and how many there are', () => {
  const text = `${small}${Array.from({ length: 80 }, (_, index) => `zz${index}: 1\n`).join('')}`;
  const problems = problemsOf(() => parsePipeline(text, { name: 'a', file: 'a.yaml', root }));
  expect(problems).toHaveLength(51);
  expect(problems.at(-1)?.message).toContain('30 more');
});
