/**
 * What each series says over its steps, and how alike models rank: ppl-compare's figures under the names that the
 * report prints, each with its formula in a sentence (docs/series-statistics.md has the sources).
 */
import { rankingConsistency, SERIES_DEFAULTS, seriesStatistics } from '@evalgraph/ppl-compare';
import {
  type Column,
  type ReportData,
  type ReportInput,
  rowsOf,
  type SeriesFigure,
  scored,
  type TaskNode,
} from '@evalgraph/report/data';

type Statistics = NonNullable<ReportInput['statistics']>;
type Rankings = NonNullable<ReportInput['rankings']>;

interface Point {
  readonly step: number;
  readonly score: number;
  readonly stderr: number | null;
}

/**
 * The statistics of every headline, and folded away those of every task below a group, for series of two steps and
 * more.
 */
export function reportStatistics(data: ReportData): Statistics {
  return data.input.models.flatMap((model) =>
    data.tasks.flatMap((node) =>
      below(node).flatMap(({ column }, index) => {
        const points = pointsOf(data, model.name, column);
        if (points.length < 2) return [];
        return [
          {
            model: model.name,
            task: column.task,
            ...(index === 0 ? {} : { isDetail: true }),
            figures: figuresOf(points, column),
          },
        ];
      }),
    ),
  );
}

/** The rankings of every headline that two series were evaluated on at two common steps or more. */
export function reportRankings(data: ReportData): Rankings {
  return data.tasks.flatMap(({ column }) => {
    const series = new Map(
      data.input.models.flatMap((model) => {
        const points = pointsOf(data, model.name, column);
        return points.length < 2
          ? []
          : [[model.name, new Map(points.map(({ step, score }) => [step, score]))] as const];
      }),
    );
    const found = rankingConsistency(series);
    if (found === null) return [];
    const first = found.steps[0];
    return [
      {
        task: column.task,
        models: found.models.length,
        figures: [
          figure('Common steps', found.steps.length + 1, 'count', 'steps that every series has.'),
          figure(
            'Mean tau',
            found.meanKendall,
            'score',
            "Kendall's tau-b between the models' scores at a step and at the last common one, mean over the earlier steps.",
          ),
          figure(
            'Decision accuracy',
            found.meanDecisionAccuracy,
            'percent',
            'share of pairs of models in the same order as at the last common step, mean over the earlier steps (Heineman et al. 2025).',
          ),
          figure(
            'At the first step',
            first?.decisionAccuracy ?? null,
            'percent',
            'decision accuracy of the first common step.',
          ),
        ],
      },
    ];
  });
}

function below(node: TaskNode): readonly TaskNode[] {
  return [node, ...node.children.flatMap(below)];
}

function pointsOf(data: ReportData, name: string, column: Column): readonly Point[] {
  const model = data.input.models.find((one) => one.name === name);
  if (model === undefined) return [];
  const points = scored(rowsOf(data, model), column).flatMap(({ row: { checkpoint }, score }) =>
    checkpoint.step === null ? [] : [{ step: checkpoint.step, score: score.value, stderr: score.stderr }],
  );
  // Two checkpoints of one step are no series.
  const steps = new Set(points.map(({ step }) => step));
  return steps.size < points.length ? [] : [...points].sort((a, b) => a.step - b.step);
}

function figuresOf(points: readonly Point[], { metric, chance }: Column): readonly SeriesFigure[] {
  const { lastCheckpoints, alpha } = SERIES_DEFAULTS;
  const found = seriesStatistics(points, {
    higherIsBetter: metric.higherIsBetter,
    chance,
    lastCheckpoints,
    alpha,
  });
  return [
    figure('Gain', found.gain, 'difference', 'last score minus first.'),
    figure(
      "Spearman's rho",
      found.spearman,
      'score',
      'correlation of the ranks of step and score; 1 where every checkpoint is better than the one before.',
    ),
    figure(
      "Kendall's tau",
      found.kendall,
      'score',
      'tau-b of step and score: concordant less discordant pairs, corrected for ties.',
    ),
    figure(
      'Total variation',
      found.totalVariation,
      'score',
      'sum of the absolute differences of neighbours; as large as the gain where the series is monotone.',
    ),
    figure(
      'Plateau from',
      found.plateauFrom,
      'step',
      'first step from which no score differs from the last one by more than 1.96 standard errors of the difference.',
    ),
    figure(
      'Noise',
      found.noise,
      'percent',
      `standard deviation over mean of the last ${lastCheckpoints} scores (Heineman et al. 2025); holds the rise too where the score still rises.`,
    ),
    figure(
      'Signal-to-noise',
      found.signalToNoise,
      'score',
      "((largest score - smallest) / mean score) / noise (Heineman et al. 2025), over the series' own checkpoints.",
    ),
    figure('Autocorrelation', found.autocorrelation, 'score', 'of the scores, at lag 1.'),
    figure(
      'Signal quality',
      found.signalQuality,
      'score',
      "(max(Spearman's rho, 0) + autocorrelation) / 2 (E2LM competition, Yagoubi et al. 2025).",
    ),
    figure(
      'Above chance from',
      found.aboveChanceFrom,
      'step',
      `first step from which every later score is above chance: one-sided z test at ${100 * alpha} %, Holm's correction over all steps.`,
    ),
  ];
}

function figure(label: string, value: number | null, unit: SeriesFigure['unit'], note: string): SeriesFigure {
  return { label, value, unit, note };
}
