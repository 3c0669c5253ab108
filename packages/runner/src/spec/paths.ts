/** Paths and hub repositories as a pipeline writes them. Nothing here looks at the disk. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { messages } from './messages.ts';
import type { ModelSource } from './pipeline.ts';
import type { Finding } from './problems.ts';

export type Parsed<T> = { readonly value: T } | { readonly finding: Finding };

/** `hf:owner/name`, `imported` or `imported:<what was evaluated>`, or a path. */
export function parseSource(text: string, root: string): Parsed<ModelSource> {
  if (text.startsWith('hf:')) {
    const repository = text.slice('hf:'.length);
    return isRepository(repository)
      ? { value: { kind: 'hub', repository } }
      : { finding: messages.badRepository(text) };
  }
  const imported = /^imported(?::(.*))?$/.exec(text);
  if (imported !== null) return { value: { kind: 'imported', of: (imported[1] ?? '').trim() } };
  const path = parsePath(text, root);
  if ('value' in path) return { value: { kind: 'folder', path: path.value } };
  return { finding: text.startsWith('~') ? path.finding : messages.badSource(text) };
}

/** The hub's rule: a part has at most 96 characters, no '..' or '--', and neither begins nor ends with '.' or '-'. */
function isRepository(text: string): boolean {
  const parts = text.split('/');
  return parts.length <= 2 && parts.every((part) => /^(?!.*(\.\.|--))\w([\w.-]{0,94}\w)?$/.test(part));
}

/** A path begins with ./, ../ or a disk's root, so that no word can be taken for one. */
export function parsePath(text: string, root: string): Parsed<string> {
  if (text.startsWith('~')) return { finding: messages.homePath(text) };
  const looksRight = /^\.\.?([/\\]|$)/.test(text) || isAbsolute(text);
  if (!looksRight || /\p{Cc}/u.test(text)) return { finding: messages.badPath(text) };
  return { value: insideRoot(text, root) };
}

/** Relative to the root with forward slashes where the path lies inside, else as written. */
export function insideRoot(text: string, root: string): string {
  const inside = relative(root, resolve(root, text));
  if (inside === '') return '.';
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return text;
  return inside.split(sep).join('/');
}

/** A folder below the source, such as `iter_0002000` or `run-1/iter_0002000`. */
export function parseSubfolder(text: string): Parsed<string> {
  const parts = text.replace(/\/$/, '').split('/');
  const legal =
    parts.every((part) => part !== '' && part !== '.' && part !== '..') && !/[\\\p{Cc}]/u.test(text);
  return legal ? { value: parts.join('/') } : { finding: messages.badSubfolder(text) };
}

/** git check-ref-format's rule, as far as it can reach out of the cache's folder or break a request. */
export function parseRevision(text: string): Parsed<string> {
  const legal = !/[\s~^:?*[\\\p{Cc}]|\.\.|^[/.-]|\/$|\/\//u.test(text);
  return legal ? { value: text } : { finding: messages.badRevision(text) };
}
