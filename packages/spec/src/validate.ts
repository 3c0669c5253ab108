/**
 * A document's value -> PipelineInput: everything has the schema's type, or is null and reported. What keys mean
 * together is normalize's to say; the schema has no oneOf, so ajv's errors name one place each.
 */

import { brokenLimit, type JsonSchema, suggest } from '@evalgraph/formats';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { SpecDocument } from './document.ts';
import type { PipelineInput } from './input.ts';
import { messages } from './messages.ts';
import { oneOf } from './phrases.ts';
import type { Finding, Path, Problems } from './problems.ts';
import { exampleAt, homeOfKey, keysOfSchema, pipelineSchema, schemaAt } from './schema.ts';

/** Reports to the document's problems. */
export function validate({ value, problems }: SpecDocument): PipelineInput {
  const check = validator();
  check(value);
  const errors = check.errors ?? [];
  // First the keys: one that is misspelt makes another one missing, and is the better report of the two.
  for (const error of errors) reportUnknownKey(error, problems, value);
  for (const error of errors) reportError(error, problems, value);
  return (prune(value, [], problems) ?? {}) as PipelineInput;
}

let compiled: ValidateFunction | null = null;

/** Compiled at its first use: a process that reads no pipeline need not pay for it. */
function validator(): ValidateFunction {
  if (compiled !== null) return compiled;
  const ajv = new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true });
  ajv.addKeyword('patternErrorMessage');
  compiled = ajv.compile(pipelineSchema);
  return compiled;
}

/** What was meant is looked up for no more keys than these: far more than are shown. */
const MAX_GUESSES = 1000;

function reportUnknownKey(error: ErrorObject, problems: Problems, root: unknown): void {
  if (error.keyword !== 'additionalProperties') return;
  const { additionalProperty: key } = error.params as { additionalProperty: string };
  const path = pathOf(error.instancePath, root);
  const legal = keysOfSchema(error.parentSchema as JsonSchema);
  const meant = problems.count < MAX_GUESSES ? suggest(key, legal) : null;
  // A merge may stand for any of the keys that are not there.
  const absent = legal.filter((each) => !Object.hasOwn(error.data as object, each));
  const implied = absent.filter((each) => each === meant || key === '<<');
  for (const each of implied) problems.mute([...path, each]);
  problems.key([...path, key], messages.unknownKey(path, key, legal, homeOfKey(key)));
}

function reportError(error: ErrorObject, problems: Problems, root: unknown): void {
  const path = pathOf(error.instancePath, root);
  if (error.propertyName !== undefined) {
    const finding = findingOf(error, path);
    if (finding !== null) problems.key([...path, error.propertyName], finding);
    return;
  }
  if (error.keyword === 'required') {
    const missing = [...path, (error.params as { missingProperty: string }).missingProperty];
    problems.value(missing, messages.missingKey(path, String(missing.at(-1)), exampleAt(missing)));
    return;
  }
  const finding = findingOf(error, path);
  if (finding === null) return;
  if (error.keyword === 'type' && isRepetition(path, error, root, problems)) problems.mute(path);
  else problems.value(path, finding);
}

/** A list of which every item is of the same wrong type is one slip: its first item was reported. */
function isRepetition(path: Path, { data }: ErrorObject, root: unknown, problems: Problems): boolean {
  const index = path.at(-1);
  if (typeof index !== 'number' || index === 0) return false;
  const first = [...path.slice(0, -1), 0];
  return problems.reported(first) && typeof valueAt(root, first) === typeof data;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<string | number, unknown>)[part], root);
}

