/**
 * Python's `re` on JavaScript's engine: the pattern is rewritten token by token into one for the `v` flag, so that
 * \s, \w, \b, $ and . mean what they mean in Python. What has no counterpart is an error, never an approximation.
 * Bounded in the pattern's length and in time (regex-guard.ts).
 */
import { guarded, regexCost } from './regex-guard.ts';
import { WHITE_SPACE } from './text.ts';
import { PythonError } from './value.ts';

const MAX_PATTERN = 10_000;
/** Classes of Unicode properties in the translation (\\w has two, \\b eight): V8 compiles one in up to 3 ms. */
const MAX_PROPERTIES = 300;
const WORD = '\\p{L}\\p{N}_';
const CLASSES: Readonly<Record<string, string>> = {
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  s: `[${WHITE_SPACE}]`,
  S: `[^${WHITE_SPACE}]`,
  w: `[${WORD}]`,
  W: `[^${WORD}]`,
};
const ANCHORS: Readonly<Record<string, string>> = {
  A: '(?<![\\s\\S])',
  Z: '(?![\\s\\S])',
  // In a look-ahead: V8 compiles what follows once for each alternative, and \b\b\b… would double that each time.
  b: `(?=(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`,
  B: `(?=(?<=[${WORD}])(?=[${WORD}])|(?<![${WORD}])(?![${WORD}]))`,
};
const CONTROL: Readonly<Record<string, string>> = {
  a: '\\x07',
  f: '\\f',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  v: '\\v',
};
const SYNTAX = /[\^$\\.*+?()[\]{}|/]/;
const CLASS_PUNCTUATION = /[\^$\\.*+?()[\]{}|/\-&!#%,:;<=>@`~]/;

export interface PythonRegex {
  /** re.findall: the match, its one group, or its groups; a group that took no part is ''. */
  findAll(text: string): readonly (string | readonly string[])[];
  /** re.sub with Python's replacement templates; count 0 replaces all. */
  sub(replacement: string, text: string, count?: number): string;
  split(text: string): string[];
  test(text: string): boolean;
}

const compiled = new Map<string, PythonRegex>();

/** re.compile(pattern). @throws PythonError where Python's pattern is wrong or has no counterpart here. */
export function compileRegex(pattern: string): PythonRegex {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const { source, flags } = translateRegex(pattern);
  const engine = build(pattern, source, flags);
  const cost = regexCost(source);
  const guard = <T>(text: string, work: () => T): T => guarded(pattern, cost, text.length, work);
  const matchesOf = (text: string): readonly RegExpExecArray[] =>
    guard(text, () => [...text.matchAll(engine)]);
  const regex: PythonRegex = {
    findAll: (text) =>
      matchesOf(text).map((match) => {
        if (match.length === 1) return match[0];
        const groups = match.slice(1).map((group) => group ?? '');
        return groups.length === 1 ? (groups[0] ?? '') : groups;
      }),
    sub: (replacement, text, count = 0) => {
      const expand = replacementOf(replacement);
      let done = 0;
      const replaced = (...args: unknown[]): string => {
        const whole = String(args[0]);
        if (count > 0 && done >= count) return whole;
        done += 1;
        return expand(args);
      };
      return guard(text, () => {
        done = 0;
        return text.replace(engine, replaced);
      });
    },
    split: (text) => {
      const pieces: string[] = [];
      let from = 0;
      for (const match of matchesOf(text)) {
        pieces.push(text.slice(from, match.index), ...match.slice(1).map((group) => group ?? ''));
        from = match.index + match[0].length;
      }
      return [...pieces, text.slice(from)];
    },
    test: (text) => guard(text, () => text.search(engine) !== -1),
  };
  compiled.set(pattern, regex);
  return regex;
}

function build(pattern: string, source: string, flags: string): RegExp {
  try {
    return new RegExp(source, `${flags}g`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return unsupported(pattern, `cannot be run: ${error.message}`);
  }
}

/** re.escape. */
export function escapeRegex(text: string): string {
  return text.replace(/[()[\]{}?*+\-|^$\\.&~# \t\n\r\v\f]/g, (char) => `\\${char}`);
}

/** The JavaScript source and flags (without g) of a Python pattern. */
export function translateRegex(pattern: string): { source: string; flags: string } {
  if (pattern.length > MAX_PATTERN) unsupported(pattern, `is longer than ${MAX_PATTERN} characters`);
  const global = /^\(\?([aiLmsux]+)\)/.exec(pattern);
  const flagLetters = new Set(global?.[1] ?? '');
  for (const letter of 'aLx') {
    if (flagLetters.has(letter)) unsupported(pattern, `uses the flag ${letter}`);
  }
  const dotAll = flagLetters.has('s');
  const multiline = flagLetters.has('m');
  let at = global?.[0].length ?? 0;
  let source = '';
  while (at < pattern.length) {
    const char = pattern[at] ?? '';
    if (char === '\\') {
      const [piece, size] = escapeOutside(pattern, at);
      source += piece;
      at += size;
    } else if (char === '[') {
      const [piece, size] = characterClass(pattern, at);
      source += piece;
      at += size;
    } else if (char === '(') {
      const [piece, size] = groupStart(pattern, at);
      source += piece;
      at += size;
    } else if (char === '{') {
      const quantifier = /^\{(\d*)(,?)(\d*)\}/.exec(pattern.slice(at));
      const [whole = '', low = '', comma = '', high = ''] = quantifier ?? [];
      const isQuantifier = quantifier !== null && (low !== '' || (comma !== '' && high !== ''));
      source += isQuantifier ? `{${low === '' ? '0' : low}${comma}${high}}` : '\\{';
      at += isQuantifier ? whole.length : 1;
    } else {
      if ((char === '+' || char === '*' || char === '?') && pattern[at + 1] === '+') {
        unsupported(pattern, 'uses a possessive quantifier');
      }
      source += plain(char, dotAll, multiline);
      at += 1;
    }
  }
  if ((source.match(/\\p\{/gi)?.length ?? 0) > MAX_PROPERTIES)
    unsupported(pattern, 'has too many \\w, \\b and \\d');
  return { source, flags: flagLetters.has('i') ? 'iv' : 'v' };
}

function plain(char: string, dotAll: boolean, multiline: boolean): string {
  if (char === '.') return dotAll ? '[\\s\\S]' : '[^\\n]';
  if (char === '^') return multiline ? '(?<![^\\n])' : '(?<![\\s\\S])';
  if (char === '$') return multiline ? '(?![^\\n])' : '(?=\\n?(?![\\s\\S]))';
  return char === '}' || char === ']' || char === '/' ? `\\${char}` : char;
}

function groupStart(pattern: string, at: number): readonly [string, number] {
  const rest = pattern.slice(at);
  const named = /^\(\?P<(\w+)>/.exec(rest);
  if (named !== null) return [`(?<${named[1]}>`, named[0].length];
  const back = /^\(\?P=(\w+)\)/.exec(rest);
  if (back !== null) return [`\\k<${back[1]}>`, back[0].length];
  const comment = /^\(\?#[^)]*\)/.exec(rest);
  if (comment !== null) return ['', comment[0].length];
  const kept = /^\(\?(?::|=|!|<=|<!|[is]+:|-[is]+:)/.exec(rest);
  if (kept !== null) {
    if (/s/.test(kept[0])) unsupported(pattern, 'switches the flag s inside a group');
    return [kept[0], kept[0].length];
  }
  if (rest.startsWith('(?')) unsupported(pattern, `uses ${rest.slice(0, 4)}, which has no counterpart`);
  return ['(', 1];
}

function escapeOutside(pattern: string, at: number): readonly [string, number] {
  const char = pattern[at + 1];
  if (char === undefined) unsupported(pattern, 'ends in a single backslash');
  const anchor = ANCHORS[char];
  if (anchor !== undefined) return [anchor, 2];
  const reference = /^\\([1-9][0-9]?)/.exec(pattern.slice(at));
  if (reference !== null) return [`(?:\\${reference[1]})`, reference[0].length];
  return sharedEscape(pattern, at, SYNTAX);
}

/** An escape that means the same inside and outside of a class: [piece, characters read]. */
function sharedEscape(pattern: string, at: number, special: RegExp): readonly [string, number] {
  const char = pattern[at + 1] ?? '';
  const piece = CLASSES[char] ?? CONTROL[char];
  if (piece !== undefined) return [piece, 2];
  const code = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(0[0-7]{0,2}))/.exec(
    pattern.slice(at),
  );
  if (code !== null) {
    const [whole, x, u, U, octal] = code;
    const value = octal === undefined ? Number.parseInt(x ?? u ?? U ?? '', 16) : Number.parseInt(octal, 8);
    return [`\\u{${value.toString(16)}}`, whole.length];
  }
  if (/[A-Za-z0-9]/.test(char)) unsupported(pattern, `holds the unknown escape \\${char}`);
  const point = String.fromCodePoint(pattern.codePointAt(at + 1) ?? 0);
  return [special.test(point) ? `\\${point}` : point, 1 + point.length];
}

function characterClass(pattern: string, start: number): readonly [string, number] {
  let at = start + 1;
  let out = '[';
  if (pattern[at] === '^') {
    out += '^';
    at += 1;
  }
  let first = true;
  for (;;) {
    const char = pattern[at];
    if (char === undefined) unsupported(pattern, 'has a [ without its ]');
    if (char === ']' && !first) break;
    first = false;
    const [low, lowSize] = classItem(pattern, at);
    at += lowSize;
    if (pattern[at] === '-' && pattern[at + 1] !== ']' && pattern[at + 1] !== undefined) {
      const [high, highSize] = classItem(pattern, at + 1);
      out += `${low}-${high}`;
      at += 1 + highSize;
    } else out += low;
  }
  return [`${out}]`, at + 1 - start];
}

function classItem(pattern: string, at: number): readonly [string, number] {
  if (pattern[at] === '\\') {
    if (pattern[at + 1] === 'b') return ['\\x08', 2];
    return sharedEscape(pattern, at, CLASS_PUNCTUATION);
  }
  const point = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
  return [CLASS_PUNCTUATION.test(point) ? `\\${point}` : point, point.length];
}

function replacementOf(template: string): (match: readonly unknown[]) => string {
  const parts: (string | { readonly group: string })[] = [];
  const token = /\\(?:g<(\w+)>|([1-9][0-9]?)|([\s\S]))/g;
  let from = 0;
  for (const match of template.matchAll(token)) {
    parts.push(template.slice(from, match.index));
    from = match.index + match[0].length;
    const group = match[1] ?? match[2];
    const char = match[3] ?? '';
    if (group !== undefined) parts.push({ group });
    else if (char === '\\') parts.push('\\');
    else if (char === 'n' || char === 't' || char === 'r') parts.push({ n: '\n', t: '\t', r: '\r' }[char]);
    else if (/[A-Za-z0-9]/.test(char))
      throw new PythonError('re.error', `bad escape \\${char} in a replacement`);
    else parts.push(`\\${char}`);
  }
  parts.push(template.slice(from));
  return (match) =>
    parts
      .map((part) => {
        if (typeof part === 'string') return part;
        const named = match.at(-1);
        const value = /^\d+$/.test(part.group)
          ? match[Number(part.group)]
          : typeof named === 'object' && named !== null
            ? (named as Record<string, unknown>)[part.group]
            : undefined;
        return typeof value === 'string' ? value : '';
      })
      .join('');
}

function unsupported(pattern: string, why: string): never {
  throw new PythonError('re.error', `the regular expression ${JSON.stringify(pattern.slice(0, 80))} ${why}`);
}
