import { describe, expect, it } from 'vitest';
import { numberCell, tableBlock, textCell } from '../src/content/blocks.ts';
import { renderReportAs } from '../src/render-tables.ts';
import { csvField, latexText, renderCsv, renderLatex } from '../src/tables/tables.ts';
import { syntheticInput } from './synthetic.ts';

const input = syntheticInput({ checkpoints: 3, subjects: 2 });

describe('tables for other programs', () => {
  it('as JSON hold the results to the last digit', () => {
    const { tables } = JSON.parse(renderReportAs(input, 'json')) as {
      tables: { title: string; header: string[]; rows: { text: string; value: number | null }[][] }[];
    };
    const scores = tables.filter(({ title }) => title.startsWith('Scores of demo'));
    for (const [index, { name }] of (input.models[0]?.checkpoints ?? []).entries()) {
      const cell = input.cells.find(
        ({ task, checkpoint }) => task === 'boolq' && checkpoint.checkpoint === name,
      );
      const table = scores.find(({ header }) => header.includes('boolq acc'));
      const column = table?.header.indexOf('boolq acc') ?? -1;
      expect(table?.rows[index]?.[column]?.value).toBe(cell?.results.boolq?.metrics['acc,none']);
    }
  });

  it('as CSV have one line a cell, quoted, with no formula in it', () => {
    const lines = renderReportAs(input, 'csv').split('\r\n');
    expect(lines[0]).toBe('table,row,column,text,value');
    expect(lines.length).toBeGreaterThan(300);
    const hostile = tableBlock(
      'a "b", c',
      ['Name', '=x'],
      [
        [textCell('=HYPERLINK("x")'), numberCell('-0.5', -0.5)],
        [textCell('+cmd'), textCell('@y')],
      ],
    );
    expect(renderCsv([hostile])).toBe(
      'table,row,column,text,value\r\n"a ""b"", c","\'=HYPERLINK(""x"")",\'=x,-0.5,-0.5\r\n"a ""b"", c",\'+cmd,\'=x,\'@y,\r\n',
    );
  });

  it.each([
    ...[
      '=1+1',
      '+1+cmd|x',
      "-2+3+cmd|' /C calc'!A0",
      '-1-1',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      '-',
      '+',
      '-.',
      '－1',
    ],
    ...['+1 (=A1)', '-0.5 ± =A1', '-0.5 [1, =A1]', '-1e5x', '-1.2.3', '-name', '+49 30 1'],
  ])('as CSV disarm %j', (text) => {
    expect(csvField(text).replace(/^"/, '')).toMatch(/^'/);
  });

  it.each([
    '-1',
    '+0.5',
    '-.5',
    '-1e-7',
    '+12.5%',
    '-0.5 ± 0.25',
    '-0.5 [-0.75, +0.25]',
    'a-b',
    '1=1',
    '',
  ])('as CSV leave %j as it is', (text) => {
    expect(csvField(text).replaceAll('"', '')).toBe(text);
  });

  it('as LaTeX have no row that begins with the argument of a rule or of a line break', () => {
    const rows = ['[2cm] x', '*', ' [a]', '(a)'].map((name) => [textCell(name), textCell('[b]')]);
    const body = renderLatex([tableBlock('[t]\n\nu', ['[h]', 'x'], rows)]);
    const starts = body.split('\n').filter((line) => line.endsWith('\\\\'));
    expect(starts.map((line) => line.trim().split(' &')[0])).toEqual([
      '{}[h]',
      '{}[2cm] x',
      '{}*',
      '{}[a]',
      '(a)',
    ]);
    expect(body).toContain('\\caption{[t] u}');
    expect(latexText("a--b `c` ''d''")).toBe("a-{}-b \\textasciigrave{}c\\textasciigrave{} '{}'d'{}'");
  });

  it('as LaTeX are escaped, the numbers to the right', () => {
    expect(latexText('50% & $x_1$ #2 ~^\\ {a} <b> -')).toBe(
      '50\\% \\& \\$x\\_1\\$ \\#2 \\textasciitilde{}\\textasciicircum{}\\textbackslash{} \\{a\\} \\textless{}b\\textgreater{} -',
    );
    expect(latexText('-0.1 ± 0.2')).toBe('$-$0.1 $\\pm$ 0.2');
    const latex = renderLatex([
      tableBlock(
        't',
        ['Task', 'acc'],
        [
          [textCell('a_b'), numberCell('0.5', 0.5)],
          [textCell('chance'), numberCell('0.2', 0.2)],
        ],
        1,
      ),
    ]);
    expect(latex).toContain(
      '\\begin{tabular}{lr}\n    \\toprule\n    Task & acc \\\\\n    \\midrule\n    a\\_b & 0.5 \\\\\n    \\midrule\n    chance & 0.2 \\\\\n    \\bottomrule',
    );
  });

  it('as Markdown are the report', () => {
    expect(renderReportAs(input, 'md')).toMatch(/^# Demo: a small Llama across training\n/);
  });
});
