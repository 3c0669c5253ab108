/** What the programs say on stdout (python/events.py): one JSON object a line. Other lines are not events. */

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

/** null: the line is no event (a library's print). */
export function parseTrainEvent(line: string): TrainEvent | null {
  const read = fieldsOf(line);
  if (read === null) return null;
  const { text, number, all } = read;
  switch (text('event')) {
    case 'start':
      return all({
        event: 'start',
        step: number('step'),
        maxSteps: number('max_steps'),
        device: text('device'),
        processes: number('processes'),
        parameters: number('parameters'),
        tokensPerStep: number('tokens_per_step'),
        sequences: number('sequences'),
      });
    case 'step':
      return all(stepOf(read));
    case 'checkpoint':
      return all({ event: 'checkpoint', step: number('step'), folder: text('folder') });
    case 'stopped':
      return all({ event: 'stopped', step: number('step') });
    case 'done':
      return all({ event: 'done', step: number('step') });
    default:
      return errorOf(read);
  }
}

/** A line of train.jsonl; null: it is none. */
export function parseStep(line: string): StepEvent | null {
  const read = fieldsOf(line);
  return read === null ? null : read.all(stepOf(read));
}

/** null: the line is no event. */
export function parsePruneEvent(line: string): PruneEvent | null {
  const read = fieldsOf(line);
  if (read === null) return null;
  const { text, number, all } = read;
  switch (text('event')) {
    case 'start':
      return all({
        event: 'start',
        layers: number('layers'),
        device: text('device'),
        calibrationTokens: number('calibration_tokens'),
      });
    case 'layer':
      return all({
        event: 'layer',
        layer: number('layer'),
        layers: number('layers'),
        weights: number('weights'),
        zeros: number('zeros'),
      });
    case 'done':
      return all({
        event: 'done',
        weights: number('weights'),
        zeros: number('zeros'),
        folder: text('folder'),
      });
    default:
      return errorOf(read);
  }
}

interface Fields {
  readonly text: (name: string) => string;
  readonly number: (name: string) => number;
  /** The value, or null where a field was missing or of another kind. */
  readonly all: <T>(value: T) => T | null;
}

function fieldsOf(line: string): Fields | null {
  if (!line.startsWith('{')) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof value !== 'object' || value === null) return null;
  const record = value as Readonly<Record<string, unknown>>;
  let isWhole = true;
  return {
    text: (name) => {
      const field = record[name];
      if (typeof field === 'string') return field;
      isWhole = false;
      return '';
    },
    number: (name) => {
      const field = record[name];
      if (typeof field === 'number' && Number.isFinite(field)) return field;
      isWhole = false;
      return Number.NaN;
    },
    all: (made) => (isWhole ? made : null),
  };
}

function stepOf({ number }: Fields): StepEvent {
  return {
    event: 'step',
    step: number('step'),
    loss: number('loss'),
    learningRate: number('lr'),
    tokens: number('tokens'),
    tokensPerSecond: number('tokens_per_s'),
    memoryBytes: number('memory_bytes'),
  };
}

function errorOf({ text, all }: Fields): ErrorEvent | null {
  if (text('event') !== 'error') return null;
  return all({ event: 'error', code: text('code'), message: text('message') });
}
