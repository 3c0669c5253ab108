/** Which layers of a source become which layers of the model that is made. Numbers only. */
import { type Problem, UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';

/** How a model's depth changes. Layers count from 0, bottom up. */
export type Depth =
  /** Only these layers, each once, ascending: twelve to ten by leaving out two. */
  | { readonly kind: 'keep'; readonly layers: readonly number[] }
  /** Ranges [first, end), one above the other; where they overlap, layers come twice: [0, 8], [4, 12]. */
  | { readonly kind: 'stack'; readonly ranges: readonly (readonly [first: number, end: number])[] };

/**
 * The source layer of each new layer, bottom up.
 * @param count layers of the source. @throws UserError bad-layers, with all that is wrong.
 */
export function sourceLayers(depth: Depth, count: number): readonly number[] {
  const problems: Problem[] = [];
  const layers =
    depth.kind === 'keep' ? depth.layers : depth.ranges.flatMap(([first, end]) => span(first, end, count));
  if (depth.kind === 'keep') {
    for (const [index, layer] of layers.entries()) {
      const before = layers[index - 1];
      if (!(Number.isSafeInteger(layer) && layer >= 0 && layer < count)) {
        problems.push(messages.badLayers.missing(layer, count));
      } else if (before !== undefined && before >= layer) {
        problems.push(messages.badLayers.order(before, layer));
      }
    }
  } else {
    for (const [first, end] of depth.ranges) {
      if (!isRange(first, end, count)) problems.push(messages.badLayers.range([first, end], count));
    }
  }
  if (problems.length === 0 && layers.length === 0) problems.push(messages.badLayers.none());
  if (problems.length > 0) throw new UserError(problems);
  return layers;
}

function isRange(first: number, end: number, count: number): boolean {
  const areWhole = Number.isSafeInteger(first) && Number.isSafeInteger(end);
  return areWhole && first >= 0 && first < end && end <= count;
}

function span(first: number, end: number, count: number): readonly number[] {
  return isRange(first, end, count) ? Array.from({ length: end - first }, (_, index) => first + index) : [];
}
