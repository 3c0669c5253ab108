/** Which folders of a repository can be a checkpoint. */
import type { HubFile } from './repository.ts';

/** Folders that hold a config.json, sorted. */
export function foldersOf(files: readonly HubFile[]): readonly string[] {
  const folders = files.flatMap(({ path }) => (path.endsWith('/config.json') ? [path.slice(0, -12)] : []));
  return folders.sort();
}
