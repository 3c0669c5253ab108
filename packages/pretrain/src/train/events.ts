/** What the programs say on stdout (python/events.py): one JSON object a line. Other lines are not events. */
import { type Shape, type ShapeOf, shape } from '@evalgraph/formats';

export interface StepEvent {
  readonly event: 'step';
  /** Updates done, this one included. */
  readonly step: number;
  /** Mean over the step's tokens before the update, nats. */
  readonly loss: number;
  readonly learningRate: number;
  /** Since the first step, over all processes. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** The most that was in use, of the first process. */
  readonly memoryBytes: number;
}

export type TrainEvent =
  | {
      readonly event: 'start';
      /** Above 0 where a run goes on. */
      readonly step: number;
      readonly maxSteps: number;
      readonly device: string;
      readonly processes: number;
      readonly parameters: number;
      readonly tokensPerStep: number;
      readonly sequences: number;
    }
  | StepEvent
  | { readonly event: 'checkpoint'; readonly step: number; readonly folder: string }
  | { readonly event: 'stopped' | 'done'; readonly step: number }
  | ErrorEvent;

export type PruneEvent =
  | {
      readonly event: 'start';
      readonly layers: number;
      readonly device: string;
      readonly calibrationTokens: number;
    }
  | {
      readonly event: 'layer';
      readonly layer: number;
      readonly layers: number;
      readonly weights: number;
      readonly zeros: number;
    }
  | { readonly event: 'done'; readonly weights: number; readonly zeros: number; readonly folder: string }
  | ErrorEvent;

export interface ErrorEvent {
  readonly event: 'error';
  /** Short and stable. */
  readonly code: string;
  readonly message: string;
}

const { number, oneOf, record, text } = shape;

const stepFields = {
  step: number,
  loss: number,
  lr: number,
  tokens: number,
  tokens_per_s: number,
  memory_bytes: number,
};
/** A line of train.jsonl holds steps alone, and so does not say that it is one. */
const loggedStep = record(stepFields);
const errorLine = record({ event: oneOf('error'), code: text, message: text });
const trainLine = shape.variant('event', {
  start: record({
    event: oneOf('start'),
    step: number,
    max_steps: number,
    device: text,
    processes: number,
    parameters: number,
    tokens_per_step: number,
    sequences: number,
  }),
  step: record({ event: oneOf('step'), ...stepFields }),
  checkpoint: record({ event: oneOf('checkpoint'), step: number, folder: text }),
  stopped: record({ event: oneOf('stopped'), step: number }),
  done: record({ event: oneOf('done'), step: number }),
  error: errorLine,
});
const pruneLine = shape.variant('event', {
  start: record({ event: oneOf('start'), layers: number, device: text, calibration_tokens: number }),
  layer: record({ event: oneOf('layer'), layer: number, layers: number, weights: number, zeros: number }),
  done: record({ event: oneOf('done'), weights: number, zeros: number, folder: text }),
  error: errorLine,
});

/** null: the line is no event (a library's print). */
export function parseTrainEvent(line: string): TrainEvent | null {
  const found = fittingLine(trainLine, line);
  switch (found?.event) {
    case 'start': {
      const { event, step, device, processes, parameters, sequences } = found;
      const [maxSteps, tokensPerStep] = [found.max_steps, found.tokens_per_step];
      return { event, step, maxSteps, device, processes, parameters, tokensPerStep, sequences };
    }
    case 'step':
      return stepOf(found);
    default:
      return found ?? null;
  }
}

/** A line of train.jsonl; null: it is none. */
export function parseStep(line: string): StepEvent | null {
  const found = fittingLine(loggedStep, line);
  return found === null ? null : stepOf(found);
}

/** null: the line is no event. */
export function parsePruneEvent(line: string): PruneEvent | null {
  const found = fittingLine(pruneLine, line);
  if (found?.event !== 'start') return found;
  const { event, layers, device } = found;
  return { event, layers, device, calibrationTokens: found.calibration_tokens };
}

function fittingLine<T>(expected: Shape<T>, line: string): T | null {
  return line.startsWith('{') ? shape.fittingJson(expected, line) : null;
}

function stepOf({ step, loss, lr, tokens, ...rest }: ShapeOf<typeof loggedStep>): StepEvent {
  return {
    event: 'step',
    step,
    loss,
    learningRate: lr,
    tokens,
    tokensPerSecond: rest.tokens_per_s,
    memoryBytes: rest.memory_bytes,
  };
}
