/** A declared setting -> its JSON Schema (draft 2020-12), for editors and ajv. */
import { type Limits, type Setting, type SettingNode, type SettingType, sentenceOf } from './setting.ts';

/** The part of JSON Schema that declared settings need. */
export interface JsonSchema extends Limits {
  readonly $schema?: string;
  readonly title?: string;
  readonly $ref?: string;
  readonly type?: SettingType | readonly SettingType[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly if?: JsonSchema;
  readonly then?: { readonly enum?: readonly unknown[] };
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly required?: readonly string[];
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

/** @returns the schema of a whole file, with the named types under `$defs` */
export function settingSchema(root: Setting, head: Pick<JsonSchema, '$schema' | 'title'>): JsonSchema {
  const defined = new Map<string, JsonSchema>();
  const schema = schemaOf(root, defined);
  return { ...head, ...schema, $defs: Object.fromEntries(defined) };
}

function schemaOf(declared: Setting, defined: Map<string, JsonSchema>): JsonSchema {
  const { node, name, about } = declared;
  const said: JsonSchema =
    about === null
      ? {}
      : {
          description: sentenceOf(declared),
          ...('default' in about && about.otherwise === undefined ? { default: about.default } : {}),
          examples: about.examples,
        };
  if (name === null) return { ...said, ...nodeSchema(node, defined) };
  if (!defined.has(name)) {
    // The place first: a type may stand inside itself, and the order is that of the first use.
    defined.set(name, {});
    defined.set(name, nodeSchema(node, defined));
  }
  return { ...said, $ref: `#/$defs/${name}` };
}

function nodeSchema(node: SettingNode, defined: Map<string, JsonSchema>): JsonSchema {
  const { types, limits, words, items, fields, values, names } = node;
  const [only] = types;
  return {
    type: types.length === 1 && only !== undefined ? only : types,
    ...limits,
    ...(words === null ? {} : wordsSchema(words, types.length === 1)),
    ...(items === null ? {} : { items: schemaOf(items, defined) }),
    ...(values === null ? {} : { additionalProperties: schemaOf(values, defined) }),
    ...(names === null ? {} : { propertyNames: schemaOf(names, defined) }),
    ...(fields === null ? {} : mappingSchema(fields, defined)),
  };
}

/** The words say nothing about values of other types, where those are legal too. */
function wordsSchema(words: readonly string[], areAllTexts: boolean): JsonSchema {
  if (areAllTexts) return { enum: words };
  // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema; nothing awaits a schema.
  return { if: { type: 'string' }, then: { enum: words } };
}

function mappingSchema(
  fields: Readonly<Record<string, Setting>>,
  defined: Map<string, JsonSchema>,
): JsonSchema {
  const entries = Object.entries(fields);
  const required = entries.filter(([, { about }]) => about?.required).map(([key]) => key);
  return {
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(entries.map(([key, field]) => [key, schemaOf(field, defined)])),
  };
}
