/** What all charts share: the font that ships with the project, sizes, and colours that colour-blind readers can tell. */
import type { JsonObject } from '../chart.ts';

export const FONT = 'Roboto';
/** For viewers of the SVG that lack the font. */
export const FONT_STACK = `${FONT}, Helvetica, Arial, sans-serif`;

/** Okabe and Ito's palette without its yellow (too light for lines on white), blue and vermilion first. */
export const PALETTE = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'] as const;
export const DENSE = PALETTE[0];
export const PRUNED = PALETTE[1];
export const INK = '#222222';
export const MUTED = '#666666';
export const RULE = '#8a8a8a';
const GRID = '#e8e8e8';

export const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';

export const CONFIG: JsonObject = {
  background: '#ffffff',
  font: FONT_STACK,
  padding: 14,
  view: { stroke: null },
  title: {
    anchor: 'start',
    color: INK,
    fontSize: 16,
    fontWeight: 700,
    offset: 14,
    subtitleColor: MUTED,
    subtitleFontSize: 12,
    subtitlePadding: 5,
    subtitleLineHeight: 16,
  },
  axis: {
    labelColor: MUTED,
    titleColor: MUTED,
    labelFontSize: 10.5,
    titleFontSize: 11,
    titleFontWeight: 400,
    gridColor: GRID,
    domainColor: RULE,
    tickColor: RULE,
    tickSize: 4,
    labelLimit: 0,
    titleLimit: 0,
  },
  axisY: { domain: false, ticks: false, labelPadding: 6 },
  axisX: { grid: false },
  header: {
    labelColor: INK,
    labelFontSize: 11,
    labelFontWeight: 400,
    labelAnchor: 'start',
    labelPadding: 3,
    labelLimit: 0,
  },
  legend: {
    labelColor: INK,
    titleColor: MUTED,
    labelFontSize: 12,
    labelLimit: 0,
    title: null,
    orient: 'top',
    symbolStrokeWidth: 2.5,
    symbolOpacity: 1,
    offset: 6,
  },
  text: { color: INK, fontSize: 11 },
};
