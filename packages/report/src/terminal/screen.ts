/** What the place that we write to can show: its width, colours, and whether lines may be drawn again. */
import { styleText } from 'node:util';

export interface Screen {
  /** The width in columns. */
  readonly width: number;
  readonly isColoured: boolean;
  /** A terminal: what was drawn can be drawn again. */
  readonly isLive: boolean;
}

interface Stream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

const WIDTH_OF_FILES = 100;
/** Narrower than this no table is one. */
const LEAST_WIDTH = 40;
/** Wider lines are not read, they are searched. */
const MOST_WIDTH = 400;

/** A terminal says its width itself; `COLUMNS` is for everything else. NO_COLOR (https://no-color.org) is honoured. */
export function screenOf(stream: Stream, environment: NodeJS.ProcessEnv = process.env): Screen {
  const isTerminal = stream.isTTY === true;
  const given = Number(environment['COLUMNS']);
  const columns = isTerminal && stream.columns !== undefined && stream.columns > 0 ? stream.columns : given;
  const isDumb = environment['TERM'] === 'dumb';
  return {
    width: Math.min(
      MOST_WIDTH,
      Math.max(LEAST_WIDTH, Number.isInteger(columns) && columns > 0 ? columns : WIDTH_OF_FILES),
    ),
    isColoured: isTerminal && !isDumb && (environment['NO_COLOR'] ?? '') === '',
    isLive: isTerminal && !isDumb,
  };
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** @param text without control characters: what comes from files goes through `safeText` first. */
export function paint(screen: Screen, style: Style | null, text: string): string {
  return style === null || !screen.isColoured || text === ''
    ? text
    : styleText(style, text, { validateStream: false });
}
