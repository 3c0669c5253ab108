/**
 * Two summaries of one pipeline -> what moved. A change is significant where it is more than 1.96 times the combined
 * standard error, sqrt(before^2 + after^2). Both sides answered the same documents, so the two errors are not
 * independent and this is on the careful side: a paired test, which needs both sides' samples, finds more.
 */
import {
  agrees,
  engineNoise,
  FLOAT_NOISE,
  parseSummaryRecord,
  type SummaryRecord,
  shape,
  splitMetricKey,
} from '@evalgraph/formats';
import { metricFacts } from '@evalgraph/metrics';

/** Two-sided 95 % quantile of the normal distribution. */
const NORMAL_95 = 1.96;

export interface SummaryFigure {
  readonly kind: 'score' | 'perplexity' | 'comparison';
  /** A checkpoint, or a comparison. */
  readonly subject: string;
  readonly step: number | null;
  /** A task, or a corpus with how it was measured. */
  readonly task: string;
  /** `acc,none`; `perplexity`. */
  readonly metric: string;
  readonly value: number;
  readonly stderr: number | null;
  /** Documents a task at most; null: all. */
  readonly limit: number | null;
  /** The cell's key, a comparison's of all its cells; null: the summary does not say. */
  readonly key: string | null;
}

export interface Summary {
  /** A text of all that identifies it. */
  readonly engine: string;
  readonly engineName: string;
  readonly figures: readonly SummaryFigure[];
}

export interface Change {
  readonly before: SummaryFigure;
  readonly after: SummaryFigure;
  readonly difference: number;
  /** The standard error of the difference; null where a side has none. */
  readonly stderr: number | null;
  /** |difference| / stderr; Infinity where both errors are 0; null where there is none. */
  readonly ratio: number | null;
  readonly isSignificant: boolean;
  /** null: neither is, as for a pair's difference. */
  readonly isBetter: boolean | null;
}

export interface SummaryDiff {
  readonly engines: { readonly before: string; readonly after: string };
  /** Significant ones first, each part by ratio; then those without an error by relative size. */
  readonly changes: readonly Change[];
  readonly alike: number;
  /** Figures of other limits: other documents, not compared. */
  readonly otherLimits: readonly { readonly before: SummaryFigure; readonly after: SummaryFigure }[];
  /** Moved, though the key is the same: what computes is not what it was. */
  readonly sameKey: readonly Change[];
  readonly added: Differing;
  readonly removed: Differing;
}

export interface Differing {
  readonly subjects: readonly string[];
  readonly tasks: readonly string[];
  /** The figures of checkpoints and tasks that both sides have. */
  readonly figures: readonly SummaryFigure[];
  readonly count: number;
}

export function diffSummaries(before: Summary, after: Summary): SummaryDiff {
  const [old, now] = [byPlace(before.figures), byPlace(after.figures)];
  const both = [...now].flatMap(([place, figure]) => {
    const other = old.get(place);
    return other === undefined ? [] : [{ before: other, after: figure }];
  });
  const comparable = both.filter((pair) => pair.before.limit === pair.after.limit);
  const changes = comparable
    .filter((pair) => !agrees(pair.after.value, pair.before.value, noiseOf(pair, after.engineName)))
    .map(changeOf)
    .sort(byWeight);
  return {
    engines: { before: before.engine, after: after.engine },
    changes,
    alike: comparable.length - changes.length,
    otherLimits: both.filter((pair) => pair.before.limit !== pair.after.limit),
    sameKey: changes.filter(({ before: a, after: b }) => a.key !== null && a.key === b.key),
    added: differing(after.figures, before.figures, old),
    removed: differing(before.figures, after.figures, now),
  };
}

/**
 * Two figures of one key may differ by what `verify` lets pass; those of two keys were both computed right, up to the
 * last digits.
 */
function noiseOf({ before, after }: Pick<Change, 'before' | 'after'>, engine: string): number {
  return before.key !== null && before.key === after.key ? engineNoise(engine) : FLOAT_NOISE;
}

function placeOf({ kind, subject, task, metric }: SummaryFigure): string {
  return JSON.stringify([kind, subject, task, metric]);
}

