/** Which steps a repository has: a pattern such as `iter_{step:07}` held against its folders, or its branches and tags. */
import type { HubFile, HubRef, Repository } from './repository.ts';

export interface SeriesStep {
  readonly step: number;
  /** The folder or the revision. */
  readonly name: string;
}

/** A 64-bit step has 19 digits, but only those up to 2^53 are exact here. */
const MAX_DIGITS = 15;

/** Folders that hold a config.json, sorted: those that can be a checkpoint. */
export function foldersOf(files: readonly HubFile[]): readonly string[] {
  const folders = files.flatMap(({ path }) => (path.endsWith('/config.json') ? [path.slice(0, -12)] : []));
  return folders.sort();
}

/** @param pattern with at least one `{step}` or `{step:0n}`. @returns ascending by step. */
export function stepsInFolders(pattern: string, { files }: Repository): readonly SeriesStep[] {
  return stepsAmong(pattern, foldersOf(files));
}

/** @returns ascending by step; a branch and a tag of one name count once. */
export function stepsInRefs(pattern: string, refs: readonly HubRef[]): readonly SeriesStep[] {
  return stepsAmong(pattern, [...new Set(refs.map(({ name }) => name))]);
}

/** Those of `names` that the pattern gives. @returns ascending by step. */
export function stepsAmong(pattern: string, names: readonly string[]): readonly SeriesStep[] {
  const found = names.flatMap((name) => {
    const step = stepOf(pattern, name);
    return step === null ? [] : [{ step, name }];
  });
  return found.sort((a, b) => a.step - b.step || (a.name < b.name ? -1 : 1));
}

/** The step that gives this name, null where none does: the pattern is rendered again, so that widths count. */
function stepOf(pattern: string, name: string): number | null {
  const parts = pattern.split(/\{step(?::0\d{1,2})?\}/);
  const [before = '', after = ''] = parts;
  if (parts.length < 2 || !name.startsWith(before)) return null;
  const digits = new RegExp(`^\\d{1,${MAX_DIGITS}}`).exec(name.slice(before.length))?.[0] ?? '';
  if (digits === '' || !name.slice(before.length + digits.length).startsWith(after)) return null;
  const step = Number(digits);
  const rendered = pattern.replaceAll(/\{step(?::0(\d{1,2}))?\}/g, (_, width: string | undefined) =>
    String(step).padStart(Number(width ?? 0), '0'),
  );
  return rendered === name ? step : null;
}
