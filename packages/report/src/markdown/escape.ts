/**
 * Names and titles come from YAML files and data sets: they are text, never markup. What GitHub's Markdown would
 * read as markup is escaped; line breaks and control characters become spaces, because a heading or a table row
 * ends at one. A `_` inside a word stays: it is no emphasis there, and escaped names cannot be read in a terminal.
 */
import { plainText } from '../plain-text.ts';

export { plainText } from '../plain-text.ts';

/** Text for a paragraph, a heading or a table cell. */
export function escapeText(text: string): string {
  return plainText(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*[\]|~$#]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}_])_+|_+(?![\p{L}\p{N}_])/gu, (run) => run.replaceAll('_', '\\_'));
}

/** One part of a relative link, between slashes. */
export function escapePath(part: string): string {
  return encodeURIComponent(plainText(part)).replace(/[()'*!~]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
}
