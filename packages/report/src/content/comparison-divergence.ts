/** How far the pruned model's distributions moved, and where in the text. */
import type { ComparisonRecord, DivergenceRecord, Estimate, Interval } from '@evalgraph/formats';
import {
  formatCount,
  formatDifference,
  formatInterval,
  formatPercent,
  formatRatio,
  formatScore,
} from '../format.ts';
import { plainText } from '../plain-text.ts';
import { type Block, type Cell, heading, numberCell, paragraph, tableBlock, textCell } from './blocks.ts';
import { absent, percentInterval, plainInterval, ratioInterval } from './comparison-cells.ts';

const SHOWN_PLACES = 10;
const TEXT_BEFORE = 60;

export function divergenceBlocks(record: ComparisonRecord, found: DivergenceRecord): readonly Block[] {
  const { klNats } = found;
  const row = (
    label: string,
    { value, interval95 }: Estimate,
    write: (value: number) => string,
    writeInterval: (interval: Interval) => string,
  ): readonly Cell[] => [
    textCell(label),
    numberCell(write(value), value),
    interval95 === null ? absent() : numberCell(writeInterval(interval95), interval95[0]),
  ];
  const nats = (label: string, estimate: Estimate): readonly Cell[] =>
    row(label, estimate, formatScore, plainInterval);
  const places = found.parts
    .slice(0, SHOWN_PLACES)
    .map((part) => [
      textCell(`...${visible(part.before.slice(-TEXT_BEFORE))}`),
      textCell(visible(part.token)),
      textCell(`${visible(part.denseTop)}`),
      textCell(`${visible(part.prunedTop)}`),
      numberCell(formatScore(part.denseP), part.denseP),
      numberCell(formatScore(part.prunedP), part.prunedP),
      numberCell(formatScore(part.klNats), part.klNats),
    ]);
  return [
    heading(2, 'Divergence'),
    paragraph(
      `Both models' whole next-token distributions at the same ${formatCount(found.positions)} positions (${formatCount(found.windows)} windows of ${formatCount(found.seqlen)} tokens of ${plainText(found.corpus)}). KL(dense || pruned) in nats; intervals from resampled windows.`,
    ),
    tableBlock(
      `${record.name}: divergence`,
      ['Measure', 'Value', '95 % interval'],
      [
        nats('KL, mean', klNats.mean),
        nats('KL, median', klNats.median),
        nats('KL, 90th percentile', klNats.p90),
        nats('KL, 95th percentile', klNats.p95),
        nats('KL, 99th percentile', klNats.p99),
        nats('KL, 99.9th percentile', klNats.p999),
        nats('KL, maximum', klNats.max),
        row('Same most probable token', found.sameTop, formatPercent, percentInterval),
        row("Right token's probability, RMS change", found.rmsDeltaP, formatScore, plainInterval),
        row("Right token's probability, mean change", found.meanDeltaP, formatDifference, formatInterval),
        row('Perplexity, pruned / dense', found.perplexityRatio, formatRatio, ratioInterval),
      ],
    ),
    ...(places.length === 0
      ? []
      : [
          heading(3, 'Where the models part'),
          tableBlock(
            `${record.name}: where the models part`,
            [
              'Text before',
              'Next in the text',
              'Dense expects',
              'Pruned expects',
              'P dense',
              'P pruned',
              'KL',
            ],
            places,
          ),
        ]),
  ];
}

/** White space that would vanish in a table. */
function visible(text: string): string {
  return text.replace(/\n/g, '\u21b5').replace(/^ | $/g, '\u2423').replace(/\t/g, '\u21e5');
}
