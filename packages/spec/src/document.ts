/**
 * YAML text -> plain values, and where each of them stands. Knows nothing of pipelines.
 * Objects have no prototype, so that a key such as `__proto__` is a key like any other.
 */
import {
  lineAndColumn,
  MAX_YAML_ERRORS,
  MAX_YAML_TOKENS,
  parseYaml,
  type TextRange,
} from '@evalgraph/formats';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  visit as visitNodes,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { messages } from './messages.ts';
import { gatherProblems, type Path, type Places, type Problems, pathKey } from './problems.ts';
import { yamlSyntax } from './yaml-syntax.ts';

/** Values after aliases are followed. 2,500 listed checkpoints of three keys each are 10,000; a "billion laughs" is more. */
export const MAX_VALUES = 100_000;
/** A pipeline is 7 deep. */
const MAX_DEPTH = 32;

export interface SpecDocument {
  readonly places: Places;
  readonly value: unknown;
  /** What is wrong already; later phases add to it. */
  readonly problems: Problems;
  /** Keys of the mapping at `path` in the order of the file (objects move keys such as `360` to the front). */
  keysOf(path: Path): readonly string[];
}

interface Place {
  readonly key: TextRange | null;
  readonly value: TextRange;
}

/**
 * @param file what messages call the file
 * @throws UserError where the text is no YAML, or too large to follow: later phases would report consequences
 */
export function readYaml(text: string, file: string): SpecDocument {
  const options = {
    stringKeys: true,
    uniqueKeys: false,
    resolveKnownTags: false,
    schema: 'core',
  } as const;
  const document = parseYaml(text, options, messages.tooManyTokens(file, MAX_YAML_TOKENS));
  const placed = new Map<string, Place>();
  const keys = new Map<string, readonly string[]>();
  const places: Places = { file, text, rangeOf: (path, part) => findRange(placed, path, part) };
  const problems = gatherProblems(places);

  const syntaxErrors = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  for (const error of syntaxErrors.slice(0, MAX_YAML_ERRORS)) {
    // What the parser did not expect after another error, or at its very place, follows from it.
    const first = problems.count === 0;
    if (!first && ['UNEXPECTED_TOKEN', 'MISSING_CHAR', 'BAD_INDENT'].includes(error.code)) continue;
    const opening = findOpening(document, error.pos[0], text);
    const range = opening ?? error.pos;
    problems.range(range, yamlSyntax(error.code, error.message, text, range, opening !== null));
    if (error.code === 'RESOURCE_EXHAUSTION') break;
  }
  problems.throwIfAny();
  if (document.contents === null || text.trim() === '') {
    problems.range([0, 0], messages.emptyFile());
    problems.throwIfAny();
  }

  const value = walk(document.contents, { text, placed, keys, problems });
  return { places, value, problems, keysOf: (path) => keys.get(pathKey(path)) ?? [] };
}

const closings: Readonly<Record<string, string>> = { '{': '}', '[': ']', '"': '"', "'": "'" };

/** The bracket or quote that is still open where the parser gave up: it is there that something is missing. */
function findOpening(document: Document.Parsed, offset: number, text: string): TextRange | null {
  let found: TextRange | null = null;
  visitNodes(document, {
    Node(_, node) {
      const range = rangeOf(node as Node);
      if (range === null || range[0] >= offset || range[1] > offset + 1) return;
      const closing = closings[text[range[0]] ?? ''];
      const closed = range[1] - range[0] > 1 && text[range[1] - 1] === closing;
      if (closing !== undefined && !closed && range[1] >= offset - 1) found = [range[0], range[0] + 1];
    },
  });
  return found;
}

interface Walk {
  readonly text: string;
  readonly placed: Map<string, Place>;
  readonly keys: Map<string, readonly string[]>;
  readonly problems: Problems;
}

function walk(root: Node | null, { text, placed, keys, problems }: Walk): unknown {
  const anchors = new Map<string, Node>();
  const open = new Set<Node>();
  let values = 0;

  function visit(node: Node | null, path: Path, key: TextRange | null, reference: TextRange | null): unknown {
    const range = reference ?? rangeOf(node) ?? key ?? [0, 0];
    values++;
    if (values > MAX_VALUES || path.length > MAX_DEPTH) {
      const finding = values > MAX_VALUES ? messages.tooManyValues(MAX_VALUES) : messages.tooDeep(MAX_DEPTH);
      problems.range(range, finding);
      problems.throwIfAny();
    }
    // The value of a block mapping or list begins on the next line: its key shows better what is meant.
    // So it does where there is no value at all.
    const block = (isMap(node) || isSeq(node)) && node.flow !== true;
    const empty = range[0] === range[1];
    const named = key !== null && reference === null && (block || empty);
    placed.set(pathKey(path), { key, value: named ? key : range });

    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined && !open.has(target)) return visit(target, path, key, range);
      const circular = target !== undefined;
      problems.value(path, messages.badAlias(node.source, circular, [...anchors.keys()]));
      return null;
    }
    if (node === null) return null;
    if (!isMap(node) && !isSeq(node)) return isScalar(node) ? scalar(node) : null;

    const anchor = node.anchor;
    if (anchor !== undefined) anchors.set(anchor, node);
    open.add(node);
    const value = isMap(node) ? visitMap(node, path) : visitList(node, path);
    open.delete(node);
    return value;
  }

  function scalar(node: Scalar): unknown {
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    return typeof node.value === 'bigint' ? Number(node.value) : node.value;
  }

  function visitList(node: YAMLSeq, path: Path): unknown[] {
    return node.items.map((item, index) => visit(item as Node | null, [...path, index], null, null));
  }

  function visitMap(node: YAMLMap, path: Path): object {
    const result: Record<string, unknown> = Object.create(null);
    const first = new Map<string, TextRange>();
    for (const pair of node.items as Pair<Scalar, Node | null>[]) {
      const name = String(pair.key.value ?? '');
      const range = rangeOf(pair.key) ?? [0, 0];
      const before = first.get(name);
      if (before !== undefined) {
        problems.range(
          range,
          messages.duplicateKey(name, () => lineOf(before[0])),
        );
        continue;
      }
      first.set(name, range);
      result[name] = visit(pair.value, [...path, name], range, null);
    }
    keys.set(pathKey(path), [...first.keys()]);
    return result;
  }

  function lineOf(offset: number): number {
    return lineAndColumn(text, offset).line;
  }

  return visit(root, [], null, null);
}

/** Without the space and comments that follow. */
function rangeOf(node: Node | null): TextRange | null {
  const range = node?.range;
  return range === null || range === undefined ? null : [range[0], range[1]];
}

/** What is not there has the place of the key that it would stand under. */
function findRange(placed: ReadonlyMap<string, Place>, path: Path, part: 'key' | 'value'): TextRange {
  const place = placed.get(pathKey(path));
  if (place !== undefined) return part === 'key' ? (place.key ?? place.value) : place.value;
  if (path.length === 0) return [0, 0];
  if (path.length > 1) return findRange(placed, path.slice(0, -1), 'key');
  const root = placed.get(pathKey([]))?.value ?? [0, 0];
  return [root[0], root[0]];
}
