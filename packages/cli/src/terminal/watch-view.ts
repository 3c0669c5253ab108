/** A run in a terminal: one screen that is drawn again and again, or plain lines where nothing can be. */
import { formatCount } from '@evalgraph/report/data';
import {
  bar,
  cell,
  column,
  paint,
  type Screen,
  type Style,
  safeLine,
  tableLines,
  truncate,
  wrap,
} from '@evalgraph/report/terminal';
import { duration } from '@evalgraph/runner/run';
import { type EndedCell, phaseOf, type RunningCell, type RunPhase, type RunState } from './run-log.ts';

const MOST_RUNNING = 8;
const MOST_FAILED = 6;
const MOST_RECENT = 5;

export interface Watched {
  /** `demo`, `demo (quick)` */
  readonly name: string;
  readonly state: RunState;
  /** null: not to be said yet. */
  readonly remainingMs: number | null;
  readonly nowMs: number;
}

export function watchView({ name, state, remainingMs, nowMs }: Watched, screen: Screen): readonly string[] {
  const phase = phaseOf(state);
  const ended = [...state.ended.values()];
  const failed = ended.filter(({ origin }) => origin === null);
  const endMs = phase === 'running' ? nowMs : state.lastMs;
  return [
    headLine(name, phase, state, endMs, screen),
    ...countLines(state, failed.length, remainingMs, endMs, phase, screen),
    ...(phase === 'gone' ? goneLines(state, nowMs, screen) : []),
    ...(phase === 'ended' ? [] : runningLines([...state.running.values()], nowMs, screen)),
    ...recentLines(ended, screen),
    ...(state.notes.length === 0 || phase === 'ended'
      ? []
      : [
          '',
          paint(screen, 'cyan', 'notes'),
          ...state.notes.map((note) => paint(screen, 'dim', truncate(`  ${safeLine(note)}`, screen.width))),
        ]),
    ...failedLines(failed, screen),
  ];
}

const PHASE: Readonly<Record<RunPhase, readonly [string, Style]>> = {
  running: ['running', 'green'],
  ended: ['ended', 'cyan'],
  gone: ['died', 'red'],
};

function headLine(name: string, phase: RunPhase, state: RunState, endMs: number, screen: Screen): string {
  const [word, style] = PHASE[phase];
  const since = `since ${clock(state.startedMs)}, ${duration(endMs - state.startedMs)}`;
  const engine = state.engine === '' ? '' : `, engine ${safeLine(state.engine)}`;
  return `${paint(screen, 'bold', safeLine(name))}  ${paint(screen, style, word)} ${paint(screen, 'dim', `${since}${engine}, process ${state.pids.join(', ')}`)}`;
}

function countLines(
  state: RunState,
  failed: number,
  remainingMs: number | null,
  endMs: number,
  phase: RunPhase,
  screen: Screen,
): readonly string[] {
  const done = state.ended.size - failed;
  const left = Math.max(0, state.cells - state.ended.size);
  const seconds = (endMs - state.startedMs) / 1000;
  const computed = [...state.ended.values()].filter(({ origin }) => origin !== null && origin !== 'store');
  const tokens = [...state.running.values()].reduce((sum, one) => sum + (one.tokensPerSecond ?? 0), 0);
  const eta =
    phase !== 'running' || left === 0
      ? []
      : [remainingMs === null ? 'time left: not known yet' : `about ${duration(remainingMs)} left`];
  const rates = [
    ...(computed.length > 0 && seconds > 0
      ? [`${((60 * computed.length) / seconds).toFixed(1)} cells/min computed`]
      : []),
    ...(phase === 'running' && tokens > 0 ? [`${formatCount(tokens)} tokens/s`] : []),
    ...eta,
  ];
  const width = Math.min(40, screen.width - 10);
  const share = state.cells === 0 ? 0 : state.ended.size / state.cells;
  const origins = Map.groupBy(
    [...state.ended.values()].flatMap(({ origin }) => origin ?? []),
    (origin) => origin,
  );
  const how = [...origins]
    .map(([origin, list]) => `${formatCount(list.length)} ${safeLine(origin)}`)
    .join(', ');
  return [
    `${paint(screen, failed > 0 ? 'yellow' : 'green', bar(share, width))} ${Math.floor(100 * share)} %`,
    ...wrap(
      [
        `${formatCount(done)} of ${formatCount(state.cells)} cells done${how === '' ? '' : ` (${how})`}`,
        ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
        ...(phase === 'ended' ? [] : [`${formatCount(state.running.size)} running`]),
        `${formatCount(left)} left`,
      ].join(' · '),
      screen.width,
    ),
    ...(rates.length > 0
      ? wrap(rates.join(' · '), screen.width).map((line) => paint(screen, 'dim', line))
      : []),
  ];
}

