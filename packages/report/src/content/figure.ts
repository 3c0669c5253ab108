/** How a perplexity is called: never without its protocol, window and text. */
import type { PerplexityFigure } from '@evalgraph/formats';
import { formatCount } from '../format.ts';
import { plainText } from '../plain-text.ts';

/** What the protocol's own program prints: a word's perplexity for lm-eval, a token's for the others. */
export function reportedValue(figure: PerplexityFigure): number {
  return figure.reported ?? figure.perplexity;
}

export function figureLabel(figure: PerplexityFigure): string {
  const units: Readonly<Record<string, string>> = { words: 'word PPL', bytes: 'byte PPL' };
  const unit = figure.reported === undefined ? 'PPL' : (units[figure.recipe?.divisor ?? ''] ?? 'PPL');
  return `${corpusName(figure)} ${unit} (${plainText(figure.protocol)}, seqlen ${formatCount(figure.seqlen)})`;
}

export function corpusName({ corpus }: Pick<PerplexityFigure, 'corpus'>): string {
  return /wikitext-?2/i.test(corpus) ? 'WikiText2' : plainText(corpus);
}
