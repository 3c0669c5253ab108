/** `checkpoints:` of a model, a pattern with steps or a list -> the checkpoints, by step. */
import type { Context } from './context.ts';
import {
  type CheckpointEntryInput,
  type CheckpointInput,
  isList,
  type LocationInput,
  type SelectionInput,
  type SeriesInput,
} from './input.ts';
import { messages } from './messages.ts';
import { type Parsed, parsePath, parseRevision, parseSubfolder } from './paths.ts';
import { folderSafe, type Pattern, parsePattern } from './pattern.ts';
import type { Checkpoint, CheckpointLocation, ModelSource } from './pipeline.ts';
import type { Path } from './problems.ts';
import {
  everything,
  findCheckpoint,
  normalizeSelection,
  placeWords,
  selectCheckpoints,
} from './selection.ts';
import { normalizeSteps } from './steps.ts';

/** `undefined`: the file names no source; null: it names one that was reported. */
export type SourceOrNot = ModelSource | null | undefined;

type Kind = Exclude<CheckpointLocation['kind'], 'made'>;
const kinds: readonly Kind[] = ['subfolder', 'revision', 'folder'];

/** @param room how many checkpoints the pipeline may still have. @returns null where it was reported. */
export function normalizeCheckpoints(
  input: SeriesInput | readonly (CheckpointInput | null)[],
  path: Path,
  source: SourceOrNot,
  room: (count: number) => boolean,
  context: Context,
): readonly Checkpoint[] | null {
  return isList<CheckpointInput>(input)
    ? fromList(input, path, source, room, context)
    : fromPattern(input, path, source, room, context);
}

function fromPattern(
  input: SeriesInput,
  path: Path,
  source: SourceOrNot,
  room: (count: number) => boolean,
  context: Context,
): readonly Checkpoint[] | null {
  const found = findLocation(input, path, source, context);
  const pattern = found === null ? null : patternOf(found, context);
  // A {step:07} has a colon of its own: what is judged is the place that a step gives.
  const located =
    found === null || pattern === null
      ? null
      : parseLocation(found.kind, pattern.render(0), context.root, found.text);
  if (found !== null && located !== null && 'finding' in located) {
    context.problems.value(found.path, located.finding);
  }
  const steps = hasSteps(input)
    ? normalizeSteps(input, path, room, context)
    : lockedSteps(found, pattern, path, source, room, context);
  if (found === null || pattern === null || steps === null) return null;
  const series: Checkpoint[] = [];
  for (const step of steps) {
    // Digits in place of the {step} of a legal pattern make no illegal place of it.
    const location = parseLocation(found.kind, pattern.render(step), context.root);
    if ('finding' in location) return null;
    series.push({ name: pattern.name(step), step, location: location.value });
  }
  reportNames(series, () => found.path, context);
  return narrow(series, input.select, path, context);
}

function hasSteps({ from, to, every, steps }: SeriesInput): boolean {
  return [from, to, every, steps].some((value) => value !== undefined);
}

/** The steps of a series that is whatever is there. @returns null where nobody has looked yet, or something was reported. */
function lockedSteps(
  found: Found | null,
  pattern: Pattern | null,
  path: Path,
  source: SourceOrNot,
  room: (count: number) => boolean,
  { stepsOf, problems }: Context,
): readonly number[] | null {
  if (found === null || pattern === null || source === null) return null;
  const { kind, text } = found;
  const steps = stepsOf({ model: String(path[1]), source: source ?? null, kind, pattern: text });
  if (steps === null) problems.value(path, messages.seriesNotLocked(path));
  return steps !== null && room(steps.length) ? steps : null;
}

interface Found {
  readonly kind: Kind;
  readonly text: string;
  readonly path: Path;
}