function byPlace(figures: readonly SummaryFigure[]): ReadonlyMap<string, SummaryFigure> {
  return new Map(figures.map((figure) => [placeOf(figure), figure]));
}

function changeOf(pair: { readonly before: SummaryFigure; readonly after: SummaryFigure }): Change {
  const { before, after } = pair;
  const difference = after.value - before.value;
  const stderr =
    before.stderr === null || after.stderr === null ? null : Math.hypot(before.stderr, after.stderr);
  const ratio = stderr === null ? null : Math.abs(difference) / stderr;
  return {
    ...pair,
    difference,
    stderr,
    ratio,
    isSignificant: ratio !== null && ratio > NORMAL_95,
    isBetter: after.kind === 'comparison' ? null : difference > 0 === isHigherBetter(after),
  };
}

export function isHigherBetter({ kind, metric }: SummaryFigure): boolean {
  if (kind === 'perplexity') return false;
  return metricFacts(splitMetricKey(metric).metric).higherIsBetter;
}

function byWeight(a: Change, b: Change): number {
  const relative = ({ difference, before }: Change): number =>
    Math.abs(difference) / Math.max(Math.abs(before.value), Number.MIN_VALUE);
  return (
    Number(b.isSignificant) - Number(a.isSignificant) ||
    // Infinite ones are equal to each other.
    (b.ratio === a.ratio ? 0 : (b.ratio ?? -1) - (a.ratio ?? -1)) ||
    relative(b) - relative(a) ||
    (placeOf(a.after) < placeOf(b.after) ? -1 : 1)
  );
}

/** What one side has and the other has not: whole checkpoints and tasks by name, the rest figure by figure. */
function differing(
  own: readonly SummaryFigure[],
  others: readonly SummaryFigure[],
  places: ReadonlyMap<string, SummaryFigure>,
): Differing {
  const known = { subjects: namesOf(others, 'subject'), tasks: namesOf(others, 'task') };
  const lone = own.filter((figure) => !places.has(placeOf(figure)));
  return {
    subjects: [...namesOf(lone, 'subject')].filter((name) => !known.subjects.has(name)),
    tasks: [...namesOf(lone, 'task')].filter((name) => !known.tasks.has(name)),
    figures: lone.filter(({ subject, task }) => known.subjects.has(subject) && known.tasks.has(task)),
    count: lone.length,
  };
}

function namesOf(figures: readonly SummaryFigure[], field: 'subject' | 'task'): ReadonlySet<string> {
  return new Set(figures.map((figure) => figure[field]));
}

/** @param where what the text came from, for the message. @throws UserError where it is no summary of this format. */
export function readSummary(text: string, where: string): Summary {
  const { engine, limit = null, scores, perplexities, comparisons } = parseSummaryRecord(text, where);
  return {
    engine: engineText(engine),
    engineName: String(engine['name']),
    figures: [
      ...scores.map(
        ({ checkpoint, step = null, task, metric, value, stderr = null, ...rest }): SummaryFigure => ({
          kind: 'score',
          subject: checkpoint,
          step,
          task,
          metric,
          value,
          stderr,
          limit: rest.limit ?? null,
          key: rest.key,
        }),
      ),
      ...perplexities.map(
        ({ checkpoint, corpus, protocol, seqlen, perplexity, key }): SummaryFigure => ({
          kind: 'perplexity',
          subject: checkpoint,
          step: null,
          task: `${corpus} (${protocol}, seqlen ${seqlen})`,
          metric: 'perplexity',
          value: perplexity,
          stderr: null,
          limit: null,
          key,
        }),
      ),
      ...comparisons.map(
        ({ name, task, metric, difference, stderr = null, key = null }): SummaryFigure => ({
          kind: 'comparison',
          subject: name,
          step: null,
          task,
          metric,
          value: difference,
          stderr,
          limit,
          key,
        }),
      ),
    ],
  };
}

function engineText({ name, numericsVersion, dtype, details }: SummaryRecord['engine']): string {
  const more = shape.isObject(details)
    ? Object.entries(details).map(([key, value]) => `${key} ${String(value)}`)
    : [];
  return [String(name), `numerics ${String(numericsVersion)}`, String(dtype), ...more].join(', ');
}
