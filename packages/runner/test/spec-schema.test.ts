/** The schema explains itself to editors, and the normaliser reads the keys that it names: all, and no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsonSchema, readSetting, setting, settingSchema } from '@evalgraph/formats';
import { trainingFields } from '@evalgraph/pretrain/settings';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readYaml } from '../../spec/src/document.ts';
import type { PipelineInput } from '../../spec/src/input.ts';
import { normalize } from '../../spec/src/normalize.ts';
import type { Path } from '../../spec/src/problems.ts';
import { pipelineSchema, schemaAt } from '../../spec/src/schema.ts';
import { validInput } from './spec-arbitraries.ts';

const training = setting.mapping(trainingFields);

/** Every mapping with keys of its own. */
const objects: readonly (readonly [string, JsonSchema])[] = [
  ['pipeline', pipelineSchema],
  ...Object.entries(pipelineSchema.properties ?? {}),
  ...Object.entries(pipelineSchema.$defs ?? {}),
].filter((entry): entry is [string, JsonSchema] => (entry[1] as JsonSchema).properties !== undefined);

test('all mappings are found', () => {
  expect(objects.map(([name]) => name)).toEqual([
    'pipeline',
    'quick',
    'engine',
    'madeCorpus',
    'textSource',
    'amount',
    'cleaningStep',
    'mix',
    'pack',
    'lossWeight',
    'model',
    'checkpoints',
    'checkpoint',
    'selection',
    'init',
    'train',
    'trainData',
    'prune',
    'blocks',
    'task',
    'generation',
    'perplexity',
    'comparison',
    'referenceFigure',
    'samples',
    'drawing',
    'launcher',
    'slurm',
  ]);
});

test('the file for editors is what the settings declare; `vitest -u` writes it anew', async () => {
  const file = join(import.meta.dirname, '../../spec/schema/pipeline.schema.json');
  await expect(`${shortJson(pipelineSchema, '')}\n`).toMatchFileSnapshot(file);
});

/** JSON in which whatever fits into a line stands in one. */
function shortJson(value: unknown, indent: string): string {
  const inLine = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || indent.length + inLine.length <= 110) return inLine;
  const deeper = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => shortJson(item, deeper))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${shortJson(item, deeper)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${parts.map((part) => deeper + part).join(',\n')}\n${indent}${close}`;
}

test('the schema is a valid one of its draft', () => {
  const ajv = new Ajv2020({ allowUnionTypes: true });
  ajv.addKeyword('patternErrorMessage');
  expect(ajv.validateSchema(pipelineSchema)).toBe(true);
});

test.each(objects)('every key of %s has a description and examples that are legal', (_, node) => {
  expect(node.additionalProperties).toBe(false);
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    expect(child.description, key).toMatch(/^[A-Z`].{20,}\.$/);
    const ajv = new Ajv2020({ allowUnionTypes: true });
    ajv.addKeyword('patternErrorMessage');
    const check = ajv.compile({ ...child, $defs: pipelineSchema.$defs });
    expect(child.examples?.length, key).toBeGreaterThan(0);
    for (const example of child.examples ?? [])
      expect(check(example), `${key}: ${JSON.stringify(example)}`).toBe(true);
  }
});

test('the reader of settings and ajv refuse the same values', () => {
  const ajv = new Ajv2020({ allowUnionTypes: true });
  const check = ajv.compile(settingSchema(training, {}));
  const numbers = [-1, 0, 1e-9, 0.5, 1, 2, 1.5, 1000, 1001, 1e9, 1e9 + 1, 2 ** 32, 2 ** 53];
  const values = fc.constantFrom<unknown>(
    ...numbers,
    'adamw',
    'wsd',
    'adam',
    '',
    true,
    null,
    [],
    [0],
    [-1],
    {},
  );
  const keys = [...Object.keys(trainingFields), 'clip_nrom'];
  const start = { max_steps: 10, learning_rate: 0.1, batch_size: 1 };
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), values, { maxKeys: 3 }), (own) => {
      const input = { ...start, ...own };
      const { mistakes } = readSetting(training, input, 'snake_case');
      expect(mistakes.length === 0, JSON.stringify(input)).toBe(check(input));
    }),
    { seed: 5, numRuns: 500 },
  );
});

test('the normaliser reads exactly the keys of the schema', () => {
  const read = new Map<JsonSchema, Set<string>>();
  function normalizeWatched(text: string): void {
    const document = readYaml(text, 'random.yaml');
    const watched = watch(document.value, [], (path, key) => {
      const node = schemaAt(path);
      if (node?.properties !== undefined) read.set(node, (read.get(node) ?? new Set()).add(key));
    });
    normalize(watched as PipelineInput, document, { name: 'random', file: 'random.yaml', root: '/w' });
  }
  for (const name of ['full', 'made-models']) {
    normalizeWatched(readFileSync(join(import.meta.dirname, `cases/spec/${name}/pipeline.yaml`), 'utf8'));
  }
  fc.assert(
    fc.property(validInput, (input) => normalizeWatched(JSON.stringify(input))),
    { seed: 12, numRuns: 200 },
  );
  for (const [name, node] of objects) {
    expect([...(read.get(node) ?? [])].sort(), name).toEqual(Object.keys(node.properties ?? {}).sort());
  }
});

/** `value`, telling of every key that is read from one of its mappings. */
function watch(value: unknown, path: Path, onRead: (path: Path, key: string) => void): unknown {
  if (Array.isArray(value)) return value.map((item, index) => watch(item, [...path, index], onRead));
  if (typeof value !== 'object' || value === null) return value;
  const children = Object.entries(value).map(([key, child]) => [key, watch(child, [...path, key], onRead)]);
  return new Proxy(Object.assign(Object.create(null), Object.fromEntries(children)), {
    get(target, key) {
      if (typeof key === 'string') onRead(path, key);
      return Reflect.get(target, key);
    },
  });
}
