/**
 * The language of a text, by eld (Nito-ELD, Apache-2.0; the large n-gram set, 60 languages). eld looks at the first 1,000
 * characters; on demand three windows of a longer text vote, so that a boilerplate head does not decide alone.
 */
const WINDOW = 1000;

export interface Detected {
  /** ISO 639-1; empty where nothing was found. */
  readonly language: string;
  /** Whether eld's own measure holds every window that voted for the language for reliable. */
  readonly isReliable: boolean;
}

/** `windows` 1: the first 1,000 characters only; 3: also the middle and the end of a text that has twice as many. */
export type LanguageDetector = (text: string, windows: 1 | 3) => Detected;

/** Loads the n-grams, some 100 MB: for whoever detects, not for whoever reads a configuration. */
export async function loadLanguageDetector(): Promise<LanguageDetector> {
  const { eld } = await import('eld/large');
  const detected = (text: string): Detected => {
    const result = eld.detect(text);
    return { language: result.language, isReliable: result.isReliable() };
  };
  return (text, windows) => {
    if (windows === 1 || text.length <= WINDOW * 2) return detected(text.slice(0, WINDOW));
    const middle = Math.floor(text.length / 2);
    const votes = [text.slice(0, WINDOW), text.slice(middle, middle + WINDOW), text.slice(-WINDOW)].map(
      detected,
    );
    const winner = votes.find((vote, at) =>
      votes.some((other, no) => no > at && other.language === vote.language),
    );
    const { language } = winner ?? votes[0] ?? { language: '' };
    return { language, isReliable: votes.every((vote) => vote.language !== language || vote.isReliable) };
  };
}

/** The languages that are told apart, ISO 639-1. */
export const LANGUAGES: readonly string[] =
  'am ar az be bg bn ca cs da de el en es et eu fa fi fr gu he hi hr hu hy is it ja ka kn ko ku lo lt lv ml mr ms nl no or pa pl pt ro ru sk sl sq sr sv ta te th tl tr uk ur vi yo zh'.split(
    ' ',
  );
