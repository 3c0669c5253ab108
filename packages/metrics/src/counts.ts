/** Words, bytes and characters of a text as lm-eval counts them. */
import { encodeUtf8 } from '@evalgraph/formats';
import { codePointLength, compileRegex } from '@evalgraph/templates';

/** len(re.split(r"\s+", text)): edges that are white space count as empty words. */
export function countWords(text: string): number {
  return compileRegex('\\s+').split(text).length;
}

export function countBytes(text: string): number {
  return encodeUtf8(text).length;
}

/** len(text): code points. */
export function countCharacters(text: string): number {
  return codePointLength(text);
}
