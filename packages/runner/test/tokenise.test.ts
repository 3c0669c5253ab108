import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  rollingWindows,
  type TextEncoder,
  tokeniseGeneration,
  tokenisePair,
} from '../../engines/src/requests/tokenise.ts';

/** A token a code unit; 'default' puts the prefix token 1 first. */
const encoder: TextEncoder = {
  prefixToken: 1,
  encode: (text, special) =>
    Promise.resolve([...(special === 'default' ? [1] : []), ...[...text].map((unit) => unit.charCodeAt(0))]),
};
const ids = (text: string): number[] => [...text].map((unit) => unit.charCodeAt(0));

describe('tokenisePair', () => {
  it('moves white space at the end of the context to the continuation', async () => {
    expect(await tokenisePair(encoder, 'Q: \n', ' A', 100)).toEqual({
      kind: 'score',
      context: [1, ...ids('Q:')],
      continuation: ids(' \n A'),
    });
  });

  it('takes Python’s white space: the no-break space moves, U+FEFF stays', async () => {
    const moved = await tokenisePair(encoder, 'a\u00a0', 'b', 100);
    expect(moved.continuation).toEqual(ids('\u00a0b'));
    const kept = await tokenisePair(encoder, 'a\ufeff', 'b', 100);
    expect(kept.continuation).toEqual(ids('b'));
  });

  it('lets the prefix token stand for an empty context, and adds no special token to the continuation', async () => {
    expect(await tokenisePair(encoder, '', 'ab', 100)).toEqual({
      kind: 'score',
      context: [1],
      continuation: ids('ab'),
    });
  });

  it('truncates from the left to maxLength + 1 tokens, the last of which is only scored', async () => {
    const { context, continuation } = await tokenisePair(encoder, 'abcdef', 'XY', 4);
    expect(context).toEqual(ids('def'));
    expect(continuation).toEqual(ids('XY'));
  });

  it('refuses a continuation longer than the model and one without tokens', async () => {
    await expect(tokenisePair(encoder, 'a', 'XYZ', 2)).rejects.toThrow(
      'scores 3 tokens, but the model takes 2',
    );
    await expect(tokenisePair(encoder, 'a', '', 2)).rejects.toThrow('adds no token');
  });
});

describe('rollingWindows', () => {
  it('matches lm-eval on its own example: tokens 0..9, 4 at a time', () => {
    const windows = rollingWindows([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 99, 4);
    expect(windows.map(({ context, continuation }) => [context, continuation])).toEqual([
      [[99], [0, 1, 2, 3]],
      [[3], [4, 5, 6, 7]],
      [
        [5, 6, 7],
        [8, 9],
      ],
    ]);
  });

  it('scores every token once, in order, in windows that fit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 20 }), (length, maxLength) => {
        const tokens = Array.from({ length }, (_, index) => index);
        const windows = rollingWindows(tokens, 999, maxLength);
        expect(windows.flatMap(({ continuation }) => continuation)).toEqual(tokens);
        for (const { context, continuation } of windows) {
          expect(context.length).toBeGreaterThanOrEqual(1);
          expect(context.length + continuation.length - 1).toBeLessThanOrEqual(maxLength);
        }
      }),
      { seed: 3 },
    );
  });
});

describe('tokeniseGeneration', () => {
  it('leaves room for the new tokens, cutting the prompt from the left', async () => {
    expect((await tokeniseGeneration(encoder, 'abcdef', 3, 6)).context).toEqual(ids('def'));
    await expect(tokeniseGeneration(encoder, 'a', 6, 6)).rejects.toThrow('no room');
  });
});
