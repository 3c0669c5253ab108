/** Declared settings: what is read, what is refused, and the schema that follows. */
import { expect, expectTypeOf, test } from 'vitest';
import { readSetting, type SettingInput, type SettingValue, setting, settingSchema } from '../src/index.ts';

const { choice, dictionary, either, flag, list, mapping, named, number, text, texts, variant, whole } =
  setting;

const declared = mapping({
  clip_norm: number({ min: 0, max: 10 }, { says: 'The most.', examples: [1], default: 1 }),
  max_steps: whole({ min: 1 }, { says: 'Steps.', examples: [9], required: true }),
  rate: number({ above: 0, below: 1 }, { says: 'A share.', examples: [0.5], otherwise: 'half of it' }),
  kind: choice(['a', 'b'], { says: 'Which.', examples: ['a'], default: 'b' }),
  files: texts({ says: 'Which files.', examples: ['x'], otherwise: 'all' }),
  parts: list(mapping({ of_part: flag({ says: 'Is it?', examples: [true], default: false }) }), {
    says: 'The parts.',
    examples: [[{ of_part: true }]],
    default: [],
  }),
});

test('types follow', () => {
  expectTypeOf<SettingValue<typeof declared>['clipNorm']>().toEqualTypeOf<number>();
  expectTypeOf<SettingValue<typeof declared>['rate']>().toEqualTypeOf<number | null>();
  expectTypeOf<SettingValue<typeof declared>['kind']>().toEqualTypeOf<'a' | 'b'>();
  expectTypeOf<SettingInput<typeof declared>['kind']>().toEqualTypeOf<'a' | 'b' | null | undefined>();
});

test('what is read has every default, in camelCase', () => {
  expect(readSetting(declared, { max_steps: 3, files: 'x', parts: [{}] }, 'snake_case')).toEqual({
    value: { clipNorm: 1, maxSteps: 3, rate: null, kind: 'b', files: ['x'], parts: [{ ofPart: false }] },
    mistakes: [],
  });
  expect(readSetting(declared, { maxSteps: 3, rate: null, parts: [] }, 'camelCase').value).toEqual({
    clipNorm: 1,
    maxSteps: 3,
    rate: null,
    kind: 'b',
    files: null,
    parts: [],
  });
});

test('every mistake has its place, and what is legal there', () => {
  const input = { clip_norm: -1, rate: 1, kind: 'c', files: [1], parts: [{ off_part: true }], more: 1 };
  const { mistakes } = readSetting(declared, input, 'snake_case');
  expect(mistakes.map(({ path, kind, expected }) => [path.join('.'), kind, expected])).toEqual([
    ['clip_norm', 'limit', 'a number of at least 0'],
    ['max_steps', 'missing', 'a whole number'],
    ['rate', 'limit', 'a number between 0 and 1'],
    ['kind', 'word', 'one of a, b'],
    ['files.0', 'type', 'a text'],
    ['parts.0.off_part', 'key', 'no such key'],
    ['more', 'key', 'no such key'],
  ]);
  expect(mistakes.find(({ kind }) => kind === 'word')?.legal).toEqual(['a', 'b']);
});

test.each([
  ['NaN', { max_steps: Number.NaN }],
  ['a fraction', { max_steps: 1.5 }],
  ['null', { max_steps: 1, rate: null }],
  ['an empty list', { max_steps: 1, parts: [] }],
  ['an empty text', { max_steps: 1, files: '' }],
  ['a key of objects', { max_steps: 1, constructor: 1 }],
])('%s is refused', (_, input) => {
  expect(readSetting(declared, input, 'snake_case').mistakes).toHaveLength(1);
});

const step = variant(
  'step',
  {
    cut: { n: whole({ min: 2, max: 9 }, { says: 'words.', examples: [3], default: 3 }) },
    join: {
      n: whole({ min: 1, max: 5 }, { says: 'lines.', examples: [1], required: true }),
      limits: mapping({ top: number({}, { says: 'top.', examples: [1], default: 7 }) }),
    },
  },
  { says: 'What is done.', examples: ['cut'], default: 'cut' },
);

test('one key says which others there are', () => {
  expect(readSetting(step, {}, 'snake_case').value).toEqual({ step: 'cut', n: 3 });
  expect(readSetting(step, { step: 'join', n: 1 }, 'snake_case').value).toEqual({
    step: 'join',
    n: 1,
    limits: null,
  });
  const wrong = readSetting(step, { step: 'cut', n: 1, limits: {} }, 'snake_case').mistakes;
  expect(wrong.map(({ path, kind }) => [path.join('.'), kind])).toEqual([
    ['n', 'limit'],
    ['limits', 'key'],
  ]);
  expect(readSetting(step, { step: 'joint' }, 'snake_case').mistakes).toMatchObject([
    { kind: 'word', path: ['step'] },
  ]);
});

test('the schema says the same to editors', () => {
  const root = mapping({
    steps: list(named('step', step), { says: 'The steps.', examples: [[{}]], otherwise: 'none' }),
    use: either([choice(['auto']), whole({ min: 1 })], { says: 'How many.', examples: [1], default: 'auto' }),
    by_name: dictionary(text(), text({ maxLength: 3 }), { says: 'Words.', examples: [{}] }),
  });
  expect(settingSchema(root, { title: 't' })).toEqual({
    title: 't',
    type: 'object',
    additionalProperties: false,
    properties: {
      steps: {
        description: 'The steps. Default: none.',
        examples: [[{}]],
        type: 'array',
        minItems: 1,
        items: { $ref: '#/$defs/step' },
      },
      use: {
        description: 'How many. Default: auto.',
        default: 'auto',
        examples: [1],
        type: ['string', 'integer'],
        minimum: 1,
        if: { type: 'string' },
        // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
        then: { enum: ['auto'] },
      },
      by_name: {
        description: 'Words.',
        examples: [{}],
        type: 'object',
        additionalProperties: { type: 'string', minLength: 1 },
        propertyNames: { type: 'string', minLength: 1, maxLength: 3 },
      },
    },
    $defs: {
      step: {
        type: 'object',
        additionalProperties: false,
        properties: {
          step: {
            description: 'What is done. Default: cut.',
            default: 'cut',
            examples: ['cut'],
            type: 'string',
            enum: ['cut', 'join'],
          },
          n: {
            description: 'With cut: words. Default: 3. With join: lines.',
            examples: [3, 1],
            type: 'integer',
            minimum: 1,
            maximum: 9,
          },
          limits: {
            description: 'With join: ',
            examples: [],
            type: 'object',
            additionalProperties: false,
            properties: {
              top: { description: 'top. Default: 7.', default: 7, examples: [1], type: 'number' },
            },
          },
        },
      },
    },
  });
});
