/**
 * The `configs:` of a data set's README.md (its card on the hub): which files are which split of which
 * configuration. Other things that a card says are no concern of this file.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { shape, suggest } from '@evalgraph/formats';
import type { Path } from '@evalgraph/spec';
import { readText, readYaml, type SpecDocument } from '@evalgraph/spec';
import { messages } from './messages.ts';

export interface CardConfig {
  readonly name: string;
  /** Below the data set's folder; '' is the folder itself. The patterns are relative to it. */
  readonly folder: string;
  /** Split -> patterns; null: the files' own names say it. */
  readonly splits: ReadonlyMap<string, readonly string[]> | null;
  readonly isDefault: boolean;
}

const CARD = 'README.md';
/** The keys of one configuration. What else stands there would change how its files are read. */
const KEYS = ['config_name', 'data_files', 'data_dir', 'default', 'description', 'version'];

/**
 * @param folder absolute @param shown what messages call it
 * @returns none where there is no card, or it names none
 * @throws UserError with each mistake's place in the card
 */
export function readCard(folder: string, shown: string): readonly CardConfig[] {
  const path = join(folder, CARD);
  if (!existsSync(path)) return [];
  const file = `${shown}/${CARD}`;
  const header = frontMatter(readText(path, file));
  if (header === null) return [];
  const document = readYaml(header, file);
  const { value, problems } = document;
  const configs = shape.isObject(value) ? value['configs'] : null;
  if (configs === undefined || configs === null) return [];
  if (!Array.isArray(configs)) problems.value(['configs'], messages.wrongType.cardConfigs());
  const read = Array.isArray(configs)
    ? configs.map((_, index) => readConfig(document, ['configs', index], configs[index]))
    : [];
  problems.throwIfAny();
  return read;
}

/** What stands between the first line's --- and the next; lines keep their numbers. */
function frontMatter(text: string): string | null {
  const found = /^\ufeff?---[ \t]*\r?\n([\s\S]*?\n)---[ \t]*(?:\r?\n|$)/.exec(text);
  return found?.[1] === undefined || found[1].trim() === '' ? null : `#\n${found[1]}`;
}

function readConfig(document: SpecDocument, path: Path, value: unknown): CardConfig {
  const { problems, keysOf } = document;
  const nothing = { name: '', folder: '', splits: null, isDefault: false };
  if (!shape.isObject(value)) {
    problems.value(path, messages.wrongType.cardConfigs());
    return nothing;
  }
  const { config_name: name, data_dir: folder, data_files: files } = value;
  if (typeof name !== 'string' || name === '') problems.key(path, messages.missingKey.cardName());
  for (const key of keysOf(path)) {
    if (!KEYS.includes(key))
      problems.key([...path, key], messages.unknownKey.ofCard(key, KEYS, suggest(key, KEYS)));
  }
  const inside = folder === undefined || folder === null ? '' : folder;
  if (typeof inside !== 'string' || !isInside(inside)) {
    problems.value([...path, 'data_dir'], messages.badDataPath(String(inside)));
    return nothing;
  }
  return {
    name: String(name),
    folder: inside.replace(/^\.?\/|\/$/g, ''),
    splits:
      files === undefined || files === null ? null : readSplits(document, [...path, 'data_files'], files),
    isDefault: value['default'] === true,
  };
}

/** A pattern, a list of patterns (both are train), or a list of { split, path }. */
function readSplits(
  document: SpecDocument,
  path: Path,
  value: unknown,
): ReadonlyMap<string, readonly string[]> {
  const { problems } = document;
  const patterns = textsOf(value);
  if (patterns !== null) return new Map([['train', checked(document, path, patterns)]]);
  const splits = new Map<string, readonly string[]>();
  for (const [index, entry] of (Array.isArray(value) ? value : [null]).entries()) {
    const { split, path: files } = shape.isObject(entry) ? entry : {};
    const texts = textsOf(files);
    if (typeof split !== 'string' || texts === null || splits.has(split)) {
      problems.value(Array.isArray(value) ? [...path, index] : path, messages.wrongType.cardFiles());
      continue;
    }
    splits.set(split, checked(document, [...path, index, 'path'], texts));
  }
  return splits;
}

function checked({ problems }: SpecDocument, path: Path, patterns: readonly string[]): readonly string[] {
  const bad = patterns.find((pattern) => !isInside(pattern));
  if (bad !== undefined) problems.value(path, messages.badDataPath(bad));
  return patterns.map((pattern) => pattern.replace(/^(?:\.\/)+/, ''));
}

function textsOf(value: unknown): readonly string[] | null {
  const items = Array.isArray(value) ? value : [value];
  return items.length > 0 && items.every((item) => typeof item === 'string') ? items : null;
}

/** Neither absolute nor above: a card comes from a stranger. */
function isInside(path: string): boolean {
  return (
    !/[\\\0]/.test(path) && !path.startsWith('/') && !path.includes('://') && !path.split('/').includes('..')
  );
}
