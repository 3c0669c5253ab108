/** Perplexities of the two models, paired only where they were measured alike. */
import type { ComparedPerplexity, PerplexityFigure, Problem } from '@evalgraph/formats';
import { messages } from './messages.ts';

/** What must be equal besides the protocol, and how a message calls it. */
const ALIKE = [
  ['corpus', 'corpus'],
  ['tokenizerDigest', 'tokenizer'],
  ['seqlen', 'seqlen'],
  ['windows', 'number of windows'],
  ['tokens', 'number of tokens'],
] as const;

/**
 * Pairs figures by protocol, in the dense model's order. Two figures of one protocol (two corpora, two lengths) pair
 * with the one that is alike. `ratio` is pruned / dense.
 */
export function pairPerplexity(
  dense: readonly PerplexityFigure[],
  pruned: readonly PerplexityFigure[],
  problems: Problem[],
): readonly ComparedPerplexity[] {
  const left = [...pruned];
  const pairs = dense.flatMap((figure): readonly ComparedPerplexity[] => {
    const partner = closest(figure, left);
    if (partner === undefined) {
      problems.push(messages.perplexityMissing(figure.protocol, 'pruned'));
      return [];
    }
    left.splice(left.indexOf(partner), 1);
    const differing = ALIKE.find(([field]) => figure[field] !== partner[field]);
    if (differing !== undefined) {
      const [field, what] = differing;
      problems.push(
        messages.perplexityDiffers(figure.protocol, what, String(figure[field]), String(partner[field])),
      );
      return [];
    }
    return [{ dense: figure, pruned: partner, ratio: partner.perplexity / figure.perplexity }];
  });
  for (const figure of left) problems.push(messages.perplexityMissing(figure.protocol, 'dense'));
  return pairs;
}

/** The figure of the same protocol that differs in the fewest respects, so that a refusal names the one reason. */
function closest(figure: PerplexityFigure, among: readonly PerplexityFigure[]): PerplexityFigure | undefined {
  const differences = (other: PerplexityFigure): number =>
    ALIKE.filter(([field]) => other[field] !== figure[field]).length;
  return among
    .filter((other) => other.protocol === figure.protocol)
    .reduce<PerplexityFigure | undefined>(
      (best, other) => (best === undefined || differences(other) < differences(best) ? other : best),
      undefined,
    );
}
