/** Two models' perplexities over the same windows: their ratio, with an interval that the pairing narrows. */
import type { PerplexityFigure } from '@evalgraph/formats';
import { seededRandom } from '@evalgraph/formats';
import { sum } from '../statistics/mean.ts';
import { percentileInterval } from '../statistics/quantile.ts';
import { type ProtocolFigure, perplexityDifference } from './figure.ts';

export interface PerplexityRatio {
  /** second / first, of the perplexity a token. */
  readonly ratio: number;
  /** Percentile bootstrap over windows; null for fewer than two of them. */
  readonly interval95: readonly [number, number] | null;
  readonly windows: number;
}

/**
 * ratio = exp(sum_i w_i (b_i - a_i) / sum_i w_i) over windows i; windows are drawn with replacement, both models'
 * together, because what is hard for one is mostly hard for the other.
 *
 * @throws UserError perplexity-differs where the two were not measured alike
 */
export function perplexityRatio(
  first: ProtocolFigure,
  second: ProtocolFigure,
  { seed, resamples }: { readonly seed: number; readonly resamples: number },
): PerplexityRatio {
  perplexityDifference(first, second);
  const { windowWeights } = first;
  const gains = first.windowNllNats.map(
    (nats, index) => ((second.windowNllNats[index] ?? Number.NaN) - nats) * (windowWeights[index] ?? 0),
  );
  const ratio = Math.exp(sum(gains) / sum(windowWeights));
  const count = gains.length;
  if (count < 2) return { ratio, interval95: null, windows: count };
  const random = seededRandom(seed);
  const replicates = new Float64Array(resamples);
  for (let draw = 0; draw < resamples; draw++) {
    let gained = 0;
    let weight = 0;
    // A draw of windows without weight (hf-strided's last one may be) says nothing: draw again.
    while (weight === 0) {
      gained = 0;
      for (let i = 0; i < count; i++) {
        const at = random.below(count);
        gained += gains[at] ?? Number.NaN;
        weight += windowWeights[at] ?? 0;
      }
    }
    replicates[draw] = Math.exp(gained / weight);
  }
  return { ratio, interval95: percentileInterval(replicates), windows: count };
}

/** The ratio's interval; null where a figure does not carry its windows' weights, as one of an older version. */
export function ratioInterval(
  first: PerplexityFigure,
  second: PerplexityFigure,
  options: { readonly seed: number; readonly resamples: number },
): PerplexityRatio['interval95'] {
  if (!isWhole(first) || !isWhole(second)) return null;
  return perplexityRatio(first, second, options).interval95;
}

function isWhole(figure: Partial<ProtocolFigure>): figure is ProtocolFigure {
  return figure.windowWeights !== undefined && figure.recipe !== undefined;
}
