import fc from 'fast-check';
import { expect, test } from 'vitest';
import { excerpt, lineAndColumn, positionOf } from '../src/index.ts';

/** The excerpt of the first place where `marked` stands in `text`. */
function at(text: string, marked: string): string {
  const start = text.indexOf(marked);
  expect(start).toBeGreaterThanOrEqual(0);
  return excerpt(text, [start, start + marked.length]);
}

test('a line with its number and carets under the range', () => {
  expect(at('title: a\nmodels:\n  sorce: x\n', 'sorce')).toBe(
    ['  3 |   sorce: x', '    |   ^^^^^'].join('\n'),
  );
});

test('a range that goes on in the next line is marked to the end of its first', () => {
  expect(at('a: [1,\n  2]\n', '[1,\n  2]')).toBe(['  1 | a: [1,', '    |    ^^^'].join('\n'));
});

test('an empty range and the end of the file get one caret', () => {
  expect(excerpt('a: 1', [4, 4])).toBe(['  1 | a: 1', '    |     ^'].join('\n'));
  expect(excerpt('', [0, 0])).toBe(['  1 | ', '    | ^'].join('\n'));
});

test('tabs are drawn, \\r is not, control characters are replaced', () => {
  expect(at('a:\r\n\tb: 1\r\n', 'b')).toBe(['  2 | → b: 1', '    |   ^'].join('\n'));
  expect(at('a: \u001b[31mred', 'red')).toBe(['  1 | a: \ufffd[31mred', '    |         ^^^'].join('\n'));
});

test('of a line as long as a file its neighbourhood is drawn', () => {
  const [before, after] = ['b'.repeat(2_000_000), 'a'.repeat(2_000_000)];
  expect(at(`${before}here${after}`, 'here')).toBe(
    [`  1 | …${'b'.repeat(30)}here${'a'.repeat(64)}…`, `    | ${' '.repeat(31)}^^^^`].join('\n'),
  );
});

test('wide letters count two columns, combining marks none', () => {
  expect(at('名前: x', 'x')).toBe(['  1 | 名前: x', '    |       ^'].join('\n'));
  expect(at('e\u0301: x', 'x')).toBe(['  1 | e\u0301: x', '    |    ^'].join('\n'));
});

test('a long line is cut on both sides of what is marked', () => {
  const [line = '', carets = ''] = at(`${'a'.repeat(300)}HERE${'b'.repeat(300)}`, 'HERE').split('\n');
  expect(line.startsWith('  1 | …aaa')).toBe(true);
  expect(line.endsWith('bbb…')).toBe(true);
  expect(line.length).toBeLessThanOrEqual(106);
  expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('HERE');
});

test('a long mark is cut too', () => {
  const [line = '', carets = ''] = at(`key: ${'x'.repeat(500)}`, 'x'.repeat(500)).split('\n');
  expect(line.length).toBe(106);
  expect(carets.length).toBe(106);
});

test('positions are 1-based and agree with splitting the text into lines', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\t') }), fc.nat(40), (text, offset) => {
      const before = text.slice(0, offset).split('\n');
      expect(lineAndColumn(text, offset)).toEqual({
        line: before.length,
        column: (before.at(-1) ?? '').length + 1,
      });
    }),
    { seed: 2, numRuns: 1000 },
  );
});

test('two lines and at least one caret, whatever the text and the range', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(30), fc.nat(30), (text, start, length) => {
      const position = positionOf('f', text, [start, start + length]);
      const lines = (position.excerpt ?? '').split('\n');
      expect(lines).toHaveLength(2);
      expect(lines[1]).toMatch(/^ +\| *\^+$/);
    }),
    { seed: 3, numRuns: 1000 },
  );
});
