/** The schema of pipeline.yaml, and what messages take from it: legal keys, examples, where else a key is legal. */
import { type JsonSchema, settingSchema } from '@evalgraph/formats';
import { pipeline } from './declared/pipeline.ts';
import type { Path } from './problems.ts';
import { flow } from './show.ts';

/** schema/pipeline.schema.json holds the same for editors; a test compares the two. */
export const pipelineSchema: JsonSchema = settingSchema(pipeline, {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'evalgraph pipeline',
});

/** The legal keys of a mapping. */
export function keysOfSchema(node: JsonSchema): readonly string[] {
  return Object.keys(node.properties ?? {});
}

/** What the schema says of the value at `path`, undefined where it knows no such place. */
export function schemaAt(path: Path): JsonSchema | undefined {
  let node: JsonSchema | undefined = pipelineSchema;
  for (const part of path) node = node === undefined ? undefined : childOf(resolve(node), part);
  return node === undefined ? undefined : resolve(node);
}

/** `source: ./models/demo`: the schema's first example for the value at `path`, null where it has none. */
export function exampleAt(path: Path): string | null {
  const last = path.at(-1);
  const parent = schemaAt(path.slice(0, -1));
  const node = last === undefined || parent === undefined ? undefined : childOf(parent, last);
  if (node === undefined) return null;
  const example = node.examples?.[0] ?? resolve(node).examples?.[0];
  if (example === undefined) return null;
  return typeof last === 'string' ? flow({ [last]: example }).replace(/^\{ (.*) \}$/, '$1') : flow(example);
}

function childOf(node: JsonSchema, part: string | number): JsonSchema | undefined {
  if (typeof part === 'number') return node.items;
  const named = Object.hasOwn(node.properties ?? {}, part) ? node.properties?.[part] : undefined;
  if (named !== undefined) return named;
  return typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
}

function resolve(node: JsonSchema): JsonSchema {
  const name = node.$ref?.replace('#/$defs/', '');
  if (name === undefined) return node;
  const target = pipelineSchema.$defs?.[name];
  if (target === undefined) throw new Error(`the schema of a pipeline has no $defs/${name}`);
  return target;
}

/** Whether a text may stand where a task's name does; else the rule that it breaks. */
export function brokenTaskNameRule(name: string): string | null {
  const rule = pipelineSchema.$defs?.['task'];
  if (rule?.pattern === undefined || rule.maxLength === undefined) {
    throw new Error('the schema of a pipeline has no rule for the names of tasks');
  }
  if (name.length > rule.maxLength) return `A name has at most ${rule.maxLength} characters.`;
  return new RegExp(rule.pattern, 'u').test(name) ? null : (rule.patternErrorMessage ?? '');
}

/** How people call the mappings that have keys. */
const owners: readonly (readonly [string, JsonSchema | undefined])[] = [
  ['the pipeline itself (top level)', pipelineSchema],
  ["'quick'", pipelineSchema.properties?.['quick']],
  ["'engine'", pipelineSchema.properties?.['engine']],
  ['a model', pipelineSchema.$defs?.['model']],
  ["'checkpoints' of a model", pipelineSchema.$defs?.['checkpoints']],
  ['a task, written as { task: name, … }', pipelineSchema.$defs?.['task']],
  ['a comparison', pipelineSchema.$defs?.['comparison']],
  ['a corpus', pipelineSchema.$defs?.['madeCorpus']],
  ['a source of a corpus', pipelineSchema.$defs?.['textSource']],
  ['a cleaning step', pipelineSchema.$defs?.['cleaningStep']],
  ['a pack', pipelineSchema.$defs?.['pack']],
  ["'loss_weights' of a pack", pipelineSchema.$defs?.['lossWeight']],
  ["'init' of a model", pipelineSchema.$defs?.['init']],
  ["'train' of a model", pipelineSchema.$defs?.['train']],
  ["'data' of 'train', written as { pack: name, … }", pipelineSchema.$defs?.['trainData']],
  ["'prune' of a model", pipelineSchema.$defs?.['prune']],
  ["'samples'", pipelineSchema.$defs?.['samples']],
  ['a perplexity, written as { protocol: wanda, … }', pipelineSchema.$defs?.['perplexity']],
];

/** Where a key that is out of place would be legal, null where nowhere. */
export function homeOfKey(key: string): string | null {
  const homes = owners.filter(
    ([, node]) => node?.properties !== undefined && Object.hasOwn(node.properties, key),
  );
  return homes.length === 0 ? null : homes.map(([name]) => name).join(' and of ');
}
