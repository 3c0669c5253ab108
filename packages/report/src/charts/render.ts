/** Spec -> SVG and PNG, without a browser and without the machine's fonts: the same bytes everywhere. */
import { renderAsync } from '@resvg/resvg-js';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { JsonObject } from '../chart.ts';
import { FONT_FILES, loadFontMeasure, type MeasureText } from './font.ts';
import { FONT } from './theme.ts';
import { DARK_COLOURS, darkSvg } from './themes.ts';

export interface DrawnChart {
  readonly svg: string;
  readonly darkSvg: string;
  /** Drawn on threads of their own while the next chart is compiled: pixels are most of a report's time. */
  readonly png: Promise<Uint8Array>;
  readonly darkPng: Promise<Uint8Array>;
}

/** Pixels of the PNG for one of the SVG: sharp on a dense screen and in print at half a page. */
const PNG_ZOOM = 2;

/** @throws Error where vega-lite warns: a spec of ours that is not quite one is a defect */
export async function renderChart(spec: JsonObject): Promise<DrawnChart> {
  measureWithShippedFont();
  const view = new vega.View(vega.parse(compileSpec(spec)), { renderer: 'none', logLevel: vega.None });
  try {
    const svg = renumbered(await view.toSVG());
    const dark = darkSvg(svg);
    return { svg, png: drawPng(svg, '#ffffff'), darkSvg: dark, darkPng: drawPng(dark, DARK_BACKGROUND) };
  } finally {
    view.finalize();
  }
}

/** Vega counts clip paths and gradients over all pictures of a process: here each picture's begin at 0. */
function renumbered(svg: string): string {
  const numbers = new Map<string, string>();
  return svg.replace(
    /(\bid="|url\(#)(clip|gradient_)(\d+)/g,
    (_, place: string, kind: string, number: string) => {
      const own = numbers.get(kind + number) ?? String(numbers.size);
      numbers.set(kind + number, own);
      return place + kind + own;
    },
  );
}

/** Vega's logger, as far as vega-lite calls it. */
interface Logger {
  readonly level: () => Logger;
  readonly error: (...parts: readonly unknown[]) => Logger;
  readonly warn: (...parts: readonly unknown[]) => Logger;
  readonly info: () => Logger;
  readonly debug: () => Logger;
}

/** A Vega-Lite spec as Vega; refuses what vega-lite only warns of. */
export function compileSpec(spec: JsonObject): vega.Spec {
  const said: string[] = [];
  const note = (...parts: readonly unknown[]): Logger => {
    said.push(parts.map(String).join(' '));
    return logger;
  };
  const logger: Logger = {
    level: () => logger,
    error: note,
    warn: note,
    info: () => logger,
    debug: () => logger,
  };
  // The spec is built from JSON parts; vega-lite checks it itself, and says so through the logger.
  const compiled = compile(spec as unknown as TopLevelSpec, { logger: logger as never });
  if (said.length > 0) throw new Error(`vega-lite: ${said.join('; ')}`);
  return compiled.spec;
}

const DARK_BACKGROUND = DARK_COLOURS['#ffffff'] ?? '#000000';

/** Some 10 MB: more pictures than a report usually has. */
const MAX_DRAWN = 100;
const drawn = new Map<string, Promise<Uint8Array>>();

/** A report that is written again, as `follow` does, has most of its pictures still: pixels are drawn once. */
function drawPng(svg: string, background: string): Promise<Uint8Array> {
  const key = `${background} ${svg}`;
  const png = drawn.get(key) ?? pixels(svg, background);
  drawn.delete(key);
  drawn.set(key, png);
  png.catch(() => drawn.delete(key));
  for (const oldest of [...drawn.keys()].slice(0, -MAX_DRAWN)) drawn.delete(oldest);
  return png;
}

async function pixels(svg: string, background: string): Promise<Uint8Array> {
  const image = await renderAsync(svg, {
    background,
    fitTo: { mode: 'zoom', value: PNG_ZOOM },
    font: { fontFiles: [...FONT_FILES], loadSystemFonts: false, defaultFontFamily: FONT },
  });
  return new Uint8Array(image.asPng());
}

/** The part of a text mark that its width depends on. */
interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: number | string;
  readonly limit?: number;
}

let measure: MeasureText | null = null;

/** vega-scenegraph's hook for renderers that bring their own metrics; its type is not published. */
function measureWithShippedFont(): void {
  if (measure !== null) return;
  const measureText = loadFontMeasure();
  measure = measureText;
  const { textMetrics } = vega as unknown as {
    textMetrics: { width: (item: TextItem, text: unknown) => number };
  };
  textMetrics.width = (item, text) => {
    const line = text === null || text === undefined ? '' : String(text).trim();
    const weight = item.fontWeight === 'bold' ? 700 : Number(item.fontWeight ?? 400);
    const width = measureText(line, item.fontSize ?? 11, Number.isFinite(weight) ? weight : 400);
    return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width;
  };
}
