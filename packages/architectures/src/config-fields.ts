/** Fields of a config.json, checked one by one. A bad one is noted and read as 1, so that one reading finds every mistake. */
import type { Problem } from '@evalgraph/formats';
import { messages } from './messages.ts';

/** A parsed config.json, of which nothing is known but that it is an object. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** A field that is missing or null has its fallback; without one it is a mistake. */
export interface ConfigFields {
  readonly raw: RawConfig;
  /** A whole number from 1 to `most`. */
  count(name: string, fallback?: number, most?: number): number;
  /** A finite number above 0. */
  positive(name: string, fallback?: unknown): number;
  flag(name: string, fallback: boolean): boolean;
  word(name: string, fallback: string): string;
  /** The fields of an object in the config, which has none where it is missing. */
  object(name: string): ConfigFields;
  refuse(name: string, value: unknown, expected: string): void;
}

const MAX_COUNT = 2 ** 31 - 1;

/** @param within what the names of the fields begin with in messages */
export function configFields(file: string, raw: RawConfig, problems: Problem[], within = ''): ConfigFields {
  const refuse = (name: string, value: unknown, expected: string): void => {
    problems.push(messages.invalidConfig.field(file, `${within}${name}`, value, expected));
  };
  const read = <T>(
    name: string,
    value: unknown,
    expected: string,
    fits: (value: unknown) => value is T,
    instead: T,
  ): T => {
    if (fits(value)) return value;
    refuse(name, value, expected);
    return instead;
  };
  return {
    raw,
    refuse,
    count: (name, fallback, most = MAX_COUNT) => {
      const fits = (value: unknown): value is number =>
        Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most;
      return read(name, raw[name] ?? fallback, `a whole number from 1 to ${most}`, fits, 1);
    },
    positive: (name, fallback) => {
      const fits = (value: unknown): value is number => Number.isFinite(value) && Number(value) > 0;
      return read(name, raw[name] ?? fallback, 'a number above 0', fits, 1);
    },
    flag: (name, fallback) => {
      const fits = (value: unknown): value is boolean => typeof value === 'boolean';
      return read(name, raw[name] ?? fallback, 'true or false', fits, fallback);
    },
    word: (name, fallback) => {
      const fits = (value: unknown): value is string => typeof value === 'string';
      return read(name, raw[name] ?? fallback, 'a text', fits, fallback);
    },
    object: (name) => {
      const fits = (value: unknown): value is RawConfig =>
        typeof value === 'object' && value !== null && !Array.isArray(value);
      const values = read(name, raw[name] ?? {}, 'an object or null', fits, {});
      return configFields(file, values, problems, `${within}${name}.`);
    },
  };
}
