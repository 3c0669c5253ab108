/** Perplexities a token: one table for each way of measuring, because two ways never stand in one. */
import type { PerplexityFigure } from '@evalgraph/formats';
import { formatCount, formatDigest, formatPerplexity } from '../format.ts';
import type { ReportData, Row } from '../scores.ts';
import { type Block, heading, numberCell, paragraph, tableBlock, textCell } from './blocks.ts';
import { placeText } from './cells.ts';

/** Figures that were measured alike: they alone can be compared. */
export interface PerplexityWay {
  /** The first of them: what all have in common stands in it. */
  readonly figure: PerplexityFigure;
  readonly list: readonly MeasuredRow[];
}

export interface MeasuredRow {
  readonly row: Row;
  readonly figure: PerplexityFigure;
  /** Perplexity a word; null where the protocol leaves tokens out. */
  readonly perWord: number | null;
}

export function perplexityWays(rows: readonly Row[]): readonly PerplexityWay[] {
  const ways = new Map<string, MeasuredRow[]>();
  for (const row of rows) {
    for (const { perplexity: figure, results, task } of row.perplexities) {
      if (figure === undefined) continue;
      const way = [figure.protocol, figure.corpus, figure.seqlen, figure.tokens, figure.tokenizerDigest].join(
        '\n',
      );
      const words = results[task]?.metrics['word_perplexity,none'];
      const perWord = typeof words === 'number' ? words : null;
      ways.set(way, [...(ways.get(way) ?? []), { row, figure, perWord }]);
    }
  }
  return [...ways.values()].flatMap((list) =>
    list[0] === undefined ? [] : [{ figure: list[0].figure, list }],
  );
}

export function perplexityFacts({ windows, tokens, tokenizerDigest }: PerplexityFigure): string {
  return (
    `Perplexity a token; ${formatCount(windows)} windows, ${formatCount(tokens)} tokens scored, ` +
    `tokenizer ${formatDigest(tokenizerDigest)}. Lower is better.`
  );
}

/** @param charts what leads from one figure to another */
export function perplexitySection(data: ReportData, charts: readonly Block[]): readonly Block[] {
  const parts = perplexityWays(data.rows).flatMap(({ figure, list }): readonly Block[] => {
    const title = `${figure.protocol} on ${figure.corpus}, windows of ${formatCount(figure.seqlen)} tokens`;
    const lines = list.map((one) => [
      textCell(placeText(one.row)),
      numberCell(formatPerplexity(one.figure.perplexity), one.figure.perplexity),
    ]);
    return [
      heading(3, title),
      paragraph(perplexityFacts(figure)),
      tableBlock(`Perplexity, ${title}`, ['Checkpoint', 'Perplexity'], lines),
    ];
  });
  return parts.length + charts.length === 0 ? [] : [heading(2, 'Perplexity'), ...parts, ...charts];
}
