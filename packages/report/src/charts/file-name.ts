/** A file's name from a name in a pipeline: letters, digits, dots, hyphens, underscores; never a hidden file. */
export function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^\.+/, '_');
}
