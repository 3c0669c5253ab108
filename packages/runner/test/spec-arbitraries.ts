/** Random pipelines that the schema accepts, made from the schema itself, so that no key is forgotten. */

import type { JsonSchema } from '@evalgraph/formats';
import fc from 'fast-check';
import { pipelineSchema } from '../../spec/src/schema.ts';

/** Values that mean something together: random texts would all end at the first check. */
const texts: Readonly<Record<string, readonly string[]>> = {
  source: ['./models/a', '/models/b', 'hf:owner/name', 'hf:gpt2', '../c', 'owner/name', 'hf:'],
  subfolder: ['iter_{step:07}', 's{step}', 'final', 'a/b', '../x', '{stpe}'],
  revision: ['step-{step}', 'main', 'a b', '{step'],
  folder: ['/runs/{step}/hf', './runs/s{step}', 'runs/{step}', '/runs/final'],
  dense: ['a', 'b', 'a@last', 'b@first', 'a@2', 'c@x', '@', 'valueOf'],
  pruned: ['b', 'c', 'b@middle', 'a@first', 'toString@last'],
  corpus: ['wiki', 'demo/world', './datasets/x', '/x/test.jsonl', '~/x', 'a b', '..', '/'],
  batch_size: ['auto', 'auto:4'],
  time: ['4:00:00', '1-12:00:00', '90'],
  gpus: ['1', 'a100:2'],
  extra: ['--mem=64G', '--account=team', 'mem', '--output=x'],
  path: ['./text', '/texts', 'hf:owner/name/part', 'text'],
  step: ['length', 'paragraphs', 'repetition', 'quality', 'web-lines', 'regex', 'language'],
  pattern: ['2:4', '4:2', '9:9'],
  against: ['tasks', './held-out.jsonl', 'mmlu', '~/x'],
  keep: ['en', 'de', 'xx'],
  tokenizer: ['./models/a', 'a', 'b@last', '~/x'],
  config: ['./shape', 'shape'],
  from: ['./models/a', 'a', 'b@last', 'c', 'valueOf'],
  data: ['a', 'b', 'constructor'],
  calibration: ['a', './calibration.txt', 'mmlu'],
  flags: ['i', 'm'],
  after: ['scraper:fetch', 'scraper'],
  url: ['http://localhost:8000/v1', 'https://server/v1/', 'localhost', 'file:///x'],
};
/** Keys of a model that is made here. */
const MAKING = ['init', 'train', 'prune'];
const names = ['a', 'b', 'c', 'mmlu', 'hellaswag', 'last', '2', 'constructor', 'A'];

function arbitraryOf(key: string, schema: JsonSchema): fc.Arbitrary<unknown> {
  const node = resolve(schema);
  const types = [node.type ?? []].flat();
  return fc.oneof(...types.map((type) => arbitraryOfType(type, key, node)));
}

function arbitraryOfType(type: string, key: string, node: JsonSchema): fc.Arbitrary<unknown> {
  const closed = node.enum ?? node.then?.enum;
  switch (type) {
    case 'string':
      return fc.constantFrom(...(closed ?? texts[key] ?? names));
    case 'integer':
      return fc.oneof(
        {
          weight: 9,
          arbitrary: fc.integer({
            min: node.minimum ?? 0,
            max: Math.min((node.minimum ?? 0) + 9, node.maximum ?? Infinity),
          }),
        },
        { weight: 1, arbitrary: fc.constant(node.maximum ?? 0) },
      );
    case 'number':
      return fc.double({
        noNaN: true,
        noDefaultInfinity: true,
        ...rangeOf(node),
      });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(arbitraryOf(key, node.items ?? {}), { minLength: node.minItems ?? 0, maxLength: 4 });
    default:
      return typeof node.additionalProperties === 'object'
        ? fc.dictionary(fc.constantFrom(...names), arbitraryOf(key, node.additionalProperties), {
            minKeys: node.minProperties ?? 0,
            maxKeys: 3,
          })
        : arbitraryOfObject(node);
  }
}

function rangeOf(node: JsonSchema): fc.DoubleConstraints {
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below } = node;
  const [min, max] = [minimum ?? above, maximum ?? below];
  return {
    ...(min === undefined ? {} : { min, minExcluded: above !== undefined }),
    ...(max === undefined ? {} : { max, maxExcluded: below !== undefined }),
  };
}

function arbitraryOfObject(node: JsonSchema): fc.Arbitrary<unknown> {
  const fields = Object.entries(node.properties ?? {}).map(
    ([key, child]) => [key, arbitraryOf(key, child)] as const,
  );
  const record = (own: typeof fields): fc.Arbitrary<Record<string, unknown>> =>
    fc.record<Record<string, unknown>>(Object.fromEntries(own), { requiredKeys: [...(node.required ?? [])] });
  // A model that says twice where it comes from ends there: most are to say it once.
  const found = fields.filter(([key]) => !MAKING.includes(key));
  return found.length === fields.length
    ? record(fields)
    : fc.oneof({ weight: 3, arbitrary: record(found) }, { weight: 2, arbitrary: record(fields) });
}

function resolve(node: JsonSchema): JsonSchema {
  const name = node.$ref?.replace('#/$defs/', '');
  return name === undefined ? node : (pipelineSchema.$defs?.[name] ?? {});
}

export const validInput: fc.Arbitrary<unknown> = arbitraryOf('', pipelineSchema);

/** Pipelines that mostly normalise: what the schema cannot say is respected too. */
export const soundInput: fc.Arbitrary<{ models: Record<string, object> } & Record<string, unknown>> =
  fc.record({
    models: fc.dictionary(
      fc.stringMatching(/^[a-z][a-z0-9-]{0,5}$/),
      fc.oneof(
        fc.record({ source: fc.constantFrom('./a', 'hf:a/b', '/c') }),
        fc.record({
          source: fc.constantFrom('./a', 'hf:a/b'),
          checkpoints: fc.record({
            subfolder: fc.constantFrom('iter_{step:07}', 's{step}'),
            steps: fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 5 }),
            select: fc.oneof(
              fc.constantFrom('all', 'last'),
              fc.record({ every: fc.integer({ min: 1, max: 5 }) }),
            ),
          }),
          max_length: fc.integer({ min: 2, max: 4096 }),
        }),
      ),
      { minKeys: 1, maxKeys: 5 },
    ),
    tasks: fc.uniqueArray(fc.constantFrom('mmlu', 'hellaswag', 'arc'), { minLength: 1 }),
  });
