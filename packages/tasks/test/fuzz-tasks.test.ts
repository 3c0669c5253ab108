/**
 * Damaged and hostile task files are computed, or refused with a message, within a second of computing.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { damagedText, FUZZ_TIMEOUT_MS, fuzz, survives } from '../../formats/test/fuzz-support.ts';
import { dataFiles, describeTask, leafTasks, openTaskLibrary, prepareTask } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'fuzz-tasks-'));
const rows = join(folder, 'rows.jsonl');
writeFileSync(
  rows,
  '{"q": "Who?", "choices": ["a", "b"], "answer": 0}\n{"q": "What?", "choices": ["c", "d"], "answer": 1}\n',
);

const TASK = `task: t_choice
dataset_path: json
dataset_kwargs: { data_files: { test: ${rows} } }
test_split: test
output_type: multiple_choice
num_fewshot: 0
description: "Think.\\n\\n"
doc_to_text: "Q: {{q}}\\nA:"
doc_to_target: "{{answer}}"
doc_to_choice: "{{choices}}"
filter_list:
  - name: strict
    filter: [{ function: regex, regex_pattern: "#### ([0-9.,]+)" }, { function: take_first }]
metric_list: [{ metric: acc, aggregation: mean, higher_is_better: true }]
metadata: { version: 1.0 }
`;
const WORDS = [
  ...[
    '&a ',
    '*a',
    '<<: ',
    '!function os.system',
    '!!python/object/apply:os.system',
    'include: ../../x.yaml',
    '\n',
    ': ',
    '- ',
  ],
  ...[
    '{{ ',
    ' }}',
    '{% ',
    ' %}',
    '{% for i in range(9**9) %}',
    "{{ ''.__class__ }}",
    '{{ q|length }}',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
  ],
  ...[
    '|',
    '>',
    '\t',
    '\0',
    '\u2028',
    '__proto__',
    'constructor',
    '(a+)+$',
    '?:',
    'group: t',
    'task: [t_choice]',
    '1e999',
    '0x',
    '~',
    '---\n',
  ],
];

async function whole(text: string): Promise<void> {
  writeFileSync(join(folder, 'task.yaml'), text);
  const library = openTaskLibrary({ folders: [folder] });
  const node = library.resolve('t_choice');
  for (const task of leafTasks(node)) {
    describeTask(task);
    dataFiles(task);
    await prepareTask(task, { root: '/', numFewshot: null, limit: null, seed: 1234 });
  }
}

describe('a task file', () => {
  it(
    'that is damaged is prepared or refused',
    async () => {
      await survives(() => whole(TASK));
      await fc.assert(
        fc.asyncProperty(damagedText([TASK], WORDS), async (text) => {
          await survives(() => whole(text));
        }),
        fuzz(300),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it.each([
    [
      'of aliases of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, i) => `${'bcdefghij'[i]}: &${'bcdefghij'[i]} [${Array.from({ length: 10 }, () => `*${'abcdefghi'[i]}`).join(',')}]`).join('\n')}\n${TASK}`,
    ],
    ['of nested lists', `${TASK}x: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`],
    ['of nested maps', `${TASK}x: ${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}\n`],
    [
      'of nested blocks',
      `${TASK}${Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}x:`).join('\n')}\n`,
    ],
    ['that holds itself', `${TASK}x: &x [*x]\n`],
    ['that includes itself', `include: task.yaml\n${TASK}`],
    ['that is its own group', 'group: t_choice\ntask: [t_choice]\n'],
    ['of a long line', `${TASK}x: "${'x'.repeat(3_000_000)}"\n`],
    ['of many keys', `${TASK}${Array.from({ length: 5000 }, (_, i) => `k${i}: 1`).join('\n')}\n`],
  ])('%s ends soon', async (_, text) => {
    await survives(() => whole(text));
  });
});
