/**
 * Damaged and hostile templates and regular expressions are computed, or refused with a message, within a second of
 * computing.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  damagedText,
  FUZZ_TIMEOUT_MS,
  fuzz,
  RETRIED_MAX_HANG_MS,
  survives,
} from '../../formats/test/fuzz-support.ts';
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
