/** exact_match as lm-eval (and Hugging Face's evaluate) define it: both sides cleaned alike, then compared. */
import { compileRegex } from '@evalgraph/templates';

/** What both sides are freed of before they are compared. */
export interface ExactMatchOptions {
  readonly ignoreCase: boolean;
  readonly ignorePunctuation: boolean;
  readonly ignoreNumbers: boolean;
  readonly regexesToIgnore: readonly string[];
}

const PUNCTUATION = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g;

export function exactMatch(options: ExactMatchOptions, predicted: string, gold: string): boolean {
  return clean(options, predicted) === clean(options, gold);
}

function clean(options: ExactMatchOptions, source: string): string {
  const bare = options.regexesToIgnore.reduce((at, pattern) => compileRegex(pattern).sub('', at), source);
  const cased = options.ignoreCase ? bare.toLowerCase() : bare;
  const plain = options.ignorePunctuation ? cased.replace(PUNCTUATION, '') : cased;
  return options.ignoreNumbers ? plain.replace(/[0-9]/g, '') : plain;
}
