import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../formats/test/problems.ts';
import { buildCharts } from '../src/charts/charts.ts';
import { loadFontMeasure } from '../src/charts/font.ts';
import { compileSpec, renderChart } from '../src/charts/render.ts';
import { lackingSteps, stepAxis } from '../src/charts/steps.ts';
import { DARK_COLOURS } from '../src/charts/themes.ts';
import { messages } from '../src/messages.ts';
import { reportData } from '../src/report-data.ts';
import { contrast } from './contrast.ts';
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
    expect(buildCharts(reportData(input)).map(({ name }) => name)).toEqual([
      'mmlu-categories',
      ...['wanda-50', 'blocks-16x16'].flatMap((name) =>
        ['comparison', 'flips', 'perplexity', 'sparsity'].map((kind) => `${kind}-${name}`),
      ),
    ]);
  });
});

describe('curves', () => {
  const input = syntheticInput({ checkpoints: 6, subjects: 1 });
  const curvesOf = (one: typeof input): string =>
    JSON.stringify(buildCharts(reportData(one)).find(({ name }) => name === 'learning-curves')?.spec);
  const steps = (one: typeof input) => one.models[0]?.checkpoints.map(({ step }) => step ?? 0) ?? [];

  it('break at a checkpoint without a result, and do not bridge it', () => {
    const [, , middle = 0] = steps(input);
    const cells = input.cells.filter(
      ({ checkpoint, task }) => checkpoint.step !== middle || task !== 'boolq',
    );
    const spec = curvesOf({ ...input, cells, partial: true });
    expect(spec).toContain(`{"model":"demo","step":${middle},"score":null,"low":null,"high":null}`);
    expect(spec).toContain('A line breaks where a checkpoint is missing.');
    expect(curvesOf(input)).not.toContain('"score":null');
    expect(curvesOf(input)).not.toContain('A line breaks');
  });

  it('have titles that keep apart: a long name loses its middle, not what tells it from its like', () => {
    const named = (end: string) => `a-name-of-a-task-that-is-far-too-long-for-any-panel-of-this-world-${end}`;
    const rename = (text: string): string => text.replaceAll('"boolq"', JSON.stringify(named('one')));
    const spec = curvesOf(JSON.parse(rename(JSON.stringify(input))) as typeof input);
    const titles = [...spec.matchAll(/"text":"(a-name[^"]*)"/g)].map(([, title = '']) => title);
    expect(titles).toHaveLength(1);
    for (const title of titles) {
      expect([...title].length).toBeLessThanOrEqual(41);
      expect(title).toMatch(/^a-name-of-a-task.*….*-of-this-world-one$/);
    }
  });

  it('break where a regular series lacks a step', () => {
    const [, , middle = 0] = steps(input);
    const models = input.models.map((model) => ({
      ...model,
      checkpoints: model.checkpoints.filter(({ step }) => step !== middle),
    }));
    const cells = input.cells.filter(({ checkpoint }) => checkpoint.step !== middle);
    expect(curvesOf({ ...input, models, cells })).toContain(`"step":${middle},"score":null`);
  });

  it('show a figure of others as a level of its name, in the panel of its task alone', () => {
    const references = [
      { model: 'other', task: 'boolq', value: 0.6, source: 'a paper' },
      { model: 'other', task: 'arc_easy', metric: 'acc', value: 0.7, source: 'a paper' },
    ];
    const spec = curvesOf({ ...input, references });
    expect(spec.match(/"description":"other \(reported\): [^"]*"/g)).toEqual([
      '"description":"other (reported): 0.6000"',
    ]);
    expect(spec).toContain('Dash-dotted: reported by others.');
    expect(curvesOf(input)).not.toContain('Dash-dotted');
  });
});

describe('lacking steps', () => {
  it.each([
    ['none of a regular series', [2, 4, 6, 8], []],
    ['one', [2, 4, 8, 10], [6]],
    ['two gaps', [1, 2, 3, 4, 5, 8, 9, 10, 12, 13, 14], [6, 11]],
    ['none of a series that doubles', [1, 2, 4, 8, 16], []],
    ['none of a series that was chosen', [100, 200, 400, 800, 1200, 1600, 2000, 2400, 3000, 3600], []],
    ['none where distances are no multiples', [10, 20, 30, 45, 55], []],
    ['none of three', [1, 2, 4], []],
    ['none of nothing', [], []],
  ])('%s', (_, steps, lacking) => {
    expect(lackingSteps(steps)).toEqual(lacking);
  });
});

