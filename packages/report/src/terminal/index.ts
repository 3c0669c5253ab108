/** What a command needs to show a report's blocks, and other lines, in a terminal. */
export { bar, sparkline, thinned } from './marks.ts';
export { renderTerminal } from './render.ts';
export { paint, type Screen, type Style, screenOf } from './screen.ts';
export { type Cell, type Column, cell, column, type Table, tableLines } from './table.ts';
export {
  displayWidth,
  padEnd,
  padStart,
  safeLine,
  safeText,
  shellWord,
  truncate,
  wrap,
} from './text.ts';
