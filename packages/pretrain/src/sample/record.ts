/** What a checkpoint wrote, as a record; and records of several checkpoints side by side. */
import { type JsonValue, prettyJson, ShapeMismatch, shape, UserError } from '@evalgraph/formats';
import { messages } from './messages.ts';
import type { Drawing, PlannedSample, PromptedSample } from './plan.ts';

export interface SampleText {
  readonly prompt: string;
  /** null: greedy. */
  readonly drawing: Drawing | null;
  /** What follows the prompt, without the token that ended it. */
  readonly text: string;
  /** All that came, the ending token included; null where only the text is known. */
  readonly tokens: readonly number[] | null;
  /** stop: an ending token came; length: there was no more room; null: not known. */
  readonly finish: 'stop' | 'length' | null;
}

export interface SampleRecord {
  readonly version: 1;
  readonly checkpoint: string;
  /** null: the checkpoint is of no series. */
  readonly step: number | null;
  readonly maxNewTokens: number;
  readonly samples: readonly SampleText[];
}

/** What the engine answers (GenerateResponse). */
export interface SampleAnswer {
  readonly tokens: readonly number[];
  readonly finish: 'stop' | 'length';
}

/**
 * @param answers one for each planned sample, in order.
 * @param decode the tokenizer's: ids -> text.
 * @throws UserError answer-count.
 */
export async function sampleRecord(
  checkpoint: { readonly name: string; readonly step: number | null },
  planned: readonly PlannedSample[],
  answers: readonly SampleAnswer[],
  decode: (tokens: readonly number[]) => string | Promise<string>,
): Promise<SampleRecord> {
  const [first] = planned;
  if (first === undefined || answers.length !== planned.length) {
    throw new UserError(messages.answerCount(answers.length, planned.length));
  }
  const samples: SampleText[] = [];
  for (const [index, { prompt, drawing }] of planned.entries()) {
    const { tokens = [], finish = 'length' } = answers[index] ?? {};
    const text = await decode(finish === 'stop' ? tokens.slice(0, -1) : tokens);
    samples.push({ prompt, drawing, text, tokens, finish });
  }
  return {
    version: 1,
    checkpoint: checkpoint.name,
    step: checkpoint.step,
    maxNewTokens: first.request.maxNewTokens,
    samples,
  };
}

/**
 * The same of texts, for an engine that answers with those alone.
 * @param texts one for each planned sample, in order.
 * @throws UserError answer-count.
 */
export function textRecord(
  checkpoint: { readonly name: string; readonly step: number | null },
  planned: readonly PromptedSample[],
  maxNewTokens: number,
  texts: readonly string[],
): SampleRecord {
  if (planned.length === 0 || texts.length !== planned.length) {
    throw new UserError(messages.answerCount(texts.length, planned.length));
  }
  return {
    version: 1,
    checkpoint: checkpoint.name,
    step: checkpoint.step,
    maxNewTokens,
    samples: planned.map(({ prompt, drawing }, index) => ({
      prompt,
      drawing,
      text: texts[index] ?? '',
      tokens: null,
      finish: null,
    })),
  };
}

/** Byte-reproducible. */
export function writeSampleRecord(record: SampleRecord): string {
  return prettyJson(record as unknown as JsonValue);
}

const { count, list, nullable, number, oneOf, optional, record, someOf, text } = shape;

const sampleShape = record({
  version: oneOf(1),
  checkpoint: text,
  step: nullable(count),
  maxNewTokens: count,
  samples: someOf(
    record({
      prompt: text,
      drawing: nullable(
        record({
          temperature: number,
          topK: number,
          topP: number,
          seed: number,
          rules: optional(shape.json),
        }),
      ),
      text,
      tokens: nullable(list(count)),
      finish: nullable(oneOf('stop', 'length')),
    }),
  ),
});

/** @throws UserError invalid-samples. */
export function parseSampleRecord(file: string, content: string): SampleRecord {
  try {
    return sampleShape(JSON.parse(content), null) as SampleRecord;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof ShapeMismatch)) throw error;
    throw new UserError(messages.invalidSamples(file, error.message));
  }
}

/** The same prompt, drawn the same way, by every checkpoint. */
export interface SampleRow {
  readonly prompt: string;
  readonly drawing: Drawing | null;
  /** They stand in the order of the checkpoints. */
  readonly texts: readonly string[];
}

export interface SamplesSideBySide {
  readonly checkpoints: readonly { readonly name: string; readonly step: number | null }[];
  readonly rows: readonly SampleRow[];
}

/**
 * Ascending by step; those without one last, by name.
 * @throws UserError no-samples, other-prompts (the rows would compare different questions).
 */
export function samplesSideBySide(records: readonly SampleRecord[]): SamplesSideBySide {
  const sorted = [...records].sort(
    (a, b) =>
      (a.step ?? Number.POSITIVE_INFINITY) - (b.step ?? Number.POSITIVE_INFINITY) ||
      (a.checkpoint < b.checkpoint ? -1 : 1),
  );
  const [first] = sorted;
  if (first === undefined) throw new UserError(messages.noSamples());
  const asked = askedOf(first);
  const others = sorted.filter((record) => askedOf(record) !== asked);
  if (others.length > 0) {
    throw new UserError(others.map(({ checkpoint }) => messages.otherPrompts(checkpoint, first.checkpoint)));
  }
  return {
    checkpoints: sorted.map(({ checkpoint, step }) => ({ name: checkpoint, step })),
    rows: first.samples.map(({ prompt, drawing }, index) => ({
      prompt,
      drawing,
      texts: sorted.flatMap(({ samples }) => samples[index]?.text ?? []),
    })),
  };
}

function askedOf({ maxNewTokens, samples }: SampleRecord): string {
  const ways = samples.map(({ prompt, drawing: way }) => [
    prompt,
    way === null
      ? null
      : [way.temperature, way.topK, way.topP, way.seed, ...(way.rules === undefined ? [] : [way.rules])],
  ]);
  return JSON.stringify([maxNewTokens, ways]);
}
