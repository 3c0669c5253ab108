/** The judge is the library's own parseDocument: the same documents, the same errors at the same places. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { MAX_YAML_TOKENS, parseYaml, UserError } from '../src/index.ts';

const options = { schema: 'core', uniqueKeys: false, prettyErrors: false } as const;
const tooLong = { code: 'too-long', message: 'It is too long.' };

const piece = fc.constantFrom(
  ...['a', ' b', ': ', '- ', '\n', '\n  ', '{', '}', '[', ']', ', ', '"', "'", '&a ', '*a', '!t ', '# c'],
  ...['|\n', '>\n', '? ', '---\n', '...\n', '%TAG ! x\n', '\t', '1', '0x1f', 'null', '\\n'],
);

test('documents, errors and warnings are the library’s', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('');
      const [ours, theirs] = [parseYaml(text, options, tooLong), parseDocument(text, options)];
      expect(placesOf(ours)).toEqual(placesOf(theirs));
      expect(ours.range).toEqual(theirs.range);
      if (theirs.errors.length === 0) expect(plainOf(ours)).toEqual(plainOf(theirs));
    }),
    { numRuns: 500, examples: [[['*a']], [['---\n', '---\n']], [['[', '---\n', 'a']]] },
  );
});

type Parsed = ReturnType<typeof parseYaml>;

/** Of an alias without an anchor only this is known: that it is one. */
function plainOf(parsed: Parsed): unknown {
  try {
    return parsed.toJS();
  } catch (error) {
    return String(error);
  }
}

function placesOf({ errors, warnings }: Parsed): readonly unknown[] {
  return [...errors, ...warnings].map(({ code, pos }) => ({ code, pos }));
}

test.each([
  ['comments', '', '#\n', 2],
  ['commas', '[', ',', 1],
  ['blank lines', '', '\n', 1],
])('as many tokens of %s as are allowed are read, more are not', (_, before, unit, tokens) => {
  const most = Math.floor(MAX_YAML_TOKENS / tokens);
  const parsed = (units: number) => () => parseYaml(before + unit.repeat(units), options, tooLong);
  expect(parsed(most - 100)).not.toThrow();
  expect(parsed(most + 100)).toThrow(new UserError(tooLong));
});

test('errors thrown elsewhere keep their stacks', () => {
  const { stackTraceLimit } = Error;
  parseYaml('a: [', options, tooLong);
  expect(() => parseYaml('\n'.repeat(MAX_YAML_TOKENS + 1), options, tooLong)).toThrow();
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
});
