/** The terminal's writer: tables that fit and lose nothing, texts that cannot act on a terminal. */
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  best,
  heading,
  linesCell,
  note,
  numberCell,
  paragraph,
  tableBlock,
  textCell,
} from '../src/content/blocks.ts';
import {
  cell,
  column,
  displayWidth,
  renderTerminal,
  safeLine,
  safeText,
  screenOf,
  sparkline,
  tableLines,
  thinned,
  truncate,
  wrap,
} from '../src/terminal/index.ts';

const RUNS = { seed: 7, numRuns: 300 };
const plain = (width: number) => ({ width, isColoured: false, isLive: false });

describe('blocks', () => {
  const table = tableBlock(
    'Headline',
    ['Task', 'Metric', 'arc acc_norm', 'paragraphs word perplexity'],
    [
      [
        textCell('a'),
        textCell('word perplexity (lower is better)'),
        numberCell('0.25 ± 0.01', 0.25),
        numberCell('29.6', 29.6),
      ],
      [textCell('b'), textCell('acc'), best(numberCell('0.50 ± 0.01', 0.5)), textCell('missing')],
      [textCell('chance'), textCell(''), numberCell('0.25', 0.25), numberCell('n/a', null)],
    ],
    1,
  );
  const blocks = [
    heading(1, 'A title'),
    note('\u2020 ', { strong: 'Limited run' }, ': at most 3 documents a task.'),
    heading(2, 'Scores'),
    paragraph('First line\nsecond line'),
    { ...table, trends: [[1, 2, null, 3], [2, 1, 1, 2], []] },
    { ...table, isDetail: true },
    { kind: 'chart', name: 'curves', title: 'Curves' } as const,
    { kind: 'list', items: ['one', 'two words that go on in the next line of the list'] } as const,
    tableBlock('Files', ['Model', 'Files'], [[textCell('m'), linesCell(['a.json', 'b.json'])]]),
  ];

  it('are lines; what finds no room in a table stands in a table below, with the first column again', () => {
    expect(renderTerminal(blocks, plain(40)).join('\n')).toBe(
      `A title
\u2020 Limited run: at most 3 documents a
task.

Scores
First line
second line
Task    Trend  Metric
────────────────────────────────
a       ▁▅·█   word perplexity
               (lower is better)
b       █▁▁█   acc
────────────────────────────────
chance

Task    arc acc_norm  paragraphs word
                           perplexity
─────────────────────────────────────
a        0.25 ± 0.01             29.6
b       0.50 ± 0.01*          missing
─────────────────────────────────────
chance          0.25              n/a

- one
- two words that go on in the next line
  of the list

Model  Files
─────────────
m      a.json
       b.json`,
    );
  });

  it('say without a colour what they say with colours', () => {
    const coloured = renderTerminal(blocks, { width: 90, isColoured: true, isLive: true });
    expect(coloured.join('')).toContain('\x1b[');
    expect(coloured.map(stripVTControlCharacters)).toEqual(renderTerminal(blocks, plain(90)));
  });

  it('lose no character of a cell, however narrow the screen and long the name', () => {
    const word = fc.stringMatching(/^[a-zß漢é0-9_]{1,70}$/);
    const letters = (text: string): string => [...text.replaceAll(/[\s─]/g, '')].sort().join('');
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 200 }), word, word, word, (width, name, other, text) => {
        const block = tableBlock(
          't',
          ['c', 'd'],
          [name, other].map((one) => [textCell(one), textCell(text)]),
        );
        const lines = renderTerminal([block], plain(width));
        expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width);
        expect(letters(lines.join(''))).toBe(letters(`cd${name}${other}${text}${text}`));
      }),
      RUNS,
    );
  });
});

describe('tables', () => {
  it('are never wider than the screen, and hold every cell that fits', () => {
    const word = fc.stringMatching(/^[a-zß漢é0-9]{1,9}$/);
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 200 }),
        fc.integer({ min: 1, max: 14 }),
        fc.array(fc.array(word, { minLength: 14, maxLength: 14 }), { minLength: 1, maxLength: 4 }),
        (width, count, texts) => {
          const columns = Array.from({ length: count }, (_, index) => column(`c${index}`));
          const rows = texts.map((row) => row.slice(0, count).map((text) => cell(text)));
          const lines = tableLines({ columns, rows, foot: [] }, plain(width));
          expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width);
          for (const row of texts)
            for (const text of row.slice(0, count)) expect(lines.join('\n')).toContain(text);
        },
      ),
      RUNS,
    );
  });

  it('put what does not fit below, with the first column again, and leave optional columns out first', () => {
    const columns = [column('name', 'left'), column('note', 'left', true), column('a'), column('b')];
    const rows = [['first', 'optional text', '1'.repeat(12), '2'.repeat(12)].map((text) => cell(text))];
    const lines = tableLines({ columns, rows, foot: [] }, plain(40));
    expect(lines).toEqual([
      `name              a             b`,
      '─'.repeat(33),
      `first  ${'1'.repeat(12)}  ${'2'.repeat(12)}`,
    ]);
    const narrow = tableLines({ columns, rows, foot: [] }, plain(20));
    expect(narrow.filter((line) => line.startsWith('first'))).toHaveLength(2);
  });
});

describe('text', () => {
  it('has no character left that could act on the terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(safeLine(text)).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/u);
        expect(safeText(text).replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/u);
      }),
      RUNS,
    );
    expect(safeLine('\x1b[2Jred\u202e\r\n')).toBe('\\x1b[2Jred\\u202e\\r\\n');
  });

  it('is cut and wrapped by columns, losing no word', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z漢字é ]{0,80}$/),
        fc.integer({ min: 8, max: 60 }),
        (text, width) => {
          expect(displayWidth(truncate(text, width))).toBeLessThanOrEqual(width);
          const lines = wrap(text, width);
          for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
          expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        },
      ),
      RUNS,
    );
    expect([displayWidth('漢字'), displayWidth('e\u0301'), displayWidth('abc')]).toEqual([4, 1, 3]);
  });

  it('knows its screen', () => {
    const terminal = { isTTY: true, columns: 90 };
    expect(screenOf(terminal, {})).toEqual({ width: 90, isColoured: true, isLive: true });
    expect(screenOf(terminal, { NO_COLOR: '1' }).isColoured).toBe(false);
    expect(screenOf(terminal, { TERM: 'dumb' })).toEqual({ width: 90, isColoured: false, isLive: false });
    expect(screenOf({}, {})).toEqual({ width: 100, isColoured: false, isLive: false });
    expect(screenOf({}, { COLUMNS: '63' }).width).toBe(63);
    expect(screenOf({}, { COLUMNS: 'wide' }).width).toBe(100);
  });
});

describe('sparklines', () => {
  it('go from the lowest to the highest, with a hole where there is no value', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 30)).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([3, null, 1], 30)).toBe('█·▁');
    expect(sparkline([2, 2], 30)).toBe('▄▄');
    expect(sparkline([null], 30)).toBe('·');
  });

  it('keep the first and the last where they are thinned', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { minLength: 2, maxLength: 90 }),
        fc.integer({ min: 2, max: 40 }),
        (values, most) => {
          const kept = thinned(values, most);
          expect(kept).toHaveLength(Math.min(values.length, most));
          expect([kept[0], kept.at(-1)]).toEqual([values[0], values.at(-1)]);
        },
      ),
      RUNS,
    );
  });
});
