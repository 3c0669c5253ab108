/** Which documents become shots: lm-eval's two samplers, with CPython's random numbers. */
import type { PythonRandom } from '@evalgraph/formats';
import { UserError } from '@evalgraph/formats';
import { type Dict, equals } from '@evalgraph/templates';
import { messages } from '../messages.ts';

export interface Sampler {
  /** `exclude`: the evaluated document where it could be among the shots, else null. */
  sample(count: number, exclude: Dict | null): readonly Dict[];
}

/** One for each task: the random numbers are consumed document by document, in order. */
export function samplerOf(
  kind: 'default' | 'first_n',
  task: string,
  pool: readonly Dict[],
  random: PythonRandom,
): Sampler {
  const tooFew = (wanted: number, there: number): never => {
    throw new UserError(messages.tooFewShots(task, wanted, there));
  };
  const without = (docs: readonly Dict[], exclude: Dict): readonly Dict[] =>
    docs.filter((doc) => !equals(doc, exclude));
  const draw = (docs: readonly Dict[], count: number): readonly Dict[] =>
    count > docs.length ? tooFew(count, docs.length) : random.sample(docs, count);
  if (kind === 'first_n') {
    return {
      sample: (count, exclude) => {
        const docs = exclude === null ? pool : without(pool, exclude);
        return count > docs.length ? tooFew(count, docs.length) : docs.slice(0, count);
      },
    };
  }
  return {
    sample: (count, exclude) => {
      if (count === 0) return [];
      if (exclude === null) return draw(pool, count);
      const kept = without(draw(pool, count + 1), exclude).slice(0, count);
      // Duplicate rows: more than one copy of the document was drawn, so lm-eval draws again without any.
      return kept.length === count ? kept : draw(without(pool, exclude), count);
    },
  };
}
