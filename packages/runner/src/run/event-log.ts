/**
 * What happened when, as JSON lines: `evaluation.log` of a pipeline's results for every run, appended to, and one
 * beside each cell's results with that cell's own events. For people and for programs; nothing reads it back.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { resultsFolder } from '@evalgraph/spec';
import { writingSync } from '@evalgraph/system';
import type { Cell, Plan } from '../plan/plan.ts';

export const LOG_FILE = 'evaluation.log';

export type LogEvent =
  | { readonly event: 'run-started'; readonly cells: number; readonly engine: string; readonly pid: number }
  | {
      readonly event: 'cell-started';
      readonly cell: string;
      readonly requests: number;
      readonly known: number;
    }
  | { readonly event: 'progress'; readonly cell: string; readonly text: string }
  | { readonly event: 'note'; readonly text: string }
  | { readonly event: 'cell-ended'; readonly cell: string; readonly origin: string; readonly seconds: number }
  | { readonly event: 'cell-failed'; readonly cell: string; readonly text: string; readonly seconds: number }
  | { readonly event: 'run-ended'; readonly done: number; readonly failed: number; readonly seconds: number };

export interface EventLog {
  add(event: LogEvent): void;
  /** Writes the cell's own log beside its results; its events are forgotten then. */
  closeCell(cell: Cell): void;
}

/** @throws UserError where the log cannot be written. */
export function openEventLog(root: string, plan: Plan): EventLog {
  const path = join(root, resultsFolder(plan.pipeline.name, plan.variant), LOG_FILE);
  writingSync(path, () => mkdirSync(dirname(path), { recursive: true }));
  const ofCells = new Map<string, string[]>();
  return {
    add(event) {
      const line = `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`;
      writingSync(path, () => appendFileSync(path, line));
      if ('cell' in event) ofCells.set(event.cell, [...(ofCells.get(event.cell) ?? []), line]);
    },
    closeCell(cell) {
      const file = join(root, cell.output, LOG_FILE);
      writingSync(file, () => {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, (ofCells.get(cell.id) ?? []).join(''));
      });
      ofCells.delete(cell.id);
    },
  };
}
