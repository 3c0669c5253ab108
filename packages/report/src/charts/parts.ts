/** What several charts are made of: the spec round a drawing, axes of names, bars, points, intervals and levels. */
import type { Chart, JsonObject, JsonPart } from '../chart.ts';
import { fileName } from './file-name.ts';
import { CONFIG, INK, PALETTE, RULE, SCHEMA } from './theme.ts';

export interface Drawing {
  /** Not yet a file's name. */
  readonly name: string;
  readonly about: Chart['about'];
  readonly title: string;
  readonly subtitle: readonly string[];
  /** Size, data, marks: all of a spec that is the chart's own. */
  readonly body: JsonObject;
}

export function chartOf({ name, about, title, subtitle, body }: Drawing): Chart {
  return {
    name: fileName(name),
    about,
    title,
    spec: { $schema: SCHEMA, config: CONFIG, title: { text: title, subtitle }, ...body },
  };
}

/** An axis of names, in their own order. */
export function namesAxis(
  field: string,
  labels: readonly string[],
  scale: JsonObject = {},
  axis: JsonObject = {},
): JsonObject {
  return {
    field,
    type: 'nominal',
    sort: labels,
    scale: { domain: labels, ...scale },
    axis: { title: null, labelFontSize: 12, ...axis },
  };
}

/** One colour, or one shape, for each name. */
export function byName(
  field: string,
  domain: readonly string[],
  range: readonly string[],
  legend: JsonObject | null,
): JsonObject {
  return { field, type: 'nominal', scale: { domain, range }, legend };
}

export const SQUARE_LEGEND: JsonObject = { orient: 'top', symbolType: 'square', symbolStrokeWidth: 0 };

export function colourAt(index: number): string {
  return PALETTE[index % PALETTE.length] ?? INK;
}

/** An axis of scores between 0 and 1. */
export const SCORE_AXIS: JsonObject = {
  title: 'score',
  format: '.2f',
  tickCount: 6,
  grid: true,
  labelFlush: false,
};

/** The formatter's signs in an axis: ASCII, and none before 0. */
export const SIGNED_LABELS = "datum.value === 0 ? '0' : replace(format(datum.value, '+.2f'), '\u2212', '-')";

export function differenceAxis(tickCount: number): JsonObject {
  return {
    title: 'pruned minus dense',
    labelExpr: SIGNED_LABELS,
    tickCount,
    grid: true,
    labelFlush: false,
  };
}

/** A line across the drawing at one value. */
export function level(channel: 'x' | 'y', value: number, mark: JsonObject): JsonObject {
  return {
    data: { values: [{}] },
    mark: { type: 'rule', ...mark },
    encoding: { [channel]: { datum: value, type: 'quantitative' } },
  };
}

/** Where two are alike: no reader needs to be told of it. */
export const ALIKE: JsonObject = { color: RULE, strokeDash: [4, 3], strokeWidth: 1.2, aria: false };

/** A rule from `low` to `high` of each row that has an interval. */
export function intervals(
  rows: readonly (JsonObject & { readonly low: number; readonly high: number })[],
  along: 'x' | 'y',
  mark: JsonObject,
  encoding: JsonObject,
): JsonObject {
  const { [along]: channel, ...others } = encoding;
  return {
    data: { values: rows.filter(({ low, high }) => high > low) },
    mark: { type: 'rule', aria: false, ...mark },
    encoding: {
      ...others,
      [along]: { ...(channel as JsonObject), field: 'low' },
      [`${along}2`]: { field: 'high' },
    },
  };
}

/** Points that a reader can ask: each row says in `about` what it is. */
export function points(values: JsonPart, mark: JsonObject, encoding: JsonObject): JsonObject {
  return {
    data: { values },
    mark: { type: 'point', filled: true, opacity: 1, ...mark },
    encoding: { ...encoding, description: { field: 'about' } },
  };
}

/** Bars that a reader can ask, as `points`. */
export function bars(values: JsonPart, mark: JsonObject, encoding: JsonObject): JsonObject {
  return {
    data: { values },
    mark: { type: 'bar', ...mark },
    encoding: { ...encoding, description: { field: 'about' } },
  };
}

/** Each row's `text` at its place. */
export function texts(values: JsonPart, mark: JsonObject, encoding: JsonObject): JsonObject {
  return {
    data: { values },
    mark: { type: 'text', aria: false, ...mark },
    encoding: { ...encoding, text: { field: 'text', type: 'nominal' } },
  };
}
