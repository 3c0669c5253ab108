/** exact_match as lm-eval (and Hugging Face's evaluate) define it: both sides cleaned alike, then compared. */
import { compileRegex } from '@evalgraph/templates';
import type { MetricConfig } from '../config/types.ts';

const PUNCTUATION = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g;

export function exactMatch(metric: MetricConfig, predicted: string, gold: string): boolean {
  return clean(metric, predicted) === clean(metric, gold);
}

function clean(metric: MetricConfig, source: string): string {
  const bare = metric.regexesToIgnore.reduce((at, pattern) => compileRegex(pattern).sub('', at), source);
  const cased = metric.ignoreCase ? bare.toLowerCase() : bare;
  const plain = metric.ignorePunctuation ? cased.replace(PUNCTUATION, '') : cased;
  return metric.ignoreNumbers ? plain.replace(/[0-9]/g, '') : plain;
}
