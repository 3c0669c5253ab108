/** Names of keys: a pipeline writes snake_case, the library's settings camelCase. */

export { snakeCase } from '@evalgraph/pretrain/settings';

/** `min_line_characters` -> `minLineCharacters`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The keys of a mapping, without those that were left out. */
export function camelKeys(
  input: Readonly<Record<string, unknown>> | object,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(input)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]: [string, unknown]) => [camelCase(name), value]),
  );
}