/** The one of subfolder, revision and folder that is given, if it fits the source. */
function findLocation(
  input: LocationInput,
  path: Path,
  source: SourceOrNot,
  { problems }: Context,
): Found | null {
  const given = kinds.filter((kind) => input[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    problems.value(path, messages.oneLocation(path, given));
    return null;
  }
  const at = [...path, kind];
  if (source === undefined && kind !== 'folder') problems.value(at, messages.missingSource.key(kind));
  if (source?.kind === 'folder' && kind === 'revision') problems.value(at, messages.revisionOfFolder());
  if (source?.kind === 'hub' && kind === 'folder') problems.value(at, messages.folderOfHub());
  const text = input[kind];
  return typeof text !== 'string' ? null : { kind, text, path: at };
}

function patternOf({ text, path }: Found, { problems }: Context): Pattern | null {
  const result = parsePattern(text);
  if ('pattern' in result) return result.pattern;
  const finding =
    'missing' in result ? messages.noPlaceholder(text) : messages.badPattern(text, result.badPlaceholder);
  problems.value(path, finding);
  return null;
}

/** @param written the text as the file has it, for messages */
function parseLocation(
  kind: Kind,
  text: string,
  root: string,
  written = text,
): Parsed<Exclude<CheckpointLocation, { kind: 'made' }>> {
  if (kind === 'folder') {
    const path = parsePath(text, root, written);
    return 'finding' in path ? path : { value: { kind, path: path.value } };
  }
  if (kind === 'subfolder') {
    const subfolder = parseSubfolder(text, written);
    return 'finding' in subfolder ? subfolder : { value: { kind, subfolder: subfolder.value } };
  }
  const revision = parseRevision(text, written);
  return 'finding' in revision ? revision : { value: { kind, revision: revision.value } };
}

function narrow(
  series: readonly Checkpoint[],
  input: SelectionInput | null | undefined,
  path: Path,
  { problems }: Context,
): readonly Checkpoint[] | null {
  const selection = normalizeSelection(input, everything);
  if (selection === null) return null;
  const at = [...path, 'select'];
  if (selection.kind === 'list') {
    for (const [index, item] of selection.items.entries()) {
      if (findCheckpoint(series, item) !== null) continue;
      problems.value([...at, index], messages.unknownCheckpoint.selected(item, series));
    }
  }
  return selectCheckpoints(series, selection);
}

interface Draft {
  readonly name: string;
  readonly step: number | null | undefined;
  readonly location: CheckpointLocation;
  readonly path: Path;
}

function fromList(
  input: readonly (CheckpointInput | null)[],
  path: Path,
  source: SourceOrNot,
  room: (count: number) => boolean,
  context: Context,
): readonly Checkpoint[] | null {
  if (!room(input.length)) return null;
  const drafts = input.map((item, index) => draft(item, [...path, index], source, context));
  if (drafts.some((each) => each === null)) return null;
  const complete = drafts.filter((each) => each !== null);
  const guessed = stepsOfNames(complete.map(({ name }) => name));
  const series = complete.map(({ name, step, location }, index) => ({
    name,
    step: step === undefined ? (guessed[index] ?? null) : step,
    location,
  }));
  reportNames(series, (index) => complete[index]?.path ?? path, context);
  reportRepeatedSteps(series, (index) => complete[index]?.path ?? path, context);
  return series.every(({ step }) => step !== null) ? series.toSorted(byStep) : series;
}

function draft(
  item: CheckpointInput | null,
  path: Path,
  source: SourceOrNot,
  context: Context,
): Draft | null {
  if (item === null) return null;
  if (typeof item === 'string' && source?.kind === 'hub') {
    context.problems.value(path, messages.ambiguousCheckpoint(item));
    return null;
  }
  const entry: CheckpointEntryInput = typeof item === 'string' ? { subfolder: item } : item;
  const found = findLocation(entry, path, source, context);
  if (found === null) return null;
  if (found.text.includes('{step')) {
    const finding = messages.patternInList(found.text, found.kind);
    context.problems.value(typeof item === 'string' ? path : found.path, finding);
    return null;
  }
  const location = parseLocation(found.kind, found.text, context.root);
  if ('finding' in location) {
    context.problems.value(typeof item === 'string' ? path : found.path, location.finding);
    return null;
  }
  if (entry.name === null) return null;
  return { name: entry.name ?? nameOf(location.value), step: entry.step, location: location.value, path };
}

/** A folder's last part; a whole revision, whose parts before a '/' may tell more (`stage1/step-1`). */
function nameOf(location: Exclude<CheckpointLocation, { kind: 'made' }>): string {
  if (location.kind === 'revision') return folderSafe(location.revision);
  const path = location.kind === 'folder' ? location.path : location.subfolder;
  return folderSafe(path.split(/[/\\]/).findLast((part) => part !== '') ?? path);
}

/** The numbers at the end of names that differ in nothing else: a number alone may be a version or a size. */
function stepsOfNames(names: readonly string[]): readonly (number | null)[] {
  const parts = names.map((name) => /^(.*?)(\d{1,15})$/.exec(name));
  const prefix = parts[0]?.[1];
  const alike = prefix !== undefined && parts.every((part) => part?.[1] === prefix);
  return alike && names.length > 1 ? parts.map((part) => Number(part?.[2])) : names.map(() => null);
}

function reportNames(
  series: readonly Checkpoint[],
  pathOf: (index: number) => Path,
  { problems }: Context,
): void {
  const seen = new Map<string, string>();
  for (const [index, { name }] of series.entries()) {
    const other = seen.get(name.toLowerCase());
    if (placeWords.includes(name)) problems.value(pathOf(index), messages.reservedName.checkpoint(name));
    else if (other === name) problems.value(pathOf(index), messages.duplicateCheckpoint(name));
    else if (other !== undefined)
      problems.value(pathOf(index), messages.sameFolder('checkpoints', name, other));
    seen.set(name.toLowerCase(), name);
  }
}

function reportRepeatedSteps(
  series: readonly Checkpoint[],
  pathOf: (index: number) => Path,
  { problems }: Context,
): void {
  const seen = new Set<number>();
  for (const [index, { step }] of series.entries()) {
    if (step === null) continue;
    if (seen.has(step)) problems.value(pathOf(index), messages.duplicateStep(step));
    seen.add(step);
  }
}

function byStep(a: Checkpoint, b: Checkpoint): number {
  return (a.step ?? 0) - (b.step ?? 0);
}
