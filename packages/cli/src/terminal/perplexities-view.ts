/** Perplexities in a terminal: a table for each way of measuring, because two ways never stand in one. */
import {
  formatCount,
  formatPerplexity,
  perplexityFacts,
  perplexityWays,
  type ReportData,
} from '@evalgraph/report/data';
import { placeText, section } from './scores-view.ts';
import { paint, type Screen } from './screen.ts';
import { cell, column, tableLines } from './table.ts';
import { safeLine, wrap } from './text.ts';

export function perplexitiesView(data: ReportData, screen: Screen): readonly string[] {
  return perplexityWays(data.rows).flatMap(({ figure, list }) => {
    const hasWords = list.some(({ perWord }) => perWord !== null);
    const columns = [
      column('checkpoint', 'left'),
      column('a token'),
      ...(hasWords ? [column('a word')] : []),
    ];
    const rows = list.map(({ row, figure: own, perWord }) => [
      cell(placeText(row)),
      cell(formatPerplexity(own.perplexity)),
      ...(hasWords ? [cell(perWord === null ? '' : formatPerplexity(perWord))] : []),
    ]);
    return section(
      `Perplexity by ${safeLine(figure.protocol)} on ${safeLine(figure.corpus)}, windows of ${formatCount(figure.seqlen)} tokens`,
      [
        ...tableLines({ columns, rows, foot: [] }, screen),
        ...wrap(safeLine(perplexityFacts(figure)), screen.width).map((line) => paint(screen, 'dim', line)),
      ],
      screen,
    );
  });
}
