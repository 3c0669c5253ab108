/** Parts of messages that several packages write. */

/** The items below each other, each indented by two spaces. */
export function bulleted(items: readonly string[]): string {
  return items.map((item) => `  ${item}`).join('\n');
}

/** The first names of a list that may be a stranger's, and how many more there are. */
export function few(names: readonly string[]): string {
  const MOST = 10;
  const more = names.length - MOST;
  return more > 0 ? `${names.slice(0, MOST).join(', ')} and ${more} more` : names.join(', ');
}

/** Enough of a digest to tell two apart. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}
