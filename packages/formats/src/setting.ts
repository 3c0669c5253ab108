/**
 * A setting of a YAML file, declared once: what it means, its type, its limits, its default and examples. From the
 * declaration follow the type of what a user writes (`SettingInput`), the type of the value inside the program
 * (`SettingValue`: camelCase names, every default filled in), the JSON schema (setting-schema.ts) and the reader
 * (setting-read.ts). What several settings mean together is not known here.
 */

declare const TYPES: unique symbol;

export type SettingType = 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array';

/** JSON Schema's keywords for values of one type; each says nothing about values of the others. */
export interface Limits {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** What `pattern` asks for, in words. */
  readonly patternErrorMessage?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
}

export type Fields = Readonly<Record<string, Setting>>;

export interface SettingNode {
  readonly types: readonly SettingType[];
  readonly limits: Limits;
  /** The texts that are legal; null: any. */
  readonly words: readonly string[] | null;
  /** What a list holds. */
  readonly items: Setting | null;
  /** A text by itself stands for a list of one. */
  readonly isListOfOne: boolean;
  /** The settings that are the keys of a mapping. */
  readonly fields: Fields | null;
  /** What a mapping holds whose keys are names. */
  readonly values: Setting | null;
  readonly names: Setting | null;
  /** In a mapping with variants, the value of the key `tag` says which other keys there are. */
  readonly variants: Variants | null;
}

export interface Variants {
  readonly tag: string;
  readonly fields: Readonly<Record<string, Fields>>;
}

/** `Given`: the value is never null, because the setting must be there or has a default. */
export interface Setting<Input = unknown, Value = unknown, Given extends boolean = boolean> {
  readonly node: SettingNode;
  /** How a schema names the type where several settings have it; null: it has no name. */
  readonly name: string | null;
  /** null: what stands round it says enough. */
  readonly about: About<unknown> | null;
  readonly [TYPES]?: readonly [Input, Value, Given];
}

export interface About<T> {
  /** Whole sentences, without the default. */
  readonly says: string;
  readonly examples: readonly T[];
  readonly required?: true;
  readonly default?: T;
  /** What counts where the key is left out, in words; for a default that is no constant, or a long one. */
  readonly otherwise?: string;
}

export type SettingInput<S> = S extends Setting<infer Input, unknown, boolean> ? Input : never;
export type SettingValue<S> = S extends Setting<unknown, infer Value, boolean> ? Value : never;

/** `clip_norm` -> `clipNorm`. */
export type CamelCase<S extends string> = S extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : S;

/** Any key may be left out, and null stands for a value that was reported already. */
export type FieldsInput<F extends Fields> = {
  readonly [K in keyof F]?: SettingInput<F[K]> | null | undefined;
};

export type FieldsValue<F extends Fields> = {
  readonly [K in keyof F as CamelCase<K & string>]: F[K] extends Setting<unknown, infer Value, infer Given>
    ? Given extends true
      ? Value
      : Value | null
    : never;
};

type IsGiven<O> = O extends { readonly required: true } | { readonly default: unknown } ? true : false;

const NODE: SettingNode = {
  types: [],
  limits: {},
  words: null,
  items: null,
  isListOfOne: false,
  fields: null,
  values: null,
  names: null,
  variants: null,
};

function setting<Input, Value, Given extends boolean>(
  node: Partial<SettingNode>,
  about: Partial<About<unknown>> | undefined,
): Setting<Input, Value, Given> {
  return {
    node: { ...NODE, ...node },
    name: null,
    about: about === undefined ? null : (about as About<unknown>),
  };
}

/** `above` and `below` leave the limit itself out. */
export interface NumberLimits {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
}

function numberLimits({ min, max, above, below }: NumberLimits): Limits {
  return {
    ...(min === undefined ? {} : { minimum: min }),
    ...(max === undefined ? {} : { maximum: max }),
    ...(above === undefined ? {} : { exclusiveMinimum: above }),
    ...(below === undefined ? {} : { exclusiveMaximum: below }),
  };
}

export function whole<const O extends About<number>>(
  limits: NumberLimits,
  about?: O,
): Setting<number, number, IsGiven<O>> {
  return setting({ types: ['integer'], limits: numberLimits(limits) }, about);
}

