/**
 * Python's str methods where JavaScript's differ: what white space is, code points instead of UTF-16 units,
 * title case. Functions take and return plain strings.
 */
import { repeated, weighCharacters, weighText } from './meter.ts';
import { lastIndex, searchIn, weighSearch } from './search.ts';
import { spend } from './spending.ts';

/** str.isspace and what strip() removes; JavaScript's \s differs at six code points. */
export const WHITE_SPACE =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const LEADING = new RegExp(`^[${WHITE_SPACE}]+`);
const RUNS = new RegExp(`[${WHITE_SPACE}]+`);
const ALL = new RegExp(`^[${WHITE_SPACE}]*$`);
const ONE = new RegExp(`^[${WHITE_SPACE}]$`);

export function isSpace(char: string | undefined): boolean {
  return char !== undefined && ONE.test(char);
}

const SURROGATE = /[\ud800-\udfff]/;

export function codePoints(text: string): readonly string[] {
  weighCharacters(text);
  return SURROGATE.test(text) ? [...text] : text.split('');
}

/** len(text). */
export function codePointLength(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  weighCharacters(text);
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** text[start:stop], both within it, in code points. */
export function slicePoints(text: string, start: number, stop?: number): string {
  if (!SURROGATE.test(text)) return text.slice(start, stop);
  return codePoints(text).slice(start, stop).join('');
}

export function lstrip(text: string, chars: string | null = null): string {
  weighText(text.length);
  if (chars === null) return text.replace(LEADING, '');
  weighCharacters(chars);
  const set = new Set(chars);
  let start = 0;
  for (const char of text) {
    if (!set.has(char)) break;
    start += char.length;
  }
  return text.slice(start);
}

/** Characters after which a loop that may end early says what it cost. */
const WEIGHED_AT_ONCE = 1024;

export function rstrip(text: string, chars: string | null = null): string {
  if (chars !== null) weighCharacters(chars);
  const set = chars === null ? null : new Set(chars);
  let end = text.length;
  // A pattern with $ is quadratic on long inner runs of white space.
  while (end > 0) {
    const isPair = end > 1 && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(end - 2, end));
    const char = text.slice(end - (isPair ? 2 : 1), end);
    if (!(set === null ? isSpace(char) : set.has(char))) break;
    end -= char.length;
    if (end % WEIGHED_AT_ONCE === 0) spend(WEIGHED_AT_ONCE / 4);
  }
  return text.slice(0, end);
}

export function strip(text: string, chars: string | null = null): string {
  return lstrip(rstrip(text, chars), chars);
}

/** Whether `strip` leaves nothing; U+FEFF is no white space, unlike in JavaScript. */
export function isBlank(text: string): boolean {
  return ALL.test(text);
}

/** str.split(): with a separator every piece; without one runs of white space separate and edges vanish. */
export function split(text: string, separator: string | null, maxSplit = -1): string[] {
  weighCharacters(text);
  if (separator !== null) weighSearch(text, separator);
  const limit = maxSplit < 0 ? Number.POSITIVE_INFINITY : maxSplit;
  const pieces: string[] = [];
  if (separator !== null) {
    const search = searchIn(text, separator);
    let from = 0;
    while (pieces.length < limit) {
      const found = search.next(from);
      if (found === -1) break;
      pieces.push(text.slice(from, found));
      from = found + separator.length;
    }
    return [...pieces, text.slice(from)];
  }
  const run = new RegExp(RUNS, 'g');
  let from = text.length - lstrip(text).length;
  while (from < text.length && pieces.length < limit) {
    run.lastIndex = from;
    const found = run.exec(text);
    pieces.push(text.slice(from, found?.index));
    from = found === null ? text.length : run.lastIndex;
  }
  return from < text.length ? [...pieces, text.slice(from)] : pieces;
}

export function rsplit(text: string, separator: string | null, maxSplit = -1): string[] {
  if (maxSplit < 0) return split(text, separator);
  weighCharacters(text);
  // Pieces are gathered from the end and turned round at last, since putting each piece first is quadratic.
  const pieces: string[] = [];
  let rest = separator === null ? rstrip(text) : text;
  while (pieces.length < maxSplit && (separator !== null || rest !== '')) {
    if (separator === null) {
      const word = rest.slice(lastSpace(rest) + 1);
      pieces.push(word);
      rest = rstrip(rest.slice(0, rest.length - word.length));
    } else {
      const at = lastIndex(rest, separator);
      if (at === -1) break;
      pieces.push(rest.slice(at + separator.length));
      rest = rest.slice(0, at);
    }
  }
  if (!(separator === null && rest === '')) pieces.push(rest);
  return pieces.reverse();
}

function lastSpace(text: string): number {
  let at = text.length - 1;
  while (at >= 0 && !isSpace(text[at])) at -= 1;
  return at;
}

