import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearest, suggest } from '../src/index.ts';

const keys = ['title', 'models', 'tasks', 'quick', 'comparisons', 'engine', 'num_fewshot', 'checkpoints'];

test.each([
  ['model', 'models'],
  ['taks', 'tasks'],
  ['numfewshot', 'num_fewshot'],
  ['num-fewshot', 'num_fewshot'],
  ['Num_Fewshot', 'num_fewshot'],
  ['chekcpoints', 'checkpoints'],
  ['comp', 'comparisons'],
  ['perplexity', null],
  ['xyz', null],
  ['', null],
])('%s -> %s', (typed, expected) => {
  expect(suggest(typed, keys)).toBe(expected);
});

test('the nearest come first, at most as many as asked, never the name itself', () => {
  expect(nearest('iter_0002001', ['iter_0003000', 'iter_0002000', 'iter_0002001', 'other'], 2)).toEqual([
    'iter_0002000',
    'iter_0003000',
  ]);
  expect(nearest('a', ['a'], 5)).toEqual([]);
});

// Published examples of the optimal string alignment distance: "CA" -> "ABC" is 3 (it is 2 in the unrestricted form).
test.each([
  ['kitten', 'sitting', 3],
  ['CA', 'ABC', 3],
  ['ab', 'ba', 1],
  ['', 'abc', 3],
])('distance of %s and %s is %i', (a, b, expected) => {
  expect(editDistance(a, b)).toBe(expected);
});

test('the distance is symmetric, 0 only for equal texts, and a bound cuts it without changing it', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  fc.assert(
    fc.property(word, word, fc.nat(8), (a, b, bound) => {
      const distance = editDistance(a, b);
      expect(editDistance(b, a)).toBe(distance);
      expect(distance === 0).toBe(a === b);
      expect(editDistance(a, b, bound)).toBe(Math.min(distance, bound + 1));
    }),
    { seed: 1, numRuns: 2000 },
  );
});
