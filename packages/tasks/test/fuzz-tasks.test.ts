/**
 * Damaged and hostile task files, templates, regular expressions and documents: computed, or refused with a message,
 * within a second of computing.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  damagedText,
  FUZZ_TIMEOUT_MS,
  fuzz,
  RETRIED_MAX_HANG_MS,
  survives,
} from '../../formats/test/fuzz-support.ts';
import { dataFiles, describeTask, leafTasks, openTaskLibrary, prepareTask } from '../src/index.ts';
import { renderTemplate } from '../src/jinja/render.ts';
import { compileRegex } from '../src/python/regex.ts';
import { PythonError, type Value } from '../src/python/value.ts';

/** Inside the package a Python error is what its callers turn into a message. */
async function survivesPython(work: () => unknown): Promise<unknown> {
  return survives(() => {
    try {
      return work();
    } catch (error) {
      if (error instanceof PythonError) return error;
      throw error;
    }
  }, RETRIED_MAX_HANG_MS);
}

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

const doc = new Map<string, Value>([
  ['q', 'Who?'],
  ['choices', ['a', 'b']],
  ['long', 'ab '.repeat(10_000)],
]);
const TEMPLATES = [
  '{% for c in choices %}{{ loop.index }}. {{ c|trim }}\n{% endfor %}',
  "{% set ns = namespace(x=1) %}{% for i in range(3) %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x ~ 'a' }}",
  '{% macro f(x, y=2) %}{{ x * y }}{% endmacro %}{{ f(2) }}{{ f(q, y=3) }}',
  "{{ choices[0] if q is defined and q|length > 2 else choices|join(', ') }}{{ long[1:50:2]|replace('a', 'b') }}",
  "{{ 'x %s %5.2f' % (q, 1.5) }}{{ '{:>5}'.format(3) }}{{ q|regex_replace('W(h+)', '\\\\1') }}",
];
const CODE = [
  ...[
    '{{',
    '}}',
    '{%',
    '%}',
    ' for i in range(1000000) ',
    ' endfor ',
    ' set x = [x, x] ',
    '**',
    '*',
    '|',
    '(',
    ')',
    '[',
    ']',
    ',',
    '~',
  ],
  ...[
    'range(10**9)',
    '|unique',
    '|sort',
    '|batch(10**8)',
    '.append(x)',
    "'a' * 10**9",
    '|center(10**9)',
    '.__class__',
    '.constructor',
    'loop',
    '{#',
    '#}',
    '-',
    ' is ',
    ' not ',
  ],
];