/** null: the error only says that another one was found. */
function findingOf(error: ErrorObject, path: Path): Finding | null {
  const { keyword, params, data } = error;
  const schema = error.parentSchema as JsonSchema;
  const limit = (params as { limit?: number }).limit ?? 0;
  switch (keyword) {
    case 'additionalProperties':
    case 'propertyNames':
    case 'if':
      return null;
    case 'type':
      return messages.wrongType(path, wantedTypes(schema), data, typeRemedy(path, schema, data));
    case 'enum':
      return notAllowed(path, data, (params as { allowedValues: readonly unknown[] }).allowedValues);
    case 'minimum':
      return messages.outOfRange(path, data, 'least', limit);
    case 'maximum':
      return messages.outOfRange(path, data, 'most', limit);
    case 'exclusiveMinimum':
    case 'exclusiveMaximum': {
      const number = schema.type === 'integer' ? 'a whole number' : 'a number';
      return messages.badSetting(path, data, `${number} ${brokenLimit(Number(data), schema)}`);
    }
    case 'minLength':
      return messages.emptyValue(path, 'text', exampleAt(path));
    case 'minItems':
      return messages.emptyValue(path, 'list', exampleAt(path));
    case 'minProperties':
      return messages.emptyValue(path, 'mapping', exampleAt(path));
    case 'maxLength':
      return messages.tooLong.tokens(path, limit);
    case 'maxItems':
      return messages.tooLong.entries(path, limit);
    case 'pattern':
      return messages.badName(path, error.propertyName ?? data, schema.patternErrorMessage ?? '');
    default:
      throw new Error(`the schema of a pipeline uses '${keyword}', for which there is no message`);
  }
}

/** Where texts are a closed set but other types are legal as well, the remedy names those too. */
function notAllowed(path: Path, value: unknown, legal: readonly unknown[]): Finding {
  const schema = schemaAt(path);
  return messages.badValue(
    path,
    value,
    legal,
    schema?.then === undefined ? oneOf(legal) : wantedTypes(schema),
  );
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'a mapping',
  array: 'a list',
};

function wantedTypes(schema: JsonSchema): string {
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  const words = types.map((type) => {
    const closed = type === 'string' ? schema.then?.enum : undefined;
    return closed === undefined ? (typeNames[type] ?? type) : oneOf(closed);
  });
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

function typeRemedy(path: Path, schema: JsonSchema, data: unknown): string | null {
  const types = [schema.type ?? []].flat();
  if (types.includes('integer') && typeof data === 'string' && /^\d[\d_,' ]*$/.test(data)) {
    return `Write ${data.replaceAll(/\D/g, '')}, without quotes and signs between the digits.`;
  }
  if (types.includes('boolean') && typeof data === 'string' && /^(yes|no|on|off|y|n)$/i.test(data)) {
    return `Write ${/^(yes|on|y)$/i.test(data) ? 'true' : 'false'}: YAML 1.2 takes ${data} for a text.`;
  }
  if (types.includes('string') && typeof data === 'number' && path.at(-2) === 'checkpoints') {
    return 'Steps need a pattern: checkpoints: { subfolder: "iter_{step:07}", steps: [1000, 2000] }';
  }
  if (types.includes('number') && typeof data === 'string' && /^\d+(\.\d+)?\s*%$/.test(data)) {
    return `Write ${Number.parseFloat(data) / 100}, without a sign.`;
  }
  const misplaced = path[1];
  if (
    path.length === 2 &&
    typeof misplaced === 'string' &&
    keysOfSchema(pipelineSchema).includes(misplaced)
  ) {
    return `If the pipeline's own '${misplaced}' is meant, begin it in the column of '${path[0]}'.`;
  }
  const example = exampleAt(path);
  return example === null ? null : `For example: ${example}`;
}

/** A copy in which null stands for whatever was reported; unknown keys stay, nobody reads them. */
function prune(value: unknown, path: Path, problems: Problems): unknown {
  if (problems.reported(path)) return null;
  if (Array.isArray(value)) return value.map((item, index) => prune(item, [...path, index], problems));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, child] of Object.entries(value)) copy[key] = prune(child, [...path, key], problems);
  return copy;
}

/** `/tasks/1/num_fewshot` -> ['tasks', 1, 'num_fewshot']; `root` tells indices from keys that are numbers. */
function pathOf(pointer: string, root: unknown): Path {
  let value = root;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(value) ? Number(key) : key;
      value =
        typeof value === 'object' && value !== null
          ? (value as Record<string | number, unknown>)[step]
          : undefined;
      return step;
    });
}