const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

export function splitLines(text: string, keepEnds = false): string[] {
  weighCharacters(text);
  const end = new RegExp(LINE_END, 'g');
  const lines: string[] = [];
  let from = 0;
  for (let found = end.exec(text); found !== null; found = end.exec(text)) {
    lines.push(text.slice(from, keepEnds ? end.lastIndex : found.index));
    from = end.lastIndex;
  }
  if (from < text.length) lines.push(text.slice(from));
  return lines;
}

/** Title-case forms where they differ from upper case: Python capitalises "ǆ" to "ǅ", "ß" to "Ss", "ﬁ" to "Fi". */
function titleCase(char: string): string {
  const digraphs: Readonly<Record<string, string>> = {
    Ǆ: 'ǅ',
    ǅ: 'ǅ',
    ǆ: 'ǅ',
    Ǉ: 'ǈ',
    ǈ: 'ǈ',
    ǉ: 'ǈ',
    Ǌ: 'ǋ',
    ǋ: 'ǋ',
    ǌ: 'ǋ',
    Ǳ: 'ǲ',
    ǲ: 'ǲ',
    ǳ: 'ǲ',
  };
  const digraph = digraphs[char];
  if (digraph !== undefined) return digraph;
  const code = char.codePointAt(0) ?? 0;
  // Georgian Mkhedruli has capitals but no title case; Greek with iota subscript has title-case letters.
  if (code >= 0x10d0 && code <= 0x10ff) return char;
  if (code >= 0x1f80 && code <= 0x1faf) return String.fromCodePoint(code | 8);
  if (code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) return String.fromCodePoint(code + 9);
  if (code === 0x1fbc || code === 0x1fcc || code === 0x1ffc) return char;
  const upper = [...char.toUpperCase()];
  if (upper.length === 1) return upper[0] ?? char;
  const iota = upper.at(-1) === '\u0399' && char.normalize('NFD').endsWith('\u0345');
  if (iota) return `${upper.slice(0, -1).join('')}\u0345`;
  const head = upper[0] ?? '';
  return /\p{Lu}/u.test(head) ? head + upper.slice(1).join('').toLowerCase() : upper.join('');
}

export function capitalize(text: string): string {
  weighText(text.length);
  const first = text.codePointAt(0);
  if (first === undefined) return '';
  const head = String.fromCodePoint(first);
  // Lower-cased as one text, since a final sigma depends on what stands before it.
  const tail = text.toLowerCase().slice(head.toLowerCase().length);
  return titleCase(head) + tail;
}

export function title(text: string): string {
  weighCharacters(text);
  let out = '';
  let inWord = false;
  for (const [char, low] of lowered(text)) {
    out += inWord ? low : titleCase(char);
    inWord = /\p{Cased}/u.test(char);
  }
  return out;
}

/** Each character and its lower case; a sigma looks at its neighbours, so it is taken from the whole text's. */
function* lowered(text: string): Generator<readonly [char: string, low: string]> {
  const lower = text.toLowerCase();
  let at = 0;
  for (const char of text) {
    const own = char.toLowerCase();
    yield [char, char === 'Σ' ? (lower[at] ?? own) : own];
    at += own.length;
  }
}

export function swapCase(text: string): string {
  weighCharacters(text);
  let out = '';
  for (const [char, low] of lowered(text)) {
    if (/\p{Uppercase}/u.test(char)) out += low;
    else out += /\p{Lowercase}/u.test(char) ? char.toUpperCase() : char;
  }
  return out;
}

/** str.casefold */
export function caseFold(text: string): string {
  return codePoints(text)
    .map((char) => {
      const code = char.codePointAt(0) ?? 0;
      // Cherokee folds to its capitals, which came first.
      if ((code >= 0x13a0 && code <= 0x13ff) || (code >= 0xab70 && code <= 0xabbf)) return char.toUpperCase();
      if (char === 'ı') return char;
      if (char === 'ẞ') return 'ss';
      return codePoints(char.toUpperCase())
        .map((upper) => upper.toLowerCase())
        .join('');
    })
    .join('');
}

export function isLower(text: string): boolean {
  weighText(text.length);
  return /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text);
}

export function isUpper(text: string): boolean {
  weighText(text.length);
  return /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);
}

export function isTitle(text: string): boolean {
  weighText(text.length);
  let inWord = false;
  let cased = false;
  for (const char of text) {
    if (/[\p{Uppercase}\p{Lt}]/u.test(char)) {
      if (inWord) return false;
      inWord = true;
      cased = true;
    } else if (/\p{Lowercase}/u.test(char)) {
      if (!inWord) return false;
      cased = true;
    } else inWord = false;
  }
  return cased;
}

