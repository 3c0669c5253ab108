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
  return { finding: text.startsWith('~') ? path.finding : messages.badSource.place(text) };
}

/** The hub's rule: a part has at most 96 characters, no '..' or '--', and neither begins nor ends with '.' or '-'. */
function isRepository(text: string): boolean {
  const parts = text.split('/');
  return parts.length <= 2 && parts.every((part) => /^(?!.*(\.\.|--))\w([\w.-]{0,94}\w)?$/.test(part));
}

/**
 * A path begins with ./, ../ or a disk's root, so that no word can be taken for one.
 * @param written for messages: the pattern that gave the text
 */
export function parsePath(text: string, root: string, written = text): Parsed<string> {
  if (text.startsWith('~')) return { finding: messages.badPath.home(written) };
  const looksRight = /^\.\.?([/\\]|$)/.test(text) || isAbsolute(text);
  if (!looksRight || /\p{Cc}/u.test(text)) return { finding: messages.badPath.path(written) };
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
export function parseSubfolder(text: string, written = text): Parsed<string> {
  const parts = text.replace(/\/$/, '').split('/');
  const legal =
    parts.every((part) => part !== '' && part !== '.' && part !== '..') && !/[\\\p{Cc}]/u.test(text);
  return legal ? { value: parts.join('/') } : { finding: messages.badSubfolder(written) };
}

/** The rules of git check-ref-format for the name of a branch or tag; a commit's digits fit them too. */
export function parseRevision(text: string, written = text): Parsed<string> {
  const hasBadSign = /[ ~^:?*[\\\p{Cc}]|\.\.|@\{|\/\//u.test(text);
  const hasBadEnd = /^[/-]|[/.]$|^@?$/.test(text);
  const hasBadPart = text.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock'));
  const legal = !hasBadSign && !hasBadEnd && !hasBadPart;
  return legal ? { value: text } : { finding: messages.badRevision(written) };
}
