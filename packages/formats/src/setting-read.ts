/**
 * A value that somebody wrote -> the value of a declared setting: camelCase names, every default filled in; and everything
 * that the declaration forbids, with its place. Texts of messages are the caller's.
 */
import {
  camelCase,
  type Fields,
  type Limits,
  type Setting,
  type SettingNode,
  type SettingType,
  type SettingValue,
} from './setting.ts';

export type SettingPath = readonly (string | number)[];

/** `sources[1].weight`. */
export function pathText(path: SettingPath): string {
  return path
    .map((part, depth) => (typeof part === 'number' ? `[${part}]` : depth === 0 ? part : `.${part}`))
    .join('');
}

export interface SettingMistake {
  readonly path: SettingPath;
  readonly kind: 'missing' | 'type' | 'limit' | 'word' | 'key';
  readonly value: unknown;
  /** What is legal there, in words. */
  readonly expected: string;
  /** The words or the keys that are legal there; [] where it is not about either. */
  readonly legal: readonly string[];
}

/**
 * @param keys how the value spells names: as a YAML file of a user, or as the program, in which null stands for what
 *   was left out
 * @returns the value, complete where there is no mistake
 */
export function readSetting<S extends Setting>(
  declared: S,
  value: unknown,
  keys: 'snake_case' | 'camelCase',
): { readonly value: SettingValue<S>; readonly mistakes: readonly SettingMistake[] } {
  const mistakes: SettingMistake[] = [];
  const read = readValue(declared.node, value, [], { mistakes, keys }) as SettingValue<S>;
  return { value: read, mistakes };
}

interface Reading {
  readonly mistakes: SettingMistake[];
  readonly keys: 'snake_case' | 'camelCase';
}

function readValue(node: SettingNode, value: unknown, path: SettingPath, reading: Reading): unknown {
  const wrong = (kind: SettingMistake['kind'], legal: readonly string[] = []): unknown => {
    const limit = kind === 'limit' && typeof value === 'number' ? ` ${brokenLimit(value, node.limits)}` : '';
    reading.mistakes.push({ path, kind, value, expected: `${typesText(node)}${limit}`, legal });
    return value;
  };
  if (!node.types.some((type) => isOfType(value, type))) return wrong('type');
  if (typeof value === 'number') return isWithin(value, node.limits) ? value : wrong('limit');
  if (typeof value === 'string') {
    if (node.words !== null && !node.words.includes(value)) return wrong('word', node.words);
    if (!isTextWithin(value, node.limits, reading.keys === 'snake_case')) return wrong('limit');
    return node.isListOfOne ? [value] : value;
  }
  if (Array.isArray(value)) {
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = node.limits;
    if (value.length < minItems || value.length > maxItems) return wrong('limit');
    const { items } = node;
    return items === null
      ? value
      : value.map((item, at) => readValue(items.node, item, [...path, at], reading));
  }
  if (typeof value !== 'object' || value === null) return value;
  const object = value as Readonly<Record<string, unknown>>;
  const { values, variants, fields } = node;
  if (values !== null) {
    const entries = Object.entries(object);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, readValue(values.node, item, [...path, key], reading)]),
    );
  }
  if (variants === null) return readFields(fields ?? {}, object, path, reading);
  const { tag } = variants;
  const tagField = fields?.[tag];
  const found = readFields(tagField === undefined ? {} : { [tag]: tagField }, object, path, reading, false)[
    tag
  ];
  const own = typeof found === 'string' ? variants.fields[found] : undefined;
  if (own === undefined || tagField === undefined) return null;
  return readFields({ [tag]: tagField, ...own }, object, path, reading);
}

function readFields(
  fields: Fields,
  object: Readonly<Record<string, unknown>>,
  path: SettingPath,
  reading: Reading,
  isClosed = true,
): Readonly<Record<string, unknown>> {
  const { mistakes, keys } = reading;
  const spell = (name: string): string => (keys === 'camelCase' ? camelCase(name) : name);
  const read: Record<string, unknown> = {};
  for (const [name, declared] of Object.entries(fields)) {
    const key = spell(name);
    const found = Object.hasOwn(object, key) ? object[key] : undefined;
    const value = keys === 'camelCase' && standsForNothing(found, declared) ? undefined : found;
    read[camelCase(name)] =
      value === undefined
        ? absentValue(declared, [...path, key], mistakes)
        : readValue(declared.node, value, [...path, key], reading);
  }
  if (isClosed) {
    const legal = Object.keys(fields).map(spell);
    for (const key of Object.keys(object)) {
      if (legal.includes(key)) continue;
      mistakes.push({
        path: [...path, key],
        kind: 'key',
        value: object[key],
        expected: 'no such key',
        legal,
      });
    }
  }
  return read;
}

function absentValue({ node, about }: Setting, path: SettingPath, mistakes: SettingMistake[]): unknown {
  if (about?.required === true) {
    mistakes.push({ path, kind: 'missing', value: undefined, expected: typesText(node), legal: [] });
  }
  return about !== null && 'default' in about ? about.default : null;
}

/** Whether the program writes a value so where a user leaves the key out. */
function standsForNothing(value: unknown, { about }: Setting): boolean {
  const byDefault = about !== null && 'default' in about ? about.default : null;
  if (value === null) return byDefault === null && about?.required !== true;
  return Array.isArray(value) && value.length === 0 && Array.isArray(byDefault) && byDefault.length === 0;
}

function isOfType(value: unknown, type: SettingType): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

function isWithin(value: number, limits: Limits): boolean {
  return (
    Number.isFinite(value) &&
    value >= (limits.minimum ?? Number.NEGATIVE_INFINITY) &&
    value <= (limits.maximum ?? Number.POSITIVE_INFINITY) &&
    value > (limits.exclusiveMinimum ?? Number.NEGATIVE_INFINITY) &&
    value < (limits.exclusiveMaximum ?? Number.POSITIVE_INFINITY)
  );
}

/** An empty text in a file is a slip of the hand; a program means what it writes. */
function isTextWithin(
  value: string,
  { minLength = 0, maxLength, pattern }: Limits,
  isByHand: boolean,
): boolean {
  if ((isByHand && value.length < minLength) || value.length > (maxLength ?? Number.POSITIVE_INFINITY))
    return false;
  return pattern === undefined || new RegExp(pattern, 'u').test(value);
}

/** `a whole number`, `a text or a list of texts`: the types that a declaration allows, in words. */
function typesText({ types, words, items }: SettingNode): string {
  const names = {
    integer: 'a whole number',
    number: 'a number',
    string: words === null ? 'a text' : `one of ${words.join(', ')}`,
    boolean: 'true or false',
    array: items?.node.types.join() === 'string' ? 'a list of texts' : 'a list',
    object: 'a mapping',
  };
  return types.map((type) => names[type]).join(' or ');
}

/** `above 0`, `from 0 to below 1`, `of at least 1`: the limit that a number breaks, in words. */
export function brokenLimit(value: number, limits: Limits): string {
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below } = limits;
  const isOutside = (above !== undefined && !(value > above)) || (below !== undefined && !(value < below));
  if (isOutside && below !== undefined) {
    return above === undefined ? `from ${minimum} to below ${below}` : `between ${above} and ${below}`;
  }
  if (isOutside) return `above ${above}`;
  return minimum !== undefined && !(value >= minimum) ? `of at least ${minimum}` : `of at most ${maximum}`;
}
