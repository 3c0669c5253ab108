/** Perplexities a token: one table for each way of measuring, because two ways never stand in one. */
import type { PerplexityFigure } from '@evalgraph/formats';
import { formatCount, formatDigest, formatPerplexity } from '../format.ts';
import type { ReportData, Row } from '../scores.ts';
import { type Block, heading, numberCell, paragraph, tableBlock, textCell } from './blocks.ts';
import { placeText } from './cells.ts';

/** @param charts what leads from one figure to another */
export function perplexitySection(data: ReportData, charts: readonly Block[]): readonly Block[] {
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
  const parts = [...ways.values()].flatMap((list): readonly Block[] => {
    const figure = list[0]?.figure;
    if (figure === undefined) return [];
    const title = `${figure.protocol} on ${figure.corpus}, windows of ${formatCount(figure.seqlen)} tokens`;
    const note =
      `Perplexity a token; ${formatCount(figure.windows)} windows, ${formatCount(figure.tokens)} tokens scored, ` +
      `tokenizer ${formatDigest(figure.tokenizerDigest)}. Lower is better.`;
    const lines = list.map((one) => [
      textCell(placeText(one.row)),
      numberCell(formatPerplexity(one.figure.perplexity), one.figure.perplexity),
    ]);
    return [
      heading(3, title),
      paragraph(note),
      tableBlock(`Perplexity, ${title}`, ['Checkpoint', 'Perplexity'], lines),
    ];
  });
  return parts.length + charts.length === 0 ? [] : [heading(2, 'Perplexity'), ...parts, ...charts];
}