describe('a template', () => {
  it(
    'that is damaged is rendered or refused',
    async () => {
      await fc.assert(
        fc.asyncProperty(damagedText(TEMPLATES, CODE), async (text) => {
          await survivesPython(() => renderTemplate(text, doc));
        }),
        fuzz(1500),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it.each([
    ['nested loops', '{% for i in range(1000000) %}{% for j in range(1000000) %}{% endfor %}{% endfor %}'],
    ['a list made anew', '{% for i in range(100000) %}{% set x = range(1000000) %}{% endfor %}'],
    [
      'a text that doubles',
      '{% set n = namespace(x="aa") %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}{{ n.x }}',
    ],
    [
      'a list that doubles',
      '{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}{{ n.x }}',
    ],
    [
      'a list of itself twice',
      '{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}',
    ],
    [
      'a dict of itself twice',
      '{% set n = namespace(x={}) %}{% for i in range(60) %}{% set n.x = {"a": n.x, "b": n.x} %}{% endfor %}{{ n.x == n.x }}',
    ],
    [
      'a list that extends itself',
      '{% set x = [1] %}{% for i in range(60) %}{% set _ = x.extend(x) %}{% endfor %}{{ x }}',
    ],
    ['a list in itself', '{% set x = [1] %}{% set _ = x.append(x) %}{{ x }}'],
    [
      'powers',
      '{% set n = namespace(x=7) %}{% for i in range(60) %}{% set n.x = n.x ** 9999 %}{% endfor %}{{ n.x }}',
    ],
    [
      'squares',
      '{% set n = namespace(x=7) %}{% for i in range(60) %}{% set n.x = n.x * n.x %}{% endfor %}{{ n.x }}',
    ],
    ['a wide text', '{{ "a"|center(2000000000) }}'],
    ['a wide number', '{{ "%999999999d" % 3 }}'],
    ['slices', '{{ [1]|slice(999999999)|list }}'],
    ['unique items', '{{ range(100000)|unique|list|length }}'],
    [
      'characters of a long text',
      '{% set s = "a" * 1000000 %}{% for i in range(100000) %}{{ s[i] }}{% endfor %}',
    ],
    ['a recursion', '{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}'],
    ['parentheses', `{{ ${'('.repeat(20_000)}1${')'.repeat(20_000)} }}`],
    ['blocks', `${'{% if 1 %}'.repeat(9000)}${'{% endif %}'.repeat(9000)}`],
    ['inner spaces', `{{ 1 }}${' '.repeat(90_000)}x${' '.repeat(90_000)}{%- if 1 %}{% endif %}`],
  ])('of %s ends soon', async (_, template) => {
    await survivesPython(() => renderTemplate(template, doc));
  });

  it('reaches nothing of the machine', async () => {
    for (const path of [
      '__class__',
      'constructor',
      'prototype',
      '__proto__',
      'constructor.constructor',
      '__init__.__globals__',
      'valueOf',
    ]) {
      for (const start of ['q', 'choices', 'doc', 'loop', 'range', 'namespace', '(1)', '{}', '[]', "''"]) {
        const text = `{% for i in [1] %}{{ ${start}.${path} }}{% endfor %}`;
        expect(await survivesPython(() => renderTemplate(text, doc)), text).toBeInstanceOf(PythonError);
      }
    }
  });
});

describe('a regular expression', () => {
  const patterns = [
    '#### (\\-?[0-9\\.\\,]+)',
    '(-?[$0-9.,]{2,})|(-?[0-9]+)',
    '(?i)the answer is \\(?([A-D])\\)?',
    '^(?P<x>a|b)*(?=c)[^\\]x]+$',
    '\\b(a|an|the)\\b',
  ];
  const words = [
    '(',
    ')',
    '[',
    ']',
    '*',
    '+',
    '?',
    '{1,9}',
    '{,3}',
    '|',
    '\\',
    '\\1',
    '(?P<n>',
    '(?P=n)',
    '(?<=',
    '(?!',
    '(?s)',
    '^',
    '$',
    '.',
    '(a+)+',
    '(.*)*',
    '[^',
    '\\p{L}',
    '\\u',
    '\\x',
  ];

  it(
    'that is damaged matches, or is refused',
    async () => {
      const texts = fc.constantFrom(
        'The answer is (A). #### 1,234.5',
        'a'.repeat(40),
        'ab'.repeat(300),
        '\u{1f600} é\n\n',
      );
      await fc.assert(
        fc.asyncProperty(damagedText(patterns, words), texts, async (pattern, text) => {
          await survivesPython(() => {
            const regex = compileRegex(pattern);
            return [regex.findAll(text), regex.sub('<\\1>', text), regex.split(text), regex.test(text)];
          });
        }),
        fuzz(800),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it.each([
    ['^(a+)+$', `${'a'.repeat(40)}b`],
    ['(x+x+)+y', 'x'.repeat(60)],
    ['(.*)(.*)(.*)(.*)(.*)z', 'a'.repeat(3000)],
    ['(a|a)*b', 'a'.repeat(100)],
    ['(a*)*\\1b', 'a'.repeat(60)],
    ['(?:a|b)*c', 'a'.repeat(5_000_000)],
  ])('%s is ended within a second, with its pattern in the message', async (pattern, text) => {
    const found = await survivesPython(() => compileRegex(pattern).findAll(text));
    expect(found).toBeInstanceOf(PythonError);
    expect(String(found)).toMatch(/regular expression/);
  });

  it('that is watched gives what it gives without', () => {
    const text = 'The total is 12 or $1,234.50 apples. '.repeat(60);
    const [first, ...rest] = compileRegex('(-?[$0-9.,]{2,})|(-?[0-9]+)').findAll(text);
    expect(first).toEqual(['12', '']);
    expect(rest).toHaveLength(60 * 2 - 1);
    expect(compileRegex('(?:[a-z]+ )+apples').sub('', text)).toContain('$1,234.50 apples');
  });
});
