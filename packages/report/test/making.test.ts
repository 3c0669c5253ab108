/** What a pipeline made, in the report: counts of the cleaning, curves of the trainings, texts over the steps; hostile ones too. */
import { expect, it } from 'vitest';
import { buildCharts } from '../src/charts/charts.ts';
import { compileSpec } from '../src/charts/render.ts';
import { reportBlocks } from '../src/content/report.ts';
import { renderPage } from '../src/html/page.ts';
import type { MakingInput, TrainingCurve } from '../src/input.ts';
import { renderMarkdown } from '../src/markdown/render.ts';
import { reportData } from '../src/report-data.ts';
import { syntheticInput } from './synthetic.ts';

const HOSTILE = '</td><script>x</script> | a `b` \n\n# not a heading';

function curve(model: string, steps: number): TrainingCurve {
  return {
    model,
    isWeighted: false,
    steps: Array.from({ length: steps }, (_, at) => ({
      step: at + 1,
      loss: 6 / (at + 1),
      learningRate: 1e-3,
      tokens: 100 * (at + 1),
      tokensPerSecond: 1000,
      memoryBytes: 1e9,
    })),
  };
}

const making: MakingInput = {
  corpora: [
    {
      name: 'web',
      documents: 90,
      textBytes: 2_500_000,
      sources: [{ name: 'pages', licence: 'CC0-1.0', documents: 90, textBytes: 2_500_000 }],
      steps: [
        {
          name: 'read',
          documentsIn: 100,
          documentsRemoved: 0,
          documentsChanged: 0,
          reasons: {},
          overlaps: [],
        },
        {
          name: 'length',
          documentsIn: 100,
          documentsRemoved: 10,
          documentsChanged: 2,
          reasons: { minLines: 3, minWords: 7 },
          overlaps: [],
        },
        {
          name: 'language',
          documentsIn: 0,
          documentsRemoved: 0,
          documentsChanged: 0,
          reasons: {},
          overlaps: [],
        },
        {
          name: 'decontaminate',
          documentsIn: 90,
          documentsRemoved: 3,
          documentsChanged: 0,
          reasons: { decontaminate: 3 },
          overlaps: [
            { task: 'none', documents: 0, taskDocuments: 50, taskDocumentsMet: 0, taskDocumentsTooShort: 0 },
            { task: 'few', documents: 1, taskDocuments: 9, taskDocumentsMet: 1, taskDocumentsTooShort: 4 },
            {
              task: 'many | x',
              documents: 2,
              taskDocuments: 8,
              taskDocumentsMet: 2,
              taskDocumentsTooShort: 0,
            },
          ],
        },
      ],
      card: 'made/p/corpora/web/card.json',
    },
  ],
  packs: [
    {
      name: 'web-512',
      corpus: 'web',
      sequences: 7,
      sequenceLength: 512,
      packed: 3584,
      dropped: 3,
      unweighted: null,
    },
  ],
  trainings: [curve('small', 10), curve('large', 5000)],
  texts: [
    {
      model: 'small',
      checkpoints: ['small@iter_0000001', 'small@iter_0000002'],
      rows: [{ prompt: 'Once', way: 'greedy', texts: ['upon a time', HOSTILE] }],
    },
  ],
};

const data = reportData({ ...syntheticInput({ checkpoints: 2, subjects: 1 }), making });
const charts = buildCharts(data);
const blocks = reportBlocks(data, charts);

it('counts, reasons and licences stand in tables; the share of nothing is not zero', () => {
  const text = renderMarkdown(blocks);
  expect(text).toMatch(/\| length +\| +100 \| +10 \| 10\.00% \| +2 \| minWords 7, minLines 3 +\|/);
  expect(text).toMatch(/\| language +\| +0 \| +0 \| +n\/a \|/);
  expect(text).toMatch(/\| pages +\| CC0-1\.0 +\| +90 \| 2\.5 MB \|/);
  expect(text).toContain('made/p/corpora/web/card.json');
  expect(text).toContain(
    'decontaminate looked for 67 documents of 3 tasks (4 more are too short for it), and met 3.',
  );
  const met = text.slice(text.indexOf('Documents looked for'), text.indexOf('Packed tokens'));
  expect(met).toMatch(
    /\| many .* x +\| +8 \| +2 \| 25\.00% \| +2 \|\n\| few +\| +9 \| +1 \| 11\.11% \| +1 \|/,
  );
  expect(met).not.toContain('none');
  expect(text).toMatch(/\| web-512 \| web +\| +3,584 \| +7 \| +512 \| +3 \|/);
  expect(text).toMatch(/\| large +\| +5,000 \| +500,000 \| +6\.0000 \| +0\.0012 \|/);
});

it('a weighted loss has no perplexity, and what counts nowhere is counted', () => {
  const weighted = {
    ...making,
    packs: [...making.packs, { ...making.packs[0], name: 'answers', unweighted: 1024 }],
    trainings: [{ ...curve('small', 10), isWeighted: true }],
  } as MakingInput;
  const own = reportData({ ...syntheticInput({ checkpoints: 2, subjects: 1 }), making: weighted });
  const text = renderMarkdown(reportBlocks(own, buildCharts(own)));
  expect(JSON.stringify(buildCharts(own))).toContain("The loss is a mean by the tokens' weights.");
  expect(text).toMatch(/\| answers \| web .*\| +3 \| +1,024 \|/);
  expect(text).toMatch(/\| web-512 \| web .*\| +3 \| +n\/a \|/);
  expect(text).toMatch(/\| small +\| +10 \| +1,000 \| +6\.0000 \| +0\.6000 \| +n\/a \|/);
});

it('curves are drawn of at most some hundred points, the first and the last among them', () => {
  const chart = charts.find(({ name }) => name === 'training');
  expect(() => compileSpec(chart?.spec ?? {})).not.toThrow();
  const { values } = (chart?.spec as unknown as { data: { values: { model: string; step: number }[] } }).data;
  const steps = values.filter(({ model }) => model === 'large').map(({ step }) => step);
  expect(steps.length).toBeLessThanOrEqual(400);
  expect([steps[0], steps.at(-1)]).toEqual([1, 5000]);
  expect(values.filter(({ model }) => model === 'small')).toHaveLength(10);
});

it('texts are no markup, whatever a model writes', () => {
  const markdown = renderMarkdown(blocks);
  expect(markdown).toContain('upon a time');
  expect(markdown).not.toMatch(/^# not a heading/m);
  expect(markdown).not.toContain('<script>x');
  const texts = blocks.filter(({ kind }) => kind !== 'chart');
  expect(renderPage(texts, new Map(), null)).not.toContain('<script>x');
});

it('a pipeline that makes nothing has no such section', () => {
  const plain = reportData(syntheticInput({ checkpoints: 2, subjects: 1 }));
  const text = renderMarkdown(reportBlocks(plain, buildCharts(plain)));
  expect(text).not.toContain('How the models were made');
  expect(text).not.toContain('What the checkpoints write');
});
