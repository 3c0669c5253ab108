/** A dataset.yaml -> DataSet, or everything that is wrong with it, each with its line. Looks at no data file. */
import { shape, suggest } from '@evalgraph/formats';
import type { Path } from '@evalgraph/spec';
import { readYaml, type SpecDocument } from '@evalgraph/spec';
import { messages } from './messages.ts';

/** Split -> paths or patterns with `*`, relative to the data set's folder. */
export type SplitFiles = ReadonlyMap<string, readonly string[]>;

export interface DataSet {
  readonly name: string;
  /** What `dataset_path` says in tasks: `path`, else the name. */
  readonly path: string;
  /** The revision of the hub's repository; null where it is not said. */
  readonly revision: string | null;
  /** Where it is written, relative to the workspace root. */
  readonly file: string;
  /** The configurations by `dataset_name`; a name with `{name}` in it is a pattern. */
  readonly configs: ReadonlyMap<string, SplitFiles>;
  /** Whoever expands patterns reports through it, at their place. */
  readonly document: SpecDocument;
}

const KEYS = ['name', 'description', 'path', 'revision', 'licence', 'source', 'splits', 'configs'];
const TEXTS = ['name', 'description', 'path', 'licence', 'source', 'revision'];
const EXAMPLE = 'configs: { default: { test: test.parquet } }';

/** @throws UserError with every problem of the file. */
export function parseDataSet(text: string, file: string): DataSet {
  const document = readYaml(text, file);
  const { problems, value, keysOf } = document;
  if (!shape.isObject(value)) {
    problems.value([], messages.wrongType.mapping('A dataset.yaml', 'name: mmlu'));
    problems.throwIfAny();
    return { name: '', path: '', revision: null, file, configs: new Map(), document };
  }
  for (const key of keysOf([])) {
    if (!KEYS.includes(key))
      problems.key([key], messages.unknownKey.ofDataset(key, KEYS, suggest(key, KEYS)));
  }
  for (const key of TEXTS) {
    const text = value[key] ?? null;
    if (text !== null && typeof text !== 'string') problems.value([key], messages.wrongType.text(`'${key}'`));
  }
  const name = textOf(value['name']);
  if (name === null && (value['name'] ?? '') === '') problems.key([], messages.missingKey.name());
  if (value['splits'] !== undefined && value['configs'] !== undefined) {
    problems.key(['splits'], messages.splitsAndConfigs());
  }
  const configs = readConfigs(document, value);
  problems.throwIfAny();
  return {
    name: name ?? '',
    path: textOf(value['path']) ?? name ?? '',
    revision: textOf(value['revision']),
    file,
    configs,
    document,
  };
}

function readConfigs(
  document: SpecDocument,
  value: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, SplitFiles> {
  const { problems, keysOf } = document;
  if (value['configs'] === undefined) {
    const splits = value['splits'];
    return splits === undefined || splits === null
      ? new Map()
      : new Map([['default', readSplits(document, ['splits'], splits)]]);
  }
  const configs = value['configs'];
  if (!shape.isObject(configs)) {
    problems.value(['configs'], messages.wrongType.mapping("'configs'", EXAMPLE));
    return new Map();
  }
  const read = new Map<string, SplitFiles>();
  for (const name of keysOf(['configs'])) {
    if (/[{}]/.test(name) && !/^[^{}]*\{name\}[^{}]*$/.test(name)) {
      problems.key(['configs', name], messages.badConfigPattern(name));
    }
    read.set(name, readSplits(document, ['configs', name], configs[name]));
  }
  return read;
}

/** A split is a path, a list of paths, or { file, rows } (rows being for the reader of the YAML). */
function readSplits(document: SpecDocument, path: Path, value: unknown): SplitFiles {
  const { problems, keysOf } = document;
  if (!shape.isObject(value)) {
    problems.value(path, messages.wrongType.mapping(`'${path.join('.')}'`, EXAMPLE));
    return new Map();
  }
  const splits = new Map<string, readonly string[]>();
  for (const split of keysOf(path)) {
    const entry = value[split];
    const inner = shape.isObject(entry) ? (entry['file'] ?? entry['files']) : entry;
    const files = Array.isArray(inner) ? inner : [inner];
    const at = [...path, split];
    if (files.length === 0 || !files.every((file) => typeof file === 'string')) {
      problems.value(at, messages.wrongType.text(`A file of '${split}'`));
      continue;
    }
    const bad = files.find((file) => !isInside(file));
    if (bad !== undefined) problems.value(at, messages.badDataPath(bad));
    splits.set(split, files);
  }
  return splits;
}

function isInside(path: string): boolean {
  const parts = path.split('/');
  return path !== '' && !/[\\\0]/.test(path) && parts.every((part) => part !== '' && part !== '..');
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
