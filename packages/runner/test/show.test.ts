/** `evalgraph show`: numbers equal the result files, missing cells are said so, tables fit, nothing is coloured for files. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatScore, formatWithError } from '@evalgraph/report/data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sparkline, thinned } from '../../cli/src/terminal/marks.ts';
import { messages } from '../../cli/src/terminal/messages.ts';
import { screenOf } from '../../cli/src/terminal/screen.ts';
import { cell, column, tableLines } from '../../cli/src/terminal/table.ts';
import {
  displayWidth,
  safeLine,
  safeText,
  truncate,
  truncateMiddle,
  wrap,
} from '../../cli/src/terminal/text.ts';
import { planPipeline } from '../src/workspace.ts';
import { evalgraph } from './support/child.ts';
import { evaluate, lock, report } from './support/run.ts';
import { makeWorkspace, repository } from './support/workspace.ts';

const RUNS = { seed: 7, numRuns: 300 };
const plain = (width: number) => ({ width, isColoured: false, isLive: false });
const environment = (columns: number): NodeJS.ProcessEnv => ({
  ...process.env,
  COLUMNS: String(columns),
  NO_COLOR: '1',
});

/** Task, original, pruned, p and verdict of each row. */
function comparedRows(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split('\n');
  const head = lines.findIndex((line) => /^\| Task .*\| p \(Holm\) \| Verdict /.test(line));
  const end = lines.findIndex((line, at) => at > head && !line.startsWith('|'));
  return lines.slice(head + 2, end).map((line) => {
    const cells = line
      .split('|')
      .map((text) => text.trim().replaceAll('\\', ''))
      .slice(1, -1);
    return [0, 1, 2, 6, 7].map((at) => cells[at] ?? '');
  });
}

describe('evalgraph show', () => {
  it('shows what is there with its standard errors, and what is missing as missing', async () => {
    const { root, read } = makeWorkspace();
    await lock(root);
    const nothing = await evalgraph(root, ['show']);
    expect(nothing.code).toBe(1);
    expect(nothing.stderr).toContain(messages.nothingYet(['t'], 't:report').message);

    await evaluate(root, 'full', (id) => id.startsWith('tiny@step_1/'));
    const half = await evalgraph(root, ['show'], { env: environment(100) });
    expect([half.code, half.stderr]).toEqual([0, '']);
    const row = half.stdout.split('\n').find((line) => /^ +2 .*missing/.test(line));
    expect(row?.match(/missing/g)?.length).toBeGreaterThan(1);
    expect(row).not.toMatch(/0\.0000/);
    expect(half.stdout).toContain('still to come: npx nx run t:report');

    await evaluate(root);
    await report(root);
    const { stdout } = await evalgraph(root, ['show', 't'], { env: environment(120) });
    expect(stdout).not.toContain('missing');
    expect(stdout).toContain('Comparison pruned: tiny@step_2 (dense), pruned (pruned)');
    // The comparison's own report says the same of every row: its metric, both scores, the corrected p and the verdict.
    const judged = comparedRows(read('results/t/comparisons/pruned/comparison_report.md'));
    expect(judged.length).toBeGreaterThan(2);
    for (const row of judged) {
      const shown = stdout.split('\n').filter((line) => line.startsWith(`${row[0]} `));
      const cells = shown.map((line) => line.split(/ {2,}/));
      expect(cells.map((list) => [0, 1, 2, 4, 5].map((at) => list[at]))).toEqual([row]);
    }
    for (const id of ['tiny@step_1', 'tiny@step_2', 'pruned']) {
      for (const task of ['t_choice', 't_group']) {
        const { results } = JSON.parse(read(`results/t/${id}/${task}/results.json`)) as {
          results: Record<string, Record<string, number>>;
        };
        const scores = results[task] ?? {};
        const text = formatWithError(
          formatScore(scores['acc,none'] ?? Number.NaN),
          scores['acc_stderr,none'] ?? null,
        );
        expect(stdout).toContain(text);
      }
    }
  });

  it('takes one metric, and names those there are where none has it', async () => {
    const { root } = makeWorkspace();
    await lock(root);
    await evaluate(root);
    const pages = await evalgraph(root, ['show', '--metric', 'bits_per_byte'], { env: environment(100) });
    expect(pages.stdout).toContain('bits_per_byte');
    expect(pages.stdout).not.toContain('t_choice');
    const none = await evalgraph(root, ['show', '--metric', 'acccc']);
    expect(none.code).toBe(1);
    expect(none.stderr).toContain("'acccc'");
    expect(none.stderr).toContain('acc, bits_per_byte');
  });

  it('keeps to the width that it is given, without an escape sequence in a file', async () => {
    const { root } = makeWorkspace();
    await lock(root);
    await evaluate(root);
    await report(root);
    for (const width of [80, 120, 200]) {
      const { stdout } = await evalgraph(root, ['show'], { env: { ...environment(width), NO_COLOR: '' } });
      expect(Math.max(...stdout.split('\n').map(displayWidth))).toBeLessThanOrEqual(width);
      expect(stdout).not.toContain('\x1b');
    }
  });

  it.skipIf(!existsSync(join(repository, 'results/demo/demo@iter_0003600/demo_arc')))(
    "shows every score of the demo's summary that fits the pipeline",
    async () => {
      const keys = new Set(planPipeline(repository, 'demo', 'full').cells.map(({ key }) => key));
      const { scores } = JSON.parse(readFileSync(join(repository, 'results/demo/summary.json'), 'utf8')) as {
        scores: { key: string; value: number; stderr: number | null; checkpoint: string; task: string }[];
      };
      const { stdout } = await evalgraph(repository, ['show', 'demo'], { env: environment(200) });
      const present = (id: string): boolean =>
        existsSync(join(repository, 'results/demo', id, 'results.json'));
      const known = scores.filter(
        ({ key, checkpoint, task }) => keys.has(key) && present(`${checkpoint}/${task}`),
      );
      for (const { value, stderr } of known)
        expect(stdout).toContain(formatWithError(formatScore(value), stderr));
    },
  );
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
          expect(displayWidth(truncateMiddle(text, width))).toBeLessThanOrEqual(width);
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