export function number<const O extends About<number>>(
  limits: NumberLimits,
  about?: O,
): Setting<number, number, IsGiven<O>> {
  return setting({ types: ['number'], limits: numberLimits(limits) }, about);
}

export interface TextLimits {
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly patternErrorMessage?: string;
  /** Otherwise a text has at least one character. */
  readonly mayBeEmpty?: true;
}

export function text<const O extends About<string>>(
  { mayBeEmpty, ...limits }: TextLimits = {},
  about?: O,
): Setting<string, string, IsGiven<O>> {
  const isPatterned = limits.pattern !== undefined;
  const least = mayBeEmpty === true || isPatterned ? {} : { minLength: 1 };
  return setting({ types: ['string'], limits: { ...least, ...limits } }, about);
}

/** One of some words. */
export function choice<const W extends readonly string[], const O extends About<NoInfer<W[number]>>>(
  words: W,
  about?: O,
): Setting<W[number], W[number], IsGiven<O>> {
  return setting({ types: ['string'], words }, about);
}

export function flag<const O extends About<boolean>>(about?: O): Setting<boolean, boolean, IsGiven<O>> {
  return setting({ types: ['boolean'] }, about);
}

/** A list that is there has at least one entry. */
export function list<S extends Setting, const O extends About<readonly unknown[]>>(
  items: S,
  about?: O,
  most?: number,
): Setting<readonly (SettingInput<S> | null)[], readonly SettingValue<S>[], IsGiven<O>> {
  const limits = { minItems: 1, ...(most === undefined ? {} : { maxItems: most }) };
  return setting({ types: ['array'], limits, items }, about);
}

/** A text, or a list of texts; inside the program always a list. */
export function texts<const O extends About<string | readonly string[]>>(
  about?: O,
): Setting<string | readonly (string | null)[], readonly string[], IsGiven<O>> {
  const { node } = either([text(), list(text())]);
  return setting({ ...node, isListOfOne: true }, about);
}

/** A mapping whose keys are settings. */
export function mapping<F extends Fields, const O extends About<object>>(
  fields: F,
  about?: O,
  limits: Pick<Limits, 'minProperties'> = {},
): Setting<FieldsInput<F>, FieldsValue<F>, IsGiven<O>> {
  return setting({ types: ['object'], limits, fields }, about);
}

/** A mapping whose keys are names that the user gives. @param names null: any text */
export function dictionary<S extends Setting, const O extends About<object>>(
  values: S,
  names: Setting | null,
  about?: O,
  limits: Pick<Limits, 'minProperties'> = {},
): Setting<
  Readonly<Record<string, SettingInput<S> | null>>,
  Readonly<Record<string, SettingValue<S>>>,
  IsGiven<O>
> {
  return setting({ types: ['object'], limits, values, names }, about);
}

/** The keys of all variants: which of them go together is said after validation. */
type VariantInput<T extends string, V extends Readonly<Record<string, Fields>>> = {
  readonly [K in T]?: (keyof V & string) | null | undefined;
} & { readonly [K in FieldNames<V[keyof V]>]?: FieldInput<V[keyof V], K> | null | undefined };
type FieldNames<F> = F extends Fields ? keyof F & string : never;
type FieldInput<F, K extends string> = F extends Fields
  ? K extends keyof F
    ? SettingInput<F[K]>
    : never
  : never;
type VariantValue<T extends string, V extends Readonly<Record<string, Fields>>> = {
  [K in keyof V & string]: { readonly [P in T]: K } & FieldsValue<V[K]>;
}[keyof V & string];

/** A mapping in which one key, the tag, says which others there are. @param about that of the tag */
export function variant<
  const T extends string,
  const V extends Readonly<Record<string, Fields>>,
  const O extends About<keyof V & string>,
>(tag: T, fields: V, about: O): Setting<VariantInput<T, V>, VariantValue<T, V>, false> {
  const words = Object.keys(fields) as (keyof V & string)[];
  return setting(
    {
      types: ['object'],
      fields: { [tag]: choice(words, about as About<string>), ...mergedFields(fields) },
      variants: { tag, fields },
    },
    undefined,
  );
}

