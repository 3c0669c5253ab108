import { describe, expect, it } from 'vitest';
import { buildReport } from '../src/build-report.ts';
import { escapePath, escapeText, plainText } from '../src/markdown/escape.ts';
import { renderComparison } from '../src/markdown/report.ts';
import { syntheticInput } from './synthetic.ts';

const HOSTILE =
  'a|b`c`<script>alert(1)</script>\n# not a heading\n| x | y |\u2028[z](javascript:w) **\u202ebold**';

describe('names and titles', () => {
  it.each([
    ['mmlu_high_school', 'mmlu_high_school'],
    ['_a_ b', '\\_a\\_ b'],
    ['a|b', 'a\\|b'],
    ['<b>&amp;', '&lt;b&gt;&amp;amp;'],
    ['a\r\nb', 'a b'],
    ['*x* `y` $z$ ~w~ #1', '\\*x\\* \\`y\\` \\$z\\$ \\~w\\~ \\#1'],
  ])('%j are escaped as %j', (text, expected) => {
    expect(escapeText(text)).toBe(expected);
  });

  it('cannot leave their place in a link', () => {
    expect(escapePath('../a b)(c')).toBe('..%2Fa%20b%29%28c');
    expect(plainText('a\u0000\u001bb\u202ec')).toBe('a b c');
  });

  it('stay text in every file', async () => {
    const input = syntheticInput({ checkpoints: 2, subjects: 1 });
    const [series, ...others] = input.models;
    if (series === undefined) throw new Error('no model');
    const rename = (text: string): string => (text === 'demo' ? HOSTILE : text);
    const comparisons = input.comparisons.map((record) => ({
      ...record,
      name: `${HOSTILE} ${record.name}`,
      dense: { ...record.dense, model: rename(record.dense.model) },
    }));
    const files = await buildReport({
      ...input,
      pipeline: { ...input.pipeline, title: HOSTILE, name: HOSTILE },
      models: [{ ...series, name: HOSTILE, source: HOSTILE }, ...others],
      cells: input.cells.map((cell) => ({
        ...cell,
        checkpoint: { ...cell.checkpoint, model: rename(cell.checkpoint.model) },
      })),
      comparisons,
    });
    const record = comparisons[0];
    if (record === undefined) throw new Error('no comparison');
    for (const markdown of [String(files.get('report.md')), renderComparison(record)]) {
      expect(markdown).not.toContain('<script');
      expect(markdown).not.toMatch(/^# not a heading/m);
      expect(markdown).not.toMatch(/(?<!\\)\]\(javascript/);
      expect(markdown).not.toMatch(/(?<!\\)`/);
      expect(columnCounts(markdown)).toEqual([]);
    }
    for (const [name, content] of files) {
      if (name.endsWith('.svg')) expect(String(content)).not.toContain('<script');
      expect(name).toMatch(/^(charts\/)?[A-Za-z0-9_][A-Za-z0-9._-]*$/);
    }
  });
});

/** Table rows with another number of columns than their heading's. */
function columnCounts(markdown: string): readonly string[] {
  const wrong: string[] = [];
  let columns = 0;
  for (const line of markdown.split('\n')) {
    if (!line.startsWith('|')) columns = 0;
    else {
      const found = line.split(/(?<!\\)\|/).length;
      if (columns !== 0 && found !== columns) wrong.push(line);
      columns = found;
    }
  }
  return wrong;
}
