import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readYaml } from '../../spec/src/document.ts';
import { type Pipeline, parsePipeline, selectCheckpoints } from '../../spec/src/index.ts';
import { validate } from '../../spec/src/validate.ts';
import { soundInput, validInput } from './spec-arbitraries.ts';

const identity = { name: 'random', file: 'random.yaml', root: '/workspace' };

/** JSON is YAML. Anything thrown but a UserError fails the test. */
function parse(text: string): Pipeline | UserError {
  try {
    return parsePipeline(text, identity);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function checkProblems({ problems }: UserError): void {
  expect(problems.length).toBeGreaterThan(0);
  const lines = problems.filter(({ at }) => at !== undefined).map(({ at }) => at?.line ?? 0);
  expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  for (const { message, remedy, at } of problems) {
    expect(`${message} ${remedy ?? ''}`).not.toMatch(/undefined|\[object|NaN/);
    if (at !== undefined) expect(at.excerpt).toMatch(/\n *\| *\^+$/);
  }
}

/** Every array and object in `value` is free of undefined. */
function isStrict(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined;
  return Object.values(value).every(isStrict);
}

test('what the schema accepts becomes a strict Pipeline or a UserError, and never a schema error', () => {
  fc.assert(
    fc.property(fc.oneof(validInput, soundInput), (input) => {
      const text = JSON.stringify(input);
      const document = readYaml(text, 'random.yaml');
      validate(document);
      document.problems.throwIfAny();
      const result = parse(text);
      if (result instanceof UserError) checkProblems(result);
      else expect(isStrict(result)).toBe(true);
    }),
    { seed: 7, numRuns: 600 },
  );
});

test('any JSON becomes a Pipeline or a UserError', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const result = parse(text);
      if (result instanceof UserError) checkProblems(result);
    }),
    { seed: 8, numRuns: 500 },
  );
});

const full = readFileSync(join(import.meta.dirname, 'cases/spec/full/pipeline.yaml'), 'utf8');

test('a damaged file becomes a Pipeline or a UserError', () => {
  const damage = fc.record({
    at: fc.nat(full.length - 1),
    cut: fc.nat(12),
    paste: fc.constantFrom(
      '',
      ' ',
      '\n',
      '\t',
      '{',
      '}',
      '[',
      ']',
      ':',
      ': ',
      '"',
      '- ',
      '*a',
      '&a ',
      '!x ',
      '#',
      '0',
    ),
  });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
      const text = damages.reduce(
        (before, { at, cut, paste }) => before.slice(0, at) + paste + before.slice(at + cut),
        full,
      );
      const result = parse(text);
      if (result instanceof UserError) checkProblems(result);
    }),
    { seed: 9, numRuns: 600 },
  );
});

function sound(input: unknown): Pipeline {
  const result = parse(JSON.stringify(input));
  if (result instanceof UserError) throw result;
  return result;
}

test('the order of models in the file is the order of the models, and changes nothing else', () => {
  fc.assert(
    fc.property(soundInput, fc.infiniteStream(fc.nat()), (input, numbers) => {
      const keys = Object.entries(input.models).map((entry) => ({
        entry,
        rank: numbers.next().value as number,
      }));
      const shuffled = Object.fromEntries(keys.toSorted((a, b) => a.rank - b.rank).map(({ entry }) => entry));
      const before = sound(input);
      const after = sound({ ...input, models: shuffled });
      const names = Object.keys(shuffled);
      expect(after.models.map(({ name }) => name)).toEqual(names);
      const reordered = before.models.toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
      expect(after).toEqual({ ...before, models: reordered });
    }),
    { seed: 10, numRuns: 300 },
  );
});

test('a quick run takes some checkpoint of every model', () => {
  fc.assert(
    fc.property(soundInput, (input) => {
      const { models, quick } = sound(input);
      for (const { checkpoints } of models) {
        expect(selectCheckpoints(checkpoints, quick.checkpoints).length).toBeGreaterThan(0);
      }
    }),
    { seed: 11, numRuns: 300 },
  );
});
