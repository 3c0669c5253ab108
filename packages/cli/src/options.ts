/**
 * Kinds of options, and the options and arguments that several commands share. It imports nothing that takes time to
 * load, because `evalgraph help` reads every declaration.
 */
import { Argument, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { suggest } from '@evalgraph/formats/text';

/** An option with a value; null where it was not given. */
type Valued<Flags extends string, Value> = Option<Flags, undefined, null, Value>;

export function flag<Flags extends string>(
  flags: Flags,
  description: string,
): Option<Flags, undefined, false> {
  return new Option(flags, description).default(false);
}

export function text<Flags extends string>(flags: Flags, description: string): Valued<Flags, string> {
  return valued(flags, description, (value) => value);
}

/** Names between commas; empty where it was not given. */
export function list<Flags extends string>(
  flags: Flags,
  description: string,
): Option<Flags, undefined, readonly string[], readonly string[]> {
  return new Option(flags, description)
    .argParser<readonly string[]>((value) => listOf(given(value)))
    .default([]);
}

/** An option that may be repeated. */
export function repeated<Flags extends string>(
  flags: Flags,
  description: string,
  read: (value: string) => string = (value) => value,
): Option<Flags, undefined, readonly string[], readonly string[]> {
  return new Option(flags, description)
    .argParser<readonly string[]>((value, before) => [...before, read(given(value))])
    .default([]);
}

/** One value of a closed set. */
export function oneOf<Flags extends string, const Value extends string>(
  flags: Flags,
  description: string,
  values: readonly Value[],
): Valued<Flags, Value> {
  const option = valued(flags, description, (value) => {
    const found = values.find((one) => one === value);
    if (found !== undefined) return found;
    const hint = suggest(value, values);
    throw invalid(`${hint === null ? '' : `Did you mean '${hint}'? `}Legal values: ${values.join(', ')}.`);
  });
  option.argChoices = [...values];
  return option;
}

export function wholeNumber<Flags extends string>(
  flags: Flags,
  description: string,
  least: number,
  most?: number,
): Valued<Flags, number> {
  return valued(flags, description, wholeNumberFrom(least, most));
}

/** Reads a whole number. The parser throws InvalidArgumentError where the text is none, or out of range. */
export function wholeNumberFrom(
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
  orElse = '',
): (value: string) => number {
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  return (value) => {
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw invalid(`Write a whole number ${range}${orElse}.`);
  };
}

/** An option whose value has a reader of its own. @param read throws what `invalid` makes. */
export function valued<Flags extends string, Value>(
  flags: Flags,
  description: string,
  read: (value: string) => Value,
): Valued<Flags, Value> {
  return new Option(flags, description).argParser<Value>((value) => read(given(value))).default(null);
}

/** @param remedy what to write instead, as a sentence. */
export function invalid(remedy: string): InvalidArgumentError {
  return new InvalidArgumentError(remedy);
}

/** In `--out --quick` the value of `--out` was forgotten: nobody names a file like that. */
function given(value: string): string {
  if (/^--[a-z]/.test(value)) throw invalid('It is an option: the value before it is missing.');
  return value;
}

export function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export const quick = (): Option<'--quick', undefined, false> =>
  flag('--quick', 'the quick run (few checkpoints, few documents) instead of the full one');

export const pipelineArgument = (): Argument<'[pipeline]', null, string> =>
  new Argument('[pipeline]', 'the pipeline; may be left out where the workspace has one')
    .argParser<string>((value) => value)
    .default(null);

export const pipelinesArgument = (): Argument<'[pipelines...]'> =>
  new Argument('[pipelines...]', 'the pipelines; all of them where none is named');

export const pipelineOption = (): Valued<'--pipeline <name>', string> =>
  text('--pipeline <name>', 'the pipeline, where several have a task of that name');

/** A text whose perplexity is taken: what `ppl` and `compare` share. */
export const corpusOption = (): Valued<'--corpus <text>', string> =>
  text('--corpus <text>', 'the text: a file, a folder, or the name of a data set');
export const columnOption = (): Valued<'--column <name>', string> =>
  text('--column <name>', "the data set's column that holds the text");
export const splitOption = (): Valued<'--split <name>', string> =>
  text('--split <name>', "the data set's split");
export const seqlenOption = (): Valued<'--seqlen <n>', number> =>
  wholeNumber('--seqlen <n>', 'tokens of a window', 1);
