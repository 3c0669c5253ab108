/** Perplexities a token: one table for each way of measuring, because two ways never stand in one. */
import type { PerplexityFigure } from '@evalgraph/formats';
import { formatCount, formatDigest, formatPerplexity } from '../format.ts';
import type { ReportData, Row } from '../scores.ts';
import {
  type Block,
  type Cell,
  heading,
  numberCell,
  paragraph,
  type TableBlock,
  tableBlock,
  textCell,
} from './blocks.ts';
import { placeText } from './cells.ts';
import { absent } from './comparison-cells.ts';

/** Figures that were measured alike: they alone can be compared. */
interface PerplexityWay {
  /** The first of them: what all have in common stands in it. */
  readonly figure: PerplexityFigure;
  readonly list: readonly MeasuredRow[];
}

interface MeasuredRow {
  readonly row: Row;
  readonly figure: PerplexityFigure;
  /** Perplexity a word; null where the protocol leaves tokens out. */
  readonly perWord: number | null;
}

function perplexityWays(rows: readonly Row[]): readonly PerplexityWay[] {
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

function perplexityFacts({ windows, tokens, tokenizerDigest }: PerplexityFigure): string {
  return (
    `Perplexity a token; ${formatCount(windows)} windows, ${formatCount(tokens)} tokens scored, ` +
    `tokenizer ${formatDigest(tokenizerDigest)}. Lower is better.`
  );
}

/** Figures of one text by several protocols, side by side: their protocols say that they are not comparable. */
export function perplexityTable(figures: readonly Omit<PerplexityFigure, 'windowNllNats'>[]): TableBlock {
  const shown = (value: number | null | undefined): Cell =>
    typeof value === 'number' ? numberCell(formatPerplexity(value), value) : absent();
  return tableBlock(
    'Perplexities',
    ['Protocol', 'a token', 'a word', 'a byte', 'bits/byte', 'Seqlen', 'Windows', 'Tokens', 'Tokenizer'],
    figures.map((figure) => [
      textCell(figure.protocol),
      shown(figure.perplexity),
      shown(figure.perWord),
      shown(figure.perByte),
      shown(figure.bitsPerByte),
      ...[figure.seqlen, figure.windows, figure.tokens].map((count) => numberCell(formatCount(count), count)),
      textCell(formatDigest(figure.tokenizerDigest)),
    ]),
  );
}

/** @param charts what leads from one figure to another */
export function perplexitySection(data: ReportData, charts: readonly Block[]): readonly Block[] {
  const parts = perplexityWays(data.rows).flatMap(({ figure, list }): readonly Block[] => {
    const title = `${figure.protocol} on ${figure.corpus}, windows of ${formatCount(figure.seqlen)} tokens`;
    const hasWords = list.some(({ perWord }) => perWord !== null);
    const lines = list.map(({ row, figure: own, perWord }) => [
      textCell(placeText(row)),
      numberCell(formatPerplexity(own.perplexity), own.perplexity),
      ...(hasWords ? [perWord === null ? absent() : numberCell(formatPerplexity(perWord), perWord)] : []),
    ]);
    return [
      heading(3, title),
      paragraph(perplexityFacts(figure)),
      tableBlock(
        `Perplexity, ${title}`,
        ['Checkpoint', 'Perplexity', ...(hasWords ? ['a word'] : [])],
        lines,
      ),
    ];
  });
  return parts.length + charts.length === 0 ? [] : [heading(2, 'Perplexity'), ...parts, ...charts];
}
