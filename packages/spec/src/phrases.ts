/** The parts that messages share: lists of legal values, guesses, values as people call them. */
import { nearest, suggest } from '@evalgraph/formats/text';
import type { Checkpoint } from './pipeline.ts';
import { placeWords } from './selection.ts';
import { show } from './show.ts';

/** A message shows this many of the nearest names of a long closed set, and how many names there are. */
const SHOWN_NAMES = 5;

/** "'a', 'b' or 'c'". */
export function oneOf(names: readonly unknown[]): string {
  const shown = names.map((name) => show(name));
  const last = shown.at(-1) ?? '';
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} or ${last}`;
}

/** "100, 200, 400 and 7 more". */
export function someOf(numbers: readonly number[]): string {
  const rest = numbers.length - SHOWN_NAMES;
  return `${numbers.slice(0, SHOWN_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** "did you mean", then the legal names: all of them where they are few, else the nearest and a count. */
export function legalNames(name: string, legal: readonly string[], many: string): string {
  const near = nearest(name, legal, SHOWN_NAMES);
  const guess = near[0] === undefined ? '' : `Did you mean ${show(near[0])}? `;
  if (legal.length === 0) return `There are no ${many}.`;
  if (legal.length <= 2 * SHOWN_NAMES)
    return `${guess}The ${many} are ${legal.map((each) => show(each)).join(', ')}.`;
  const some = (near.length > 1 ? near : legal.slice(0, SHOWN_NAMES)).map((each) => show(each)).join(', ');
  return `${guess}There are ${legal.length} ${many}, such as ${some}.`;
}

/** A value as people call it: `the text "many"`, `the number 1.5`, `a list`, `empty`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return `the text ${show(value)}`;
  return typeof value === 'number' ? `the number ${value}` : String(value);
}

export function unknownKeyRemedy(key: string, legal: readonly string[], home: string | null): string {
  const guess = suggest(key, legal);
  const keys = `The keys are ${legal.map((each) => show(each)).join(', ')}.`;
  if (key === '<<')
    return 'Merging is no part of YAML 1.2: write the keys out, or use an alias for the whole value.';
  if (guess !== null) return `Did you mean ${show(guess)}? ${keys}`;
  return home === null ? keys : `It is a key of ${home}. ${keys}`;
}

export function sourceRemedy(value: string): string {
  const bare = /^[A-Za-z0-9][\w.-]*(\/[\w.-]+)?$/.test(value);
  if (!bare) return 'Write a folder (./models/demo or /models/demo) or a hub repository (hf:owner/name).';
  return `Write hf:${value} for the repository of the Hugging Face hub, or ./${value} for the folder in the workspace.`;
}

export function didYouMean(value: unknown, legal: readonly unknown[]): string {
  const names = legal.filter((each) => typeof each === 'string');
  const guess = typeof value === 'string' ? suggest(value, names) : null;
  return guess === null ? '' : `Did you mean ${show(guess)}? `;
}

/** What a series has, the nearest first; a number is taken for a step. */
export function legalCheckpoints(wanted: string | number, series: readonly Checkpoint[]): string {
  const names = series.map(({ name }) => name);
  const steps = series.map(({ step }) => step).filter((step) => step !== null);
  if (!/^\d{1,16}$/.test(String(wanted)) || steps.length < 2) {
    const guess = didYouMean(wanted, placeWords);
    const legal = legalNames(String(wanted), names, 'checkpoints');
    return `${guess}${legal} A step, 'first', 'middle' and 'last' are legal too.`;
  }
  const distance = (step: number): number => Math.abs(step - Number(wanted));
  const [one, two] = steps.toSorted((a, b) => distance(a) - distance(b));
  const nearby = `The nearest of its ${steps.length} steps are ${one} and ${two}.`;
  return `${nearby} Names, 'first', 'middle' and 'last' are legal too.`;
}
