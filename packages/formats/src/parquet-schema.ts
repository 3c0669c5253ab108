/** A parquet file's columns as types of Python values, or why a column has none. Reads no data. */
import type { SchemaElement, SchemaTree } from 'hyparquet';

export type ParquetType =
  | { readonly kind: 'null' | 'int' | 'float32' | 'float64' | 'bool' | 'text' | 'date' | 'timestamp' }
  | { readonly kind: 'list'; readonly item: ParquetType }
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, ParquetType> }
  /** `what`: in words, for a message. */
  | { readonly kind: 'unsupported'; readonly what: string };

/** Data sets stay below five; recursion must end before the stack does. */
const MAX_DEPTH = 32;

export function parquetType(node: SchemaTree, depth = 0): ParquetType {
  const { element, children } = node;
  if (depth > MAX_DEPTH) return unsupported(`values nested deeper than ${MAX_DEPTH} levels`);
  if (element.repetition_type === 'REPEATED') return unsupported('a repeated field outside a list');
  return children.length === 0 ? leafType(element) : nestedType(node, depth);
}

function nestedType({ element, children }: SchemaTree, depth: number): ParquetType {
  const annotation = element.converted_type ?? element.logical_type?.type;
  if (annotation === undefined) return structType(children, depth);
  if (annotation !== 'LIST') return unsupported(`a value of type ${annotation}`);
  const [repeated] = children;
  const [item] = repeated?.children ?? [];
  const threeLevels = children.length === 1 && repeated?.children.length === 1;
  // The decoder takes lists by the older annotation; other layouts are written by no data set library.
  if (!threeLevels || item === undefined || element.converted_type !== 'LIST') {
    return unsupported('a list in an outdated layout');
  }
  const type = parquetType(item, depth + 1);
  return type.kind === 'unsupported' ? type : { kind: 'list', item: type };
}

function structType(children: readonly SchemaTree[], depth: number): ParquetType {
  const fields = new Map<string, ParquetType>();
  for (const child of children) {
    const { name } = child.element;
    if (fields.has(name) || name === '__proto__') return unsupported(`a struct with the field '${name}'`);
    const type = parquetType(child, depth + 1);
    if (type.kind === 'unsupported') return type;
    fields.set(name, type);
  }
  return { kind: 'struct', fields };
}

function leafType(element: SchemaElement): ParquetType {
  const { type } = element;
  const annotation = element.logical_type?.type ?? element.converted_type;
  if (annotation === 'NULL') return { kind: 'null' };
  switch (type) {
    case 'BOOLEAN':
      return { kind: 'bool' };
    case 'FLOAT':
      return { kind: 'float32' };
    case 'DOUBLE':
      return { kind: 'float64' };
    case 'INT96':
      return { kind: 'timestamp' };
    case 'INT32':
    case 'INT64':
      if (annotation === 'DATE') return { kind: 'date' };
      if (element.logical_type?.type === 'TIMESTAMP') {
        // The name of the zone is not in parquet's own schema, and Python's text has its offset.
        const { isAdjustedToUTC } = element.logical_type;
        return isAdjustedToUTC ? unsupported('time stamps with a time zone') : { kind: 'timestamp' };
      }
      if (annotation === undefined || /^U?INT(?:EGER|_\d+)$/.test(annotation)) return { kind: 'int' };
      break;
    case 'BYTE_ARRAY':
      if (annotation === 'STRING' || annotation === 'UTF8') return { kind: 'text' };
      break;
    case 'FIXED_LEN_BYTE_ARRAY':
      // Every value of a half float is a value of a float.
      if (annotation === 'FLOAT16') return { kind: 'float32' };
      break;
    default:
  }
  return unsupported(WORDS[annotation ?? type ?? ''] ?? `a value of type ${annotation ?? type}`);
}

const WORDS: Readonly<Record<string, string>> = {
  TIMESTAMP_MILLIS: 'time stamps with a time zone',
  TIMESTAMP_MICROS: 'time stamps with a time zone',
  TIME: 'a time of day',
  TIME_MILLIS: 'a time of day',
  TIME_MICROS: 'a time of day',
  DECIMAL: 'a decimal number',
  BYTE_ARRAY: 'bytes',
  FIXED_LEN_BYTE_ARRAY: 'bytes',
};

function unsupported(what: string): ParquetType {
  return { kind: 'unsupported', what };
}

/** `list<struct<text: text, start: int>>`: for comparing files and for messages. */
export function typeText(type: ParquetType): string {
  switch (type.kind) {
    case 'list':
      return `list<${typeText(type.item)}>`;
    case 'struct':
      return `struct<${[...type.fields].map(([name, field]) => `${name}: ${typeText(field)}`).join(', ')}>`;
    case 'unsupported':
      return type.what;
    default:
      return type.kind;
  }
}
