/** Words and bytes of a text as lm-eval's perplexities count them. */
import { encodeUtf8 } from '@evalgraph/formats';
import { compileRegex } from '@evalgraph/templates';

/** len(re.split(r"\s+", text)): edges that are white space count as empty words. */
export function countWords(text: string): number {
  return compileRegex('\\s+').split(text).length;
}

export function countBytes(text: string): number {
  return encodeUtf8(text).length;
}
