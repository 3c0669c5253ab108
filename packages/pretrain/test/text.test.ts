/** Measures of texts against plain Python's (fixtures/corpus/make.py) and the papers' numbers. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOT_SPACE } from '../src/text/character-class.ts';
import { gramHashes, shingles } from '../src/text/grams.ts';
import { guardedMap } from '../src/text/guarded-regex.ts';
import { LANGUAGES, loadLanguageDetector } from '../src/text/language.ts';
import { createMinhash, estimateSimilarity } from '../src/text/minhash.ts';
import { brokenQuality, GOPHER_QUALITY } from '../src/text/quality.ts';
import {
  exceededRepetition,
  GOPHER_REPETITION,
  REPETITION_RULES,
  repetitionShares,
} from '../src/text/repetition.ts';
import { lineFault, REFINEDWEB_MAX_REMOVED, withoutFaultyLines } from '../src/text/web-lines.ts';
import { countWords, scanWords } from '../src/text/words.ts';

interface Measured {
  readonly name: string;
  readonly text: string;
  readonly shares: Readonly<Record<string, number>>;
}
const measured = JSON.parse(
  readFileSync(new URL('fixtures/corpus/measures.json', import.meta.url), 'utf8'),
) as readonly Measured[];

describe('repetition', () => {
  it.each(measured)("$name: Python's shares", ({ text, shares }) => {
    const found = repetitionShares(text);
    for (const rule of REPETITION_RULES)
      expect(found?.[rule], rule).toBeCloseTo(shares[rule] ?? Number.NaN, 12);
  });

  it.each(measured)('$name: the first share above its limit', ({ text, shares }) => {
    const expected = REPETITION_RULES.find((rule) => (shares[rule] ?? 0) > GOPHER_REPETITION[rule]) ?? null;
    expect(exceededRepetition(text, GOPHER_REPETITION)).toBe(expected);
  });

  it("has Gopher's thresholds (table A1)", () => {
    expect(REPETITION_RULES.map((rule) => GOPHER_REPETITION[rule])).toEqual([
      0.3, 0.3, 0.2, 0.2, 0.2, 0.18, 0.16, 0.15, 0.14, 0.13, 0.12, 0.11, 0.1,
    ]);
  });

  it('has no shares of an empty text, and removes none', () => {
    expect(repetitionShares('')).toBeNull();
    expect(exceededRepetition('', GOPHER_REPETITION)).toBeNull();
  });

  it('agrees with a plain count of n-grams on any words', () => {
    const word = fc.constantFrom('a', 'bb', 'c', 'dd');
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 5, max: 10 }),
        (words, n) => {
          const text = words.join(' ');
          const seen = new Set<string>();
          let characters = 0;
          for (let at = 0; at + n <= words.length; ) {
            const gram = words.slice(at, at + n).join(' ');
            if (seen.has(gram)) characters += gram.length;
            at += seen.has(gram) ? n : 1;
            seen.add(gram);
          }
          const rule = `duplicate${n}Grams` as 'duplicate5Grams';
          expect(repetitionShares(text)?.[rule]).toBe(characters / text.length);
        },
      ),
      { seed: 11, numRuns: 500 },
    );
  });
});

describe('quality', () => {
  const good = 'The boats of the village have come up to the mill with that spring flood.';
  const page = Array(8).fill(good).join('\n');
  it.each([
    ['prose', page, null],
    ['49 words', `${'the be word '.repeat(16)}word`, 'minWords'],
    ['50 words', `${'the and word '.repeat(16)}some more`, null],
    ['short words', 'a be to of '.repeat(20), 'minMeanWordLength'],
    [
      'long words',
      'the and internationalisations '.repeat(4) + 'internationalisations '.repeat(50),
      'maxMeanWordLength',
    ],
    ['hash signs', `${page} ${'#tag '.repeat(20)}`, 'maxSymbolsPerWord'],
    ['ellipses', `${page} ${'and… '.repeat(20)}`, 'maxSymbolsPerWord'],
    ['bullets', Array(10).fill(`- ${good}`).join('\n'), 'maxBulletLines'],
    ['nine bullets of ten', [...Array(9).fill(`- ${good}`), good].join('\n'), null],
    [
      'lines that break off',
      [...Array(4).fill(`${good}...`), ...Array(6).fill(good)].join('\n'),
      'maxEllipsisLines',
    ],
    ['numbers', `the of ${'1234 word '.repeat(30)}`, 'minLetterWords'],
    ['no English', 'Wort Wörter Worte wortlos '.repeat(15), 'minStopWords'],
    ['nothing', '', 'minWords'],
  ])('%s', (_, text, expected) => {
    expect(brokenQuality(text, GOPHER_QUALITY)).toBe(expected);
  });

  it("has Gopher's limits (appendix A.1.1)", () => {
    expect(Object.values(GOPHER_QUALITY)).toEqual([50, 100_000, 3, 10, 0.1, 0.9, 0.3, 0.8, 2]);
  });
});

describe('lines of web pages', () => {
  it.each([
    ['A line of prose, with 3 numbers.', null],
    ['', null],
    ['HOME ABOUT CONTACT', 'uppercase'],
    ['12.03.2021 14:05', 'numeric'],
    ['3 likes', 'counter'],
    ['1.2k followers', 'counter'],
    ['Menu', 'one word'],
  ])('%s', (line, expected) => {
    expect(lineFault(line)).toBe(expected);
  });

  it('removes lines up to 5 % of the words, beyond that the document', () => {
    const prose = 'The boats of the village have come up to the mill with the flood this year again, late.';
    const lines = [prose, prose, prose, prose];
    expect(withoutFaultyLines([...lines, 'Menu', '3 likes'].join('\n'), REFINEDWEB_MAX_REMOVED)).toBe(
      lines.join('\n'),
    );
    expect(withoutFaultyLines([prose, 'Menu'].join('\n'), REFINEDWEB_MAX_REMOVED)).toBeNull();
  });
});

describe('MinHash', () => {
  const settings = { n: 1, unit: 'words', bands: 64, rows: 8, seed: 1 } as const;
  const words = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, at) => `w${from + at}`).join(' ');

  it.each([
    [0, 1],
    [25, 75 / 125],
    [50, 50 / 150],
    [100, 0],
  ])('estimates the Jaccard similarity of two sets that are %i words apart', (shift, jaccard) => {
    const minhash = createMinhash(settings);
    const one = minhash(words(0, 100)) ?? new Int32Array();
    const other = minhash(words(shift, 100 + shift)) ?? new Int32Array();
    const deviation = Math.sqrt((jaccard * (1 - jaccard)) / 512);
    expect(Math.abs(estimateSimilarity(one, other) - jaccard)).toBeLessThanOrEqual(4 * deviation);
  });

  it('sees neither case, punctuation nor white space, and has no signature of a text without words', () => {
    const minhash = createMinhash(settings);
    expect(minhash('One, two\n three!')).toEqual(minhash('one TWO three'));
    expect(minhash('?! …')).toBeNull();
  });
});

describe('n-grams', () => {
  it('have equal hashes exactly where the words are equal', () => {
    const word = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        (words, n) => {
          const size = Math.min(n, words.length);
          const grams = Array.from({ length: words.length - size + 1 }, (_, at) =>
            words.slice(at, at + size).join(' '),
          );
          const text = words.join(', ');
          const found = [...shingles(text, n, 'words')];
          expect(found.length).toBe(grams.length);
          expect(new Set(found).size).toBe(new Set(grams).size);
          const { high, low } = gramHashes(text);
          const pairs = grams.map((_, at) => `${high(at, size)} ${low(at, size)}`);
          expect(new Set(pairs).size).toBe(new Set(grams).size);
          for (const [at, gram] of grams.entries()) expect(pairs[at]).toBe(pairs[grams.indexOf(gram)]);
        },
      ),
      { seed: 12, numRuns: 300 },
    );
  });
});

describe('words', () => {
  it('are what white space separates', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'é', ' ', '\n', '\u00a0', '😀') }), (text) => {
        const expected = text.split(/[ \n\u00a0]+/).filter(Boolean);
        const { count, starts, ends } = scanWords(text, NOT_SPACE);
        const found = Array.from({ length: count }, (_, at) => text.slice(starts[at], ends[at]));
        expect(found).toEqual(expected);
        expect(countWords(text, NOT_SPACE)).toBe(expected.length);
      }),
      { seed: 13, numRuns: 500 },
    );
  });
});

describe('a regular expression without end', () => {
  it('is stopped, and the text that it does not finish on is named', () => {
    const pattern = /^(?:a+)+$/u;
    const outcome = guardedMap(['aaa', `${'a'.repeat(40)}!`, 'b'], (text) => pattern.test(text), 100);
    expect(outcome).toEqual({ late: 1 });
    expect(guardedMap(['aaa', 'b'], (text) => pattern.test(text), 100)).toEqual({ results: [true, false] });
  });
});

describe('language', () => {
  const planted = {
    en: [
      'The river was low that summer, and nobody could remember a year like it.',
      'Please read the instructions before you open the box.',
    ],
    de: [
      'Der Fluss war in jenem Sommer niedrig, und niemand erinnerte sich an so ein Jahr.',
      'Bitte lesen Sie die Anleitung, bevor Sie die Schachtel öffnen.',
    ],
    fr: [
      "La rivière était basse cet été-là, et personne ne se souvenait d'une telle année.",
      "Veuillez lire la notice avant d'ouvrir la boîte.",
    ],
    es: [
      'El río estaba bajo aquel verano y nadie recordaba un año parecido.',
      'Lea las instrucciones antes de abrir la caja, por favor.',
    ],
    ru: [
      'Река в то лето была низкой, и никто не помнил такого года.',
      'Пожалуйста, прочтите инструкцию, прежде чем открывать коробку.',
    ],
    ja: [
      'その夏、川の水は少なく、こんな年を覚えている人はいなかった。',
      '箱を開ける前に説明書をお読みください。',
    ],
  };
  it.each(Object.entries(planted))('%s', async (language, texts) => {
    const detect = await loadLanguageDetector();
    expect(texts.map((text) => detect(text, 1).language)).toEqual(texts.map(() => language));
  });

  it('lets three windows vote', async () => {
    const detect = await loadLanguageDetector();
    const text = `${planted.de[0]?.repeat(14)} ${planted.en[0]?.repeat(60)}`;
    expect([detect(text, 1).language, detect(text, 3).language]).toEqual(['de', 'en']);
    expect(detect('12 34', 1).language).toBe('');
  });

  it("lists the library's languages", async () => {
    const { eld } = await import('eld/large');
    expect(LANGUAGES).toEqual(Object.values(eld.info().Languages).sort());
  });
});
