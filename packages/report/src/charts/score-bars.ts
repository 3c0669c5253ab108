/** Scores as bars side by side, with their standard errors, their numbers and chance: one builder for all such charts. */
import type { JsonObject, JsonPart } from '../chart.ts';
import { scoreText } from '../content/cells.ts';
import { formatScore } from '../format.ts';
import { type Column, type Row, scoreOf } from '../scores.ts';
import { bars, byName, intervals, namesAxis, SQUARE_LEGEND, texts } from './parts.ts';
import { INK } from './theme.ts';

const BAR_STEP = 15;

export interface ScoreBars {
  /** A place on the axis each. */
  readonly columns: readonly { readonly column: Column; readonly label: string; readonly about: string }[];
  /** A bar at each place. */
  readonly rows: readonly { readonly row: Row; readonly name: string; readonly colour: string }[];
  /** Between two places, in pixels. */
  readonly gap: number;
  /** The same as a share of a place, for the scale. */
  readonly padding: number;
  /** Lines of chance. */
  readonly levels: (y: JsonObject, x: JsonObject, thickness: number) => readonly JsonPart[];
}

/** @returns size and layers */
export function scoreBars({ columns, rows, gap, padding, levels }: ScoreBars): JsonObject {
  const names = rows.map(({ name }) => name);
  const labels = columns.map(({ label }) => label);
  const values = columns.flatMap(({ column, label, about }) =>
    rows.map(({ row, name }) => {
      const score = scoreOf(row, column);
      const error = score.stderr ?? 0;
      return {
        label,
        name,
        score: score.value,
        low: Math.max(0, score.value - error),
        high: Math.min(1, score.value + error),
        text: formatScore(score.value),
        about: `${about}, ${name}: ${scoreText(score, column.metric)}`,
      };
    }),
  );
  const y = namesAxis('label', labels, { paddingInner: padding, paddingOuter: 0.1 });
  const yOffset: JsonObject = { field: 'name', sort: names, scale: { domain: names } };
  const x: JsonObject = {
    field: 'score',
    type: 'quantitative',
    scale: { domain: [0, 1] },
    axis: { title: 'score', format: '.1f', tickCount: 5, grid: true },
  };
  const legend = rows.length > 1 ? { ...SQUARE_LEGEND, columns: 4 } : null;
  const color = byName(
    'name',
    names,
    rows.map(({ colour }) => colour),
    legend,
  );
  // Numbers are drawn twice: first a white outline, so that the chance line does not run through the digits.
  const halo: JsonObject = { color: '#ffffff', stroke: '#ffffff', strokeWidth: 3, strokeJoin: 'round' };
  return {
    width: 560,
    height: columns.length * (rows.length * BAR_STEP + gap),
    layer: [
      bars(values, { cornerRadiusEnd: 2 }, { y, yOffset, x, color }),
      intervals(values, 'x', { strokeWidth: 1.4, color: INK }, { y, yOffset, x }),
      ...levels(y, x, rows.length * BAR_STEP),
      ...[halo, {}].map((style) =>
        texts(
          values,
          { align: 'left', baseline: 'middle', dx: 7, fontSize: 10.5, ...style },
          { y, yOffset, x: { ...x, field: 'high' } },
        ),
      ),
    ],
  };
}
