import { describe, expect, it } from 'vitest';
import { buildCharts } from '../src/build-report.ts';
import { loadFontMeasure } from '../src/charts/font.ts';
import { compileSpec, renderChart } from '../src/charts/render.ts';
import { stepAxis } from '../src/charts/steps.ts';
import { reportData } from '../src/scores.ts';
import { syntheticInput } from './synthetic.ts';

describe('specs', () => {
  it.each([
    ['a linear series', { checkpoints: 5, subjects: 2 }],
    ['a logarithmic series', { checkpoints: 8, firstStep: 1, ratio: 4, subjects: 1 }],
    ['a limited run', { checkpoints: 2, subjects: 8, limit: 3 }],
  ])('of %s compile without a warning and carry their data', (_, shape) => {
    const charts = buildCharts(reportData(syntheticInput(shape)));
    expect(charts.map(({ name }) => name)).toContain('mmlu-subjects');
    for (const { spec } of charts) {
      expect(() => compileSpec(spec)).not.toThrow();
      expect(JSON.stringify(spec)).not.toContain('"url"');
    }
  });

  it('with a mistake are refused, not drawn', () => {
    expect(() =>
      compileSpec({ data: { values: [] }, mark: 'point', encoding: { nowhere: { field: 'a' } } }),
    ).toThrow(/vega-lite/);
  });

  it('have no curves where no model is a series', () => {
    const input = syntheticInput({ checkpoints: 1, subjects: 1 });
    expect(buildCharts(reportData(input)).map(({ about }) => about.kind)).toEqual([
      'comparison',
      'comparison',
    ]);
  });
});

describe('pictures', () => {
  it('use the shipped font and are complete images', async () => {
    const [chart] = buildCharts(reportData(syntheticInput({ checkpoints: 2, subjects: 1 })));
    if (chart === undefined) throw new Error('no chart');
    const { svg, png } = await renderChart(chart.spec);
    expect(svg).toMatch(/^<svg .*<\/svg>\s*$/s);
    expect(svg).toContain('font-family="Roboto, Helvetica, Arial, sans-serif"');
    expect([...png.slice(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    const header = Buffer.from(png);
    expect(header.readUInt32BE(16)).toBe(2 * Number(width));
    expect(header.readUInt32BE(20)).toBe(2 * Number(height));
  });

  it.each([
    [400, { H: 1461, ' ': 508, '1': 1151, '7': 1151, é: 1086, '\u2212': 1171, '±': 1095, '…': 1370 }],
    [700, { H: 1448, ' ': 510, '1': 1175, '7': 1175, é: 1107, '\u2212': 1138, '±': 1101, '…': 1515 }],
  ])('measure text of weight %i as FreeType does (Pillow, at 2048 pixels an em)', (weight, widths) => {
    const measure = loadFontMeasure();
    for (const [letter, width] of Object.entries(widths))
      expect([letter, measure(letter, 2048, weight)]).toEqual([letter, width]);
    const line = Object.keys(widths).join('');
    const total = Object.values(widths).reduce((sum, width) => sum + width, 0);
    expect(measure(line, 1024, weight)).toBeCloseTo(total / 2, 6);
    expect(measure('', 12, weight)).toBe(0);
    // No glyph: as wide as the box that stands for it.
    expect(measure('\u{1f600}', 12, weight)).toBeGreaterThan(0);
  });
});

describe('step axis', () => {
  it.each([
    [[200, 2000], 'linear'],
    [[10, 1000], 'linear'],
    [[1, 143000], 'log'],
    [[0, 1, 143000], 'symlog'],
    [[0], 'linear'],
  ])('of %j is %s', (steps, type) => {
    expect(stepAxis(steps, 4).scale.type).toBe(type);
  });
});