/** Characters of other kinds than numbers that have a value. */
const NUMERALS = new Set(
  '㐅㒃㠪㭍一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卄卅卌叁参參叄四壱壹幺廾廿弌弍弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零參拾兩零六陸什' +
    '𠀁𠁤𠃢𠄡𠤪𠦃𠦌𠦜𠫪𠫽𠬙𢎐𢦘𣬛𦉭廾',
);

export function isNumeric(text: string): boolean {
  weighText(text.length);
  return text !== '' && codePoints(text).every((char) => /\p{N}/u.test(char) || NUMERALS.has(char));
}

/** str.center: an odd rest stands on the right, or on the left where the width is odd too. */
export function center(text: string, width: number, fill = ' '): string {
  const missing = Math.max(0, width - codePointLength(text));
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return repeated(fill, left) + text + repeated(fill, missing - left);
}

/** str.expandtabs */
export function expandTabs(text: string, size: number): string {
  weighText(text.length * (text.includes('\t') ? Math.max(1, size) : 1));
  let column = 0;
  let out = '';
  for (const char of text) {
    if (char === '\t') {
      const spaces = size > 0 ? size - (column % size) : 0;
      out += ' '.repeat(spaces);
      column += spaces;
    } else {
      out += char;
      column = char === '\n' || char === '\r' ? 0 : column + 1;
    }
  }
  return out;
}

/** What str.isdigit takes beside decimal digits: superscripts, circled digits and digits of some old scripts. */
const OTHER_DIGITS =
  '\\u{b2}\\u{b3}\\u{b9}\\u{1369}-\\u{1371}\\u{19da}\\u{2070}\\u{2074}-\\u{2079}\\u{2080}-\\u{2089}\\u{2460}-\\u{2468}' +
  '\\u{2474}-\\u{247c}\\u{2488}-\\u{2490}\\u{24ea}\\u{24f5}-\\u{24fd}\\u{24ff}\\u{2776}-\\u{277e}\\u{2780}-\\u{2788}' +
  '\\u{278a}-\\u{2792}\\u{10a40}-\\u{10a43}\\u{10e60}-\\u{10e68}\\u{11052}-\\u{1105a}\\u{1f100}-\\u{1f10a}';
const DIGITS = new RegExp(`^[\\p{Nd}${OTHER_DIGITS}]+$`, 'u');

/** str.isdigit: decimal digits of every script, and superscripts and the like. */
export function isDigit(text: string): boolean {
  weighText(text.length);
  return DIGITS.test(text);
}

export function isDecimal(text: string): boolean {
  weighText(text.length);
  return text !== '' && /^\p{Nd}+$/u.test(text);
}

/** str.replace(old, new, count). */
export function replace(text: string, old: string, by: string, count = -1): string {
  const limit = count < 0 ? Number.POSITIVE_INFINITY : count;
  if (limit === 0) return text;
  if (old === '') return insertEverywhere(text, by, limit);
  const pieces = split(text, old, count);
  weighText(text.length + (pieces.length - 1) * by.length);
  return pieces.join(by);
}

function insertEverywhere(text: string, by: string, limit: number): string {
  const points = codePoints(text);
  const times = Math.min(points.length + 1, limit);
  weighText(text.length + times * by.length);
  return (
    points.map((point, index) => (index < times ? by + point : point)).join('') +
    (times > points.length ? by : '')
  );
}

/** Python's slice indices over a sequence of `size` items, for any step but 0. */
export function sliceIndices(
  size: number,
  start: number | null,
  stop: number | null,
  step: number,
): readonly number[] {
  const clamp = (index: number, low: number, high: number): number => {
    const from = index < 0 ? index + size : index;
    return Math.min(Math.max(from, low), high);
  };
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const from = start === null ? (step > 0 ? 0 : size - 1) : clamp(start, low, high);
  const to = stop === null ? (step > 0 ? size : -1) : clamp(stop, low, high);
  const indices: number[] = [];
  for (let index = from; step > 0 ? index < to : index > to; index += step) indices.push(index);
  return indices;
}

/** What str.isprintable refuses: separators but the space, controls, formats, surrogates, unassigned. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/u;

/** str.isprintable */
export function isPrintable(text: string): boolean {
  if (/^[ -~]*$/.test(text)) return true;
  for (const char of text) if (char !== ' ' && UNPRINTABLE.test(char)) return false;
  return true;
}

/** Digits of any script -> 0 to 9. Each script's ten stand in order, and the zero is the first that is a digit. */
export function decimalDigits(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return text.replace(/\p{Nd}/gu, (digit) => String(digitValue(digit.codePointAt(0) ?? 0)));
}

/** Runs of \p{Nd} are whole scripts of ten, so the place in a run tells the value. */
function digitValue(code: number): number {
  let start = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(start - 1))) start -= 1;
  return (code - start) % 10;
}
