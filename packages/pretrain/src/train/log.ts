/** train.jsonl, the steps of a training: read for charts. */
import { readRegular, UserError } from '@evalgraph/formats';
import { parseStep, type StepEvent } from './events.ts';
import { messages } from './messages.ts';

/** A million steps take about 200 MB. */
const MAX_LOG_BYTES = 500_000_000;

/**
 * Every logged step, ascending. A last line without its end is left out: it is being written.
 * @throws UserError invalid-train-log; the file system's errors.
 */
export async function readTrainLog(file: string): Promise<readonly StepEvent[]> {
  return parseTrainLog((await readRegular(file, MAX_LOG_BYTES)).toString('utf8'), file);
}

/** @param file for messages. @throws UserError invalid-train-log */
export function parseTrainLog(text: string, file: string): readonly StepEvent[] {
  const lines = text.split('\n').slice(0, -1);
  const steps: StepEvent[] = [];
  for (const [index, line] of lines.entries()) {
    const step = parseStep(line);
    if (step === null || step.step <= (steps.at(-1)?.step ?? 0)) {
      throw new UserError(messages.invalidTrainLog(file, index + 1));
    }
    steps.push(step);
  }
  return steps;
}
