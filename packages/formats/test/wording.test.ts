import { expect, test } from 'vitest';
import {
  alternatives,
  counted,
  cut,
  didYouMean,
  firstOf,
  formatCount,
  linesOf,
  orMeant,
  shown,
} from '../src/wording.ts';

test('counts agree with their nouns', () => {
  expect([0, 1, 2, 1234].map((count) => counted(count, 'checkpoint'))).toEqual([
    '0 checkpoints',
    '1 checkpoint',
    '2 checkpoints',
    '1,234 checkpoints',
  ]);
  expect(counted(3, 'try', 'tries')).toBe('3 tries');
  expect(() => formatCount(Number.NaN)).toThrow(RangeError);
});

test('lists say how many they leave out', () => {
  expect(firstOf(['a', 'b'], 2)).toBe('a, b');
  expect(firstOf([1, 2, 3], 2)).toBe('1, 2 and 1 more');
  expect(linesOf(['a', 'b', 'c'], 1)).toBe('  a\n  … and 2 more');
  expect(linesOf(['a'], 1)).toBe('  a');
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(alternatives)).toEqual([
    '',
    'a',
    'a or b',
    'a, b or c',
  ]);
});

test('guesses are names that are near', () => {
  expect(orMeant('mmul', ['mmlu', 'hellaswag'])).toBe("; did you mean 'mmlu'?");
  expect(orMeant('xyz', ['mmlu'])).toBe('.');
  expect(didYouMean('squad', ['squadv2', 'squad_v1', 'mmlu'], 3)).toBe(
    "Did you mean 'squadv2' or 'squad_v1'? ",
  );
  expect(didYouMean('xyz', ['mmlu'])).toBe('');
});

test('long values are cut', () => {
  expect(shown(undefined)).toBe('missing');
  expect(shown({ a: 'b' })).toBe('{"a":"b"}');
  expect(shown('x'.repeat(100), 5)).toBe('"xxx…');
  expect(cut('ab😀', 3)).toBe('ab…');
});
