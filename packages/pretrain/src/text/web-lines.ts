/**
 * RefinedWeb's corrections by line (Penedo et al. 2023, arXiv:2306.01116, appendix G.2): lines that are no prose go,
 * and a document goes when they were more than a share of its words.
 */
import { NOT_SPACE } from './character-class.ts';
import { countWords } from './words.ts';

/** RefinedWeb: "if the flagged lines are more than 5 % of the words". */
export const REFINEDWEB_MAX_REMOVED = 0.05;

export type LineFault = 'uppercase' | 'numeric' | 'counter' | 'one word';

/** What is wrong with a line; null for prose and for an empty line, which separates paragraphs. */
export function lineFault(line: string): LineFault | null {
  const text = line.trim();
  if (text === '') return null;
  if (/^[\d\s.,:;%()+/-]+$/.test(text)) return 'numeric';
  if (
    /^\d[\d.,]*\s*[kKmM]?\s*(?:likes?|shares?|comments?|retweets?|reposts?|quotes?|bookmarks?|upvotes?|downvotes?|downloads?|views?|followers?)$/i.test(
      text,
    )
  )
    return 'counter';
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters > 0 && (text.match(/\p{Lu}/gu)?.length ?? 0) > letters / 2) return 'uppercase';
  return /\s/.test(text) ? null : 'one word';
}

/** The text without faulty lines; null where they have more than `maxRemoved` of its words. */
export function withoutFaultyLines(text: string, maxRemoved: number): string | null {
  const lines = text.split('\n');
  const kept = lines.filter((line) => lineFault(line) === null);
  if (kept.length === lines.length) return text;
  const words = countWords(text, NOT_SPACE);
  const rest = kept.join('\n');
  const removed = words - countWords(rest, NOT_SPACE);
  return removed > maxRemoved * words ? null : rest;
}
