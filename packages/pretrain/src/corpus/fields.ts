/** Reads a plain object field by field: defaults in, every problem noted, unknown keys refused. Knows no corpus. */
import type { Problem } from '@evalgraph/formats';
import { corpusMessages as messages } from './messages.ts';

export interface NumberField {
  readonly min: number;
  readonly max: number;
  /** Left out: the field must be there. */
  readonly default?: number;
  readonly isInteger?: boolean;
}

export interface Fields {
  readonly path: string;
  readonly number: (name: string, field: NumberField) => number;
  readonly text: (name: string, byDefault?: string) => string;
  readonly choice: <T extends string>(name: string, choices: readonly T[], byDefault?: T) => T;
  readonly texts: (name: string, byDefault?: readonly string[]) => readonly string[];
  readonly flag: (name: string, byDefault: boolean) => boolean;
  /** The items of a list of objects; [] where it is not there. */
  readonly items: (name: string) => readonly Fields[];
  /** A nested object; null where it is not there or null. */
  readonly object: (name: string) => Fields | null;
  readonly has: (name: string) => boolean;
  /** To be called last: notes the keys that nothing asked for. */
  readonly done: () => void;
}

export function readFields(value: unknown, path: string, problems: Problem[]): Fields {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject) problems.push(messages.wrongType(path, 'an object', value));
  const object = (isObject ? value : {}) as Readonly<Record<string, unknown>>;
  const asked = new Set<string>();
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const get = (name: string): unknown => {
    asked.add(name);
    return Object.hasOwn(object, name) ? object[name] : undefined;
  };
  const absent = (name: string, wanted: string): void => {
    if (isObject) problems.push(messages.missing(at(name), wanted));
  };
  return {
    path,
    has: (name) => get(name) !== undefined && get(name) !== null,
    number: (name, field) => {
      const found = get(name);
      const wanted = field.isInteger === true ? 'an integer' : 'a number';
      if (found === undefined) {
        if (field.default === undefined) absent(name, wanted);
        return field.default ?? field.min;
      }
      const fits =
        typeof found === 'number' &&
        Number.isFinite(found) &&
        (field.isInteger !== true || Number.isSafeInteger(found));
      if (!fits) problems.push(messages.wrongType(at(name), wanted, found));
      else if (found < field.min || found > field.max)
        problems.push(messages.outOfRange(at(name), found, field.min, field.max));
      else return found;
      return field.min;
    },
    text: (name, byDefault) => {
      const found = get(name);
      if (typeof found === 'string') return found;
      if (found !== undefined) problems.push(messages.wrongType(at(name), 'a text', found));
      else if (byDefault === undefined) absent(name, 'a text');
      return byDefault ?? '';
    },
    choice: <T extends string>(name: string, choices: readonly T[], byDefault?: T): T => {
      const found = get(name);
      const choice = choices.find((one) => one === found);
      if (choice !== undefined) return choice;
      if (typeof found === 'string') problems.push(messages.unknownName(path, name, found, choices));
      else if (found !== undefined) problems.push(messages.wrongType(at(name), 'a text', found));
      else if (byDefault === undefined) absent(name, `one of ${choices.join(', ')}`);
      return byDefault ?? (choices[0] as T);
    },
    texts: (name, byDefault) => {
      const found = get(name);
      if (typeof found === 'string') return [found];
      if (Array.isArray(found) && found.length > 0 && found.every((item) => typeof item === 'string'))
        return found as readonly string[];
      if (found !== undefined)
        problems.push(messages.wrongType(at(name), 'a text or a list of texts', found));
      else if (byDefault === undefined) absent(name, 'a text or a list of texts');
      return byDefault ?? [];
    },
    flag: (name, byDefault) => {
      const found = get(name);
      if (typeof found === 'boolean') return found;
      if (found !== undefined) problems.push(messages.wrongType(at(name), 'true or false', found));
      return byDefault;
    },
    items: (name) => {
      const found = get(name);
      if (found === undefined) return [];
      if (!Array.isArray(found)) {
        problems.push(messages.wrongType(at(name), 'a list', found));
        return [];
      }
      return found.map((item: unknown, no) => readFields(item, `${at(name)}[${no}]`, problems));
    },
    object: (name) => {
      const found = get(name);
      return found === undefined || found === null ? null : readFields(found, at(name), problems);
    },
    done: () => {
      for (const name of Object.keys(object))
        if (!asked.has(name))
          problems.push(messages.unknownName(path === '' ? 'corpus' : path, 'key', name, [...asked]));
    },
  };
}
