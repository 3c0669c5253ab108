/**
 * Objects whose keys are names that strangers chose: tasks, groups, metrics, columns, files. They have nothing but their own
 * keys, so that a look-up of `constructor` or `__proto__` finds what was put there, or nothing.
 */

export function byName<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const found = Object.create(null) as Record<string, T>;
  for (const [name, value] of entries) found[name] = value;
  return found;
}

/** What stands in an object under this very name, which a stranger chose; undefined: nothing does. */
export function ownValue<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
