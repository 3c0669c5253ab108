/** Names of a cell's files, and the names of pipeline and model that a shared store entry does not carry. */
import { type CellResults, parseResults, writeResults } from '@evalgraph/formats';
import type { Cell } from '../plan/plan.ts';

export const RESULTS_FILE = 'results.json';
export const RUN_FILE = 'run.json';
/** What the key was made of: `evalgraph why` compares it with the plan's. */
export const KEY_FILE = 'key.json';

export function samplesFile(task: string): string {
  return `samples_${task}.jsonl`;
}

/** Stored results with the names that this pipeline gives to the checkpoint and the cell. */
export function localise(text: string, cell: Cell, pipeline: string): string {
  const results: CellResults = parseResults(text, RESULTS_FILE);
  const { checkpoint } = cell;
  return writeResults({
    ...results,
    pipeline,
    task: cell.name,
    checkpoint: {
      model: checkpoint.model.name,
      checkpoint: checkpoint.id,
      step: checkpoint.checkpoint.step,
      digest: results.checkpoint.digest,
    },
  });
}