function goneLines(state: RunState, nowMs: number, screen: Screen): readonly string[] {
  const text =
    `The run did not end: process ${state.pids.join(', ')} is gone (or is on another machine), and its last line is ` +
    `${duration(nowMs - state.lastMs)} old. What was computed is kept; the same command goes on from there.`;
  return wrap(text, screen.width).map((line) => paint(screen, 'red', line));
}

function runningLines(running: readonly RunningCell[], nowMs: number, screen: Screen): readonly string[] {
  if (running.length === 0) return [];
  const columns = [
    column('running', 'left'),
    column('', 'left', true),
    column('requests'),
    column('tokens/s', 'right', true),
    column('for'),
    column('left', 'right', true),
  ];
  const rows = running.slice(0, MOST_RUNNING).map(({ cell: name, answered, requests, known, ...rest }) => {
    const fresh = answered - known;
    const elapsedMs = nowMs - rest.sinceMs;
    const left = fresh > 0 && requests > 0 ? (elapsedMs / fresh) * (requests - answered) : null;
    return [
      cell(safeLine(name)),
      cell(requests > 0 ? bar(answered / requests, 12) : '', 'cyan'),
      cell(requests > 0 ? `${formatCount(answered)} of ${formatCount(requests)}` : '-'),
      cell(rest.tokensPerSecond === null ? '-' : formatCount(rest.tokensPerSecond)),
      cell(duration(elapsedMs)),
      cell(left === null ? '-' : duration(left)),
    ];
  });
  const more = running.length - MOST_RUNNING;
  return [
    '',
    ...tableLines({ columns, rows, foot: [] }, screen),
    ...(more > 0 ? [paint(screen, 'dim', `and ${more} more`)] : []),
  ];
}

function recentLines(ended: readonly EndedCell[], screen: Screen): readonly string[] {
  const recent = ended.filter(({ origin }) => origin !== null).slice(-MOST_RECENT);
  const columns = [column('done', 'left'), column('how', 'left'), column('took'), column('at')];
  const rows = recent.map(({ cell: name, origin, seconds, atMs }) => [
    cell(safeLine(name)),
    cell(safeLine(origin ?? ''), 'dim'),
    cell(duration(1000 * seconds)),
    cell(clock(atMs), 'dim'),
  ]);
  return rows.length === 0 ? [] : ['', ...tableLines({ columns, rows, foot: [] }, screen)];
}

function failedLines(failed: readonly EndedCell[], screen: Screen): readonly string[] {
  if (failed.length === 0) return [];
  const more = failed.length - MOST_FAILED;
  return [
    '',
    paint(screen, 'red', 'failed'),
    ...failed
      .slice(0, MOST_FAILED)
      .flatMap(({ cell: name, text }) => [
        `  ${paint(screen, 'bold', truncate(safeLine(name), screen.width - 2))}`,
        ...wrap(safeLine(firstLine(text ?? '')), screen.width - 4).map((line) => `    ${line}`),
      ]),
    ...(more > 0 ? [paint(screen, 'dim', `  and ${more} more`)] : []),
  ];
}

/** One line of a log for every cell that ended: for files, CI and screen readers. */
export function endedLine(one: EndedCell, number: number, cells: number): string {
  const count = `${formatCount(number)} of ${formatCount(cells)}`;
  return one.origin === null
    ? `${clock(one.atMs)} ${count}  ${safeLine(one.cell)} failed: ${safeLine(firstLine(one.text ?? ''))}`
    : `${clock(one.atMs)} ${count}  ${safeLine(one.cell)} ${safeLine(one.origin)} ${duration(1000 * one.seconds)}`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** Local time of day. */
function clock(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
