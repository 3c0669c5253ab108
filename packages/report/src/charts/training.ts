/** Trainings over their steps: loss beside the learning curves' axis, learning rate, speed and memory. */

import type { Chart, JsonObject } from '../chart.ts';
import { plainText } from '../plain-text.ts';
import type { ReportData } from '../scores.ts';
import { chartOf } from './parts.ts';
import { stepAxis } from './steps.ts';
import { PALETTE } from './theme.ts';

/** How many points a line has: more would not be seen, and a long log has a hundred thousand. */
const MAX_POINTS = 400;

interface Measure {
  readonly field: 'loss' | 'rate' | 'speed' | 'memory';
  readonly title: string;
  readonly format: string;
}

const MEASURES: readonly Measure[] = [
  { field: 'loss', title: 'loss, nats a token', format: '~g' },
  { field: 'rate', title: 'learning rate', format: '~g' },
  { field: 'speed', title: 'tokens a second', format: '~s' },
  { field: 'memory', title: 'memory, bytes', format: '~s' },
];

/** @returns one chart, none where nothing was trained here */
export function trainingCharts(data: ReportData): readonly Chart[] {
  const trainings = (data.input.making?.trainings ?? []).filter(({ steps }) => steps.length > 0);
  if (trainings.length === 0) return [];
  const values = trainings.flatMap(({ model, steps }) =>
    thinned(steps).map(({ step, loss, learningRate, tokensPerSecond, memoryBytes }) => ({
      model: plainText(model),
      step,
      loss,
      rate: learningRate,
      speed: tokensPerSecond,
      memory: memoryBytes,
    })),
  );
  const models = trainings.map(({ model }) => plainText(model));
  const weighted = trainings.flatMap(({ model, isWeighted }) => (isWeighted ? [plainText(model)] : []));
  const title = `${plainText(data.input.pipeline.title)}: training`;
  const x = stepAxis(
    [0, ...values.map(({ step }) => step)].filter((step, at) => at === 0 || step > 0),
    4,
  );
  return [
    chartOf({
      name: 'training',
      about: { kind: 'training' },
      title,
      subtitle: subtitleOf(weighted, models.length),
      body: {
        columns: 2,
        bounds: 'flush',
        spacing: { row: 50, column: 90 },
        data: { values },
        concat: MEASURES.map((measure) => panel(measure, x, models)),
        resolve: { legend: { color: 'shared' }, scale: { color: 'shared' } },
      },
    }),
  ];
}

function subtitleOf(weighted: readonly string[], models: number): readonly string[] {
  const what = 'Loss of each logged step, before its update.';
  if (weighted.length === 0) return [what];
  const of = weighted.length === models ? '' : ` of ${weighted.join(', ')}`;
  return [what, `The loss${of} is a mean by the tokens' weights.`];
}

function panel(
  { field, title, format }: Measure,
  x: { scale: JsonObject; axis: JsonObject },
  models: readonly string[],
) {
  return {
    width: 330,
    height: field === 'loss' || field === 'rate' ? 180 : 110,
    mark: { type: 'line', strokeWidth: 1.6, interpolate: 'linear' },
    encoding: {
      x: { field: 'step', type: 'quantitative', scale: x.scale, axis: { ...x.axis, title: 'step' } },
      y: {
        field,
        type: 'quantitative',
        scale: { zero: field !== 'loss', nice: true },
        axis: { title, format, tickCount: 5, grid: true },
      },
      color: {
        field: 'model',
        type: 'nominal',
        scale: {
          domain: [...models],
          range: models.map((_, at) => PALETTE[at % PALETTE.length] ?? PALETTE[0]),
        },
        ...(models.length === 1 ? { legend: null } : {}),
      },
    },
  } satisfies JsonObject;
}

/** Evenly chosen, the last one among them. */
function thinned<T>(steps: readonly T[]): readonly T[] {
  if (steps.length <= MAX_POINTS) return steps;
  const stride = (steps.length - 1) / (MAX_POINTS - 1);
  return Array.from({ length: MAX_POINTS }, (_, at) => steps[Math.round(at * stride)]).filter(
    (step) => step !== undefined,
  );
}
