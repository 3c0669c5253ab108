import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Checkpoint, findCheckpoint, type Selection, selectCheckpoints } from '../../spec/src/index.ts';
import { parsePattern } from '../../spec/src/pattern.ts';

function seriesOf(steps: readonly number[]): readonly Checkpoint[] {
  return steps.map((step) => ({
    name: `s${step}`,
    step,
    location: { kind: 'subfolder', subfolder: `s${step}` },
  }));
}

const ten = seriesOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);

test.each<[Selection, readonly number[]]>([
  [{ kind: 'list', items: ['first', 'middle', 'last'] }, [1, 5, 10]],
  [{ kind: 'list', items: ['last', 'first'] }, [1, 10]],
  [{ kind: 'list', items: [4, 's2', '3', 'first', 4, 99, 'none'] }, [1, 2, 3, 4]],
  [{ kind: 'every', nth: 4 }, [1, 5, 9]],
  [{ kind: 'every', nth: 100 }, [1]],
  [{ kind: 'list', items: [99] }, []],
])('%j of ten', (selection, steps) => {
  expect(selectCheckpoints(ten, selection).map(({ step }) => step)).toEqual(steps);
});

test('the middle of 27 is the 14th; a series of one is itself whatever is selected', () => {
  const series = seriesOf(Array.from({ length: 27 }, (_, index) => 2000 * (index + 1)));
  expect(findCheckpoint(series, 'middle')?.step).toBe(28_000);
  const one = seriesOf([7]);
  expect(selectCheckpoints(one, { kind: 'list', items: [2000] })).toEqual(one);
});

const item = fc.oneof(fc.constantFrom('first', 'middle', 'last', 's3', 'x'), fc.nat(12));
const selection: fc.Arbitrary<Selection> = fc.oneof(
  fc.record({ kind: fc.constant('every' as const), nth: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant('list' as const), items: fc.array(item, { minLength: 1 }) }),
);
const series = fc.uniqueArray(fc.nat(12)).map((steps) => seriesOf(steps.toSorted((a, b) => a - b)));

test('a selection is a subset in the order of the series, and selecting again changes nothing', () => {
  fc.assert(
    fc.property(series, selection, (all, chosen) => {
      const selected = selectCheckpoints(all, chosen);
      expect(all.filter((checkpoint) => selected.includes(checkpoint))).toEqual(selected);
      if (chosen.kind === 'list') {
        const byItem = chosen.items.map((each) => findCheckpoint(all, each)).filter((each) => each !== null);
        if (all.length > 1) expect(new Set(selected)).toEqual(new Set(byItem));
      }
    }),
    { seed: 4, numRuns: 1000 },
  );
});

test('everything is every first', () => {
  fc.assert(
    fc.property(series, (all) => {
      expect(selectCheckpoints(all, { kind: 'every', nth: 1 })).toEqual(all);
    }),
    { seed: 5 },
  );
});

test.each([
  ['iter_{step:07}', 2000, 'iter_0002000', 'iter_0002000'],
  ['step-{step}', 125000, 'step-125000', 'step-125000'],
  ['{step:03}', 12345, '12345', '12345'],
  ['runs/{step}/hf', 5, 'runs/5/hf', '5-hf'],
  ['stage 2/s{step}', 5, 'stage 2/s5', 's5'],
  ['{step}-{step:02}', 5, '5-05', '5-05'],
])('%s of %i', (text, step, rendered, name) => {
  const result = parsePattern(text);
  if (!('pattern' in result)) throw new Error(`${text} is no pattern`);
  expect(result.pattern.render(step)).toBe(rendered);
  expect(result.pattern.name(step)).toBe(name);
});

test('different steps give different places and names', () => {
  const pattern = fc.constantFrom('iter_{step:07}', '{step}', 'a/{step:02}/b', 's{step}-{step:04}');
  fc.assert(
    fc.property(pattern, fc.maxSafeNat(), fc.maxSafeNat(), (text, one, two) => {
      const result = parsePattern(text);
      if (!('pattern' in result) || one === two) return;
      expect(result.pattern.render(one)).not.toBe(result.pattern.render(two));
      expect(result.pattern.name(one)).not.toBe(result.pattern.name(two));
    }),
    { seed: 6, numRuns: 500 },
  );
});
