/**
 * What a run prints: `EVALGRAPH_OUTPUT` is lines (the default), quiet (only what failed) or json (one event a line).
 * An environment variable, because Nx makes flags part of a target's hash, and what is printed changes no result.
 */

import { UserError } from '@evalgraph/formats';
import type { EventLog } from './event-log.ts';
import { messages } from './messages.ts';
import { lineProgress, type Progress } from './progress.ts';

const MODES = ['lines', 'quiet', 'json'] as const;
export type OutputMode = (typeof MODES)[number];

/** @throws UserError where the variable holds something else. */
export function outputMode(environment: NodeJS.ProcessEnv = process.env): OutputMode {
  const given = environment['EVALGRAPH_OUTPUT'] ?? '';
  if (given === '') return 'lines';
  const mode = MODES.find((known) => known === given);
  if (mode === undefined) throw new UserError(messages.badOutputMode(given, MODES));
  return mode;
}

/** Progress to a terminal or a file in that mode, and all of it to the log. */
export function loggedProgress(mode: OutputMode, write: (line: string) => void, log: EventLog): Progress {
  const shown = mode === 'lines' ? write : () => {};
  return {
    note(text) {
      log.add({ event: 'note', text });
      if (mode === 'json') write(JSON.stringify({ event: 'note', text }));
      shown(text);
    },
    start(cell, requests, known) {
      log.add({ event: 'cell-started', cell, requests, known });
      const { start } = lineProgress({
        write(text) {
          log.add({ event: 'progress', cell, text });
          if (mode === 'json') write(JSON.stringify({ event: 'progress', cell, text }));
          shown(text);
        },
      });
      return start(cell, requests, known);
    },
  };
}
