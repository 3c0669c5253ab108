/**
 * Gopher's rules of quality (Rae et al. 2021, arXiv:2112.11446, appendix A.1.1): a document that breaks one is
 * removed. Words are what white space separates. The stop words are English: leave the rule out for other languages.
 */
import { CHARACTER_CLASS, LETTER, NOT_SPACE } from './character-class.ts';
import { scanWords } from './words.ts';

export interface QualityLimits {
  readonly minWords: number;
  readonly maxWords: number;
  /** Characters. */
  readonly minMeanWordLength: number;
  readonly maxMeanWordLength: number;
  /** Hash signs, and ellipses, for each word. */
  readonly maxSymbolsPerWord: number;
  readonly maxBulletLines: number;
  readonly maxEllipsisLines: number;
  /** Share of the words that have a letter. */
  readonly minLetterWords: number;
  /** How many different ones of the eight. */
  readonly minStopWords: number;
}

export const GOPHER_QUALITY: QualityLimits = {
  minWords: 50,
  maxWords: 100_000,
  minMeanWordLength: 3,
  maxMeanWordLength: 10,
  maxSymbolsPerWord: 0.1,
  maxBulletLines: 0.9,
  maxEllipsisLines: 0.3,
  minLetterWords: 0.8,
  minStopWords: 2,
};

export const STOP_WORDS = ['the', 'be', 'to', 'of', 'and', 'that', 'have', 'with'] as const;

/** The name of the first limit that the text breaks, in the order of `QualityLimits`. */
export function brokenQuality(text: string, limits: QualityLimits): keyof QualityLimits | null {
  const words = scanWords(text, NOT_SPACE);
  const { count } = words;
  if (count < Math.max(1, limits.minWords)) return 'minWords';
  if (count > limits.maxWords) return 'maxWords';
  const stops = new Set<string>();
  let characters = 0;
  let lettered = 0;
  for (let word = 0; word < count; word += 1) {
    const start = words.starts[word] ?? 0;
    const end = words.ends[word] ?? 0;
    characters += end - start;
    for (let at = start; at < end; at += 1) {
      if (((CHARACTER_CLASS[text.charCodeAt(at)] ?? 0) & LETTER) === 0) continue;
      lettered += 1;
      break;
    }
    if (end - start <= 4) {
      const short = text.slice(start, end);
      if ((STOP_WORDS as readonly string[]).includes(short)) stops.add(short);
    }
  }
  if (characters / count < limits.minMeanWordLength) return 'minMeanWordLength';
  if (characters / count > limits.maxMeanWordLength) return 'maxMeanWordLength';
  if (occurrences(text, '#') / count > limits.maxSymbolsPerWord) return 'maxSymbolsPerWord';
  if ((occurrences(text, '...') + occurrences(text, '…')) / count > limits.maxSymbolsPerWord)
    return 'maxSymbolsPerWord';
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const share = (test: (line: string) => boolean): number => lines.filter(test).length / lines.length;
  if (share((line) => /^\s*[•\-*‣]/.test(line)) > limits.maxBulletLines) return 'maxBulletLines';
  if (share((line) => /(?:\.\.\.|…)\s*$/.test(line)) > limits.maxEllipsisLines) return 'maxEllipsisLines';
  if (lettered / count < limits.minLetterWords) return 'minLetterWords';
  if (stops.size < limits.minStopWords) return 'minStopWords';
  return null;
}

function occurrences(text: string, what: string): number {
  let count = 0;
  for (let at = text.indexOf(what); at >= 0; at = text.indexOf(what, at + what.length)) count += 1;
  return count;
}
