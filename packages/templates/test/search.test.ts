/** Python's search in texts at a linear cost: the judge is V8's own search, on texts that are small enough for it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fuzz } from '../../formats/test/fuzz-support.ts';
import { firstIndex, lastIndex, searchIn } from '../src/python/search.ts';

/** These lengths are beyond the product up to which V8's search is used. */
const FILL = 30_000;

it('long texts are found where V8 finds them', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 6 });
  const long = fc
    .tuple(piece, piece, piece, fc.nat(2_000))
    .map(
      ([head, unit, tail, more]) =>
        `${head}${(unit || 'a').repeat(Math.ceil((FILL + more) / (unit.length || 1)))}${tail}`,
    );
  fc.assert(
    fc.property(long, long, fc.nat(3_000), piece, (text, wanted, cut, end) => {
      for (const one of [
        wanted.slice(0, cut),
        text.slice(cut, cut + 5_000),
        `${text.slice(0, 900)}${end}`,
        text.slice(cut),
      ]) {
        if (one === '') continue;
        expect(firstIndex(text, one)).toBe(text.indexOf(one));
        expect(lastIndex(text, one)).toBe(text.lastIndexOf(one));
        expect(searchIn(text, one).next(cut)).toBe(text.indexOf(one, cut));
      }
    }),
    { ...fuzz(40), numRuns: 40 },
  );
});