/** One of several types of values; no two of them share a type of JSON. */
export function either<const A extends readonly Setting[], const O extends About<unknown>>(
  alternatives: A,
  about?: O,
): Setting<SettingInput<A[number]>, SettingValue<A[number]>, IsGiven<O>> {
  return setting(
    alternatives.map(({ node }) => node).reduce((a, b) => joined(a, b, [...a.types, ...b.types])),
    about,
  );
}

function joined(a: SettingNode, b: SettingNode, types: readonly SettingType[]): SettingNode {
  return {
    types,
    limits: { ...a.limits, ...b.limits },
    words: a.words ?? b.words,
    items: a.items ?? b.items,
    isListOfOne: a.isListOfOne || b.isListOfOne,
    fields: a.fields ?? b.fields,
    values: a.values ?? b.values,
    names: a.names ?? b.names,
    variants: a.variants ?? b.variants,
  };
}

/** A type that several settings have: a schema defines it once, under this name. */
export function named<S extends Setting>(name: string, declared: S): S {
  return { ...declared, name };
}

/** A setting of a type that was declared for several of them. */
export function described<Input, Value, const O extends About<Input>>(
  declared: Setting<Input, Value>,
  about: O,
): Setting<Input, Value, IsGiven<O>> {
  return { node: declared.node, name: declared.name, about };
}

/** What a schema without variants can say: each key with what it means to the variants that have it. */
function mergedFields(variants: Readonly<Record<string, Fields>>): Fields {
  const merged = new Map<string, Map<Setting, string[]>>();
  for (const [variantName, fields] of Object.entries(variants)) {
    for (const [key, declared] of Object.entries(fields)) {
      const owners = merged.get(key) ?? new Map<Setting, string[]>();
      owners.set(declared, [...(owners.get(declared) ?? []), variantName]);
      merged.set(key, owners);
    }
  }
  return Object.fromEntries([...merged].map(([key, owners]) => [key, mergedField(owners)]));
}

function mergedField(owners: ReadonlyMap<Setting, readonly string[]>): Setting {
  const declared = [...owners.keys()];
  const examples = declared.flatMap(({ about }) => about?.examples ?? []);
  const says = [...owners].map(([one, names]) => {
    const listed = names.join(', ').replace(/, ([^,]*)$/, ' and $1');
    return `With ${listed}: ${sentenceOf(one)}`;
  });
  return {
    node: declared.map(({ node }) => node).reduce(widened),
    name: declared.length === 1 ? (declared[0]?.name ?? null) : null,
    about: { says: says.join(' '), examples: [...new Set(examples)] },
  };
}

/** What either of two settings of one type allows. */
function widened(a: SettingNode, b: SettingNode): SettingNode {
  const both = (key: 'minimum' | 'maximum', pick: (...values: number[]) => number): Limits => {
    const [first, second] = [a.limits[key], b.limits[key]];
    return first === undefined || second === undefined ? {} : { [key]: pick(first, second) };
  };
  const words = a.words === null || b.words === null ? null : [...new Set([...a.words, ...b.words])];
  const limits = { ...a.limits, ...b.limits, ...both('minimum', Math.min), ...both('maximum', Math.max) };
  const wide = { ...joined(a, b, a.types), limits, words };
  if (a.fields === null || b.fields === null) return wide;
  // Keys of one would be taken for keys of the other, so the reader alone tells them apart.
  const [first] = Object.values({ ...a.fields, ...b.fields });
  return { ...wide, fields: null, values: first === undefined ? null : { ...first, about: null } };
}

/** What is said of a setting, its default included. */
export function sentenceOf({ about }: Setting): string {
  if (about === null) return '';
  const { says, otherwise } = about;
  const byDefault = otherwise ?? ('default' in about ? shown(about.default) : undefined);
  return byDefault === undefined ? says : `${says} Default: ${byDefault}.`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : `[${value.map(shown).join(', ')}]`;
  if (value === '') return 'nothing';
  return value === Number.MAX_SAFE_INTEGER ? 'no limit' : String(value);
}

/** `min_line_characters` -> `minLineCharacters`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `duplicate5Grams` -> `duplicate5_grams`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