describe('templates of a user', () => {
  const input = syntheticInput({ checkpoints: 2, subjects: 1 });
  const points = {
    title: 'Mine',
    data: { name: 'scores' },
    mark: 'point',
    encoding: { x: { field: 'step', type: 'quantitative' }, y: { field: 'score', type: 'quantitative' } },
  };
  const charts = (spec: unknown, name: string) =>
    buildCharts(reportData({ ...input, templates: [{ name, spec }] }));

  it('take the place of the chart of their name, with our numbers, or stand at the end', () => {
    const ours = buildCharts(reportData(input)).map(({ name }) => name);
    const replaced = charts(points, 'learning-curves');
    expect(replaced.map(({ name }) => name)).toEqual(ours);
    expect(replaced[0]).toMatchObject({ title: 'Mine', about: { kind: 'curves' } });
    const { scores } = replaced[0]?.spec.datasets as {
      scores: { model: string; task: string; score: number }[];
    };
    for (const { key, results, checkpoint, perplexity } of input.cells) {
      if (perplexity !== undefined || !key.endsWith('-boolq')) continue;
      const own = scores.filter(({ model, task }) => model === checkpoint.model && task === 'boolq');
      expect(own.map(({ score }) => score)).toContain(results.boolq?.metrics['acc,none']);
    }
    expect(charts(points, 'own view').at(-1)).toMatchObject({ name: 'own_view', about: { kind: 'own' } });
  });

  it.each([
    ['no object', 7, 'it is no JSON object.'],
    [
      'an address',
      { ...points, data: { url: 'https://example.org/a.csv' } },
      'it would load https://example.org/a.csv.',
    ],
    ['pictures', { ...points, mark: { type: 'image' } }, 'it would load images.'],
  ])('with %s are refused', async (_, spec, why) => {
    expect(await problemsOf(() => charts(spec, 'mine'))).toEqual([messages.chartTemplate('mine', why)]);
  });

  it('that Vega-Lite does not understand are refused', async () => {
    const [problem] = await problemsOf(() =>
      charts({ ...points, encoding: { nowhere: { field: 'a' } } }, 'mine'),
    );
    expect(problem?.message).toMatch(/mine cannot be drawn: vega-lite: .*nowhere/);
  });
});

describe('the values of', () => {
  const input = syntheticInput({ checkpoints: 3, subjects: 2 });
  const spec = (name: string): unknown =>
    buildCharts({ ...reportData(input) }).find((chart) => chart.name === name)?.spec;
  const valuesIn = (value: unknown): readonly Record<string, unknown>[] => {
    if (typeof value !== 'object' || value === null) return [];
    if (Array.isArray(value)) return value.flatMap(valuesIn);
    const own = (value as { values?: unknown }).values;
    return [
      ...(Array.isArray(own) ? (own as Record<string, unknown>[]) : []),
      ...Object.values(value).flatMap(valuesIn),
    ];
  };

  it('the heat map are every task at every checkpoint', () => {
    const scores = valuesIn(spec('mmlu-heat-map-demo')).map(({ score }) => score);
    const expected = input.cells
      .filter(({ task, checkpoint }) => task === 'mmlu' && checkpoint.model === 'demo')
      .flatMap(({ results, groupSubtasks }) =>
        Object.entries(results).flatMap(([name, { metrics }]) =>
          name in groupSubtasks ? [] : [metrics['acc,none']],
        ),
      );
    expect([...scores].sort()).toEqual(expected.sort());
    expect(scores).toHaveLength(3 * 8);
  });

  it('the flips are the records, as shares of the documents', () => {
    const [record] = input.comparisons;
    for (const { task, documents, mcnemar } of record?.tasks ?? []) {
      if (mcnemar === null) continue;
      const shares = valuesIn(spec('flips-wanda-50'))
        .filter((value) => String(value.about).startsWith(`${task} (`) && typeof value.share === 'number')
        .map(({ share }) => share);
      expect(shares).toContain(-mcnemar.rightToWrong / documents);
      expect(shares).toContain(mcnemar.wrongToRight / documents);
    }
  });

  it('a waterfall hang together and multiply to the whole', () => {
    const stages = [
      { label: 'wanda', perplexity: 6.31 },
      { label: 'windows', perplexity: 7.1 },
      { label: 'words', perplexity: 11.22 },
    ];
    const [chart] = buildCharts(
      reportData({ ...input, waterfalls: [{ name: 'w', title: 'From 6.31 to 11.22', stages }] }),
    ).filter(({ name }) => name === 'waterfall-w');
    const bars = valuesIn(chart?.spec).slice(0, 4) as { from: number; to: number; text: string }[];
    expect(bars.map(({ to }) => to)).toEqual([6.31, 7.1, 11.22, 11.22]);
    expect(bars.slice(1, 3).map(({ from }) => from)).toEqual([6.31, 7.1]);
    expect(bars.map(({ text }) => text)).toEqual(['6.3100', 'x1.1252', 'x1.5803', '11.2200']);
  });
});

describe('the dark pictures', () => {
  it('are the light ones with other colours, and every colour of ours has one', async () => {
    for (const { spec } of buildCharts(reportData(syntheticInput({ checkpoints: 2, subjects: 1 }))).slice(
      0,
      3,
    )) {
      const { svg, darkSvg } = await renderChart(spec);
      const plain = (text: string): string => text.replace(/#[0-9a-f]{6}|white|black/gi, '');
      expect(plain(darkSvg)).toBe(plain(svg));
      const light = new Set(
        [...svg.matchAll(/(?:fill|stroke)="(#[0-9a-f]{6})"/gi)].map(([, colour]) => colour?.toLowerCase()),
      );
      expect([...light].filter((colour) => colour === undefined || !(colour in DARK_COLOURS))).toEqual([]);
    }
  });

  it('have lines and texts that can be told from the background', () => {
    const background = DARK_COLOURS['#ffffff'] ?? '';
    const surfaces = ['#ffffff', '#e8e8e8', '#cfcfcf'];
    for (const [light, dark] of Object.entries(DARK_COLOURS)) {
      if (surfaces.includes(light)) continue;
      const isText = light === '#222222' || light === '#666666';
      expect([light, contrast(dark, background) >= (isText ? 4.5 : 3)]).toEqual([light, true]);
    }
  });
});

describe('pictures', () => {
  it('use the shipped font and are complete images', async () => {
    const [chart] = buildCharts(reportData(syntheticInput({ checkpoints: 2, subjects: 1 })));
    if (chart === undefined) throw new Error('no chart');
    const { svg, png: drawing } = await renderChart(chart.spec);
    const png = await drawing;
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
