/** Perplexities a token: one table for each way of measuring, because two ways never stand in one. */
import type { PerplexityFigure } from '@evalgraph/formats';
import { formatCount, formatDigest, formatPerplexity } from '../format.ts';
import type { ReportData, Row } from '../scores.ts';
import { placeText } from './cells.ts';
import { escapeText } from './escape.ts';
import { table } from './table.ts';

export function perplexitySection(data: ReportData): string {
  const ways = new Map<string, { readonly row: Row; readonly figure: PerplexityFigure }[]>();
  for (const row of data.rows) {
    for (const { perplexity: figure } of row.perplexities) {
      if (figure === undefined) continue;
      const way = [figure.protocol, figure.corpus, figure.seqlen, figure.tokens, figure.tokenizerDigest].join(
        '\n',
      );
      ways.set(way, [...(ways.get(way) ?? []), { row, figure }]);
    }
  }
  const parts = [...ways.values()].flatMap((list) => {
    const figure = list[0]?.figure;
    if (figure === undefined) return [];
    const title =
      `### ${escapeText(figure.protocol)} on ${escapeText(figure.corpus)}, windows of ` +
      `${formatCount(figure.seqlen)} tokens`;
    const note =
      `Perplexity a token; ${formatCount(figure.windows)} windows, ${formatCount(figure.tokens)} tokens scored, ` +
      `tokenizer ${escapeText(formatDigest(figure.tokenizerDigest))}. Lower is better.`;
    const lines = list.map((one) => [placeText(one.row), formatPerplexity(one.figure.perplexity)]);
    return [title, note, table(['Checkpoint', 'Perplexity'], lines)];
  });
  return parts.length === 0 ? '' : ['## Perplexity', ...parts].join('\n\n');
}
