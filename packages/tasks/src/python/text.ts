/**
 * Python's str methods where JavaScript's differ: what white space is, code points instead of UTF-16 units,
 * title case. Functions take and return plain strings.
 */
/** str.isspace and what strip() removes; JavaScript's \s differs at six code points. */
export const WHITE_SPACE =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const LEADING = new RegExp(`^[${WHITE_SPACE}]+`);
const RUNS = new RegExp(`[${WHITE_SPACE}]+`);
const ONE = new RegExp(`^[${WHITE_SPACE}]$`);

export function isSpace(char: string | undefined): boolean {
  return char !== undefined && ONE.test(char);
}

export function codePoints(text: string): readonly string[] {
  return [...text];
}

/** len(text). */
export function length(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

export function lstrip(text: string, chars: string | null = null): string {
  if (chars === null) return text.replace(LEADING, '');
  const set = new Set(chars);
  const points = [...text];
  let start = 0;
  while (start < points.length && set.has(points[start] ?? '')) start += 1;
  return points.slice(start).join('');
}

export function rstrip(text: string, chars: string | null = null): string {
  if (chars === null) {
    // A pattern with $ is quadratic on long inner runs of white space.
    let length = text.length;
    while (length > 0 && isSpace(text[length - 1])) length -= 1;
    return text.slice(0, length);
  }
  const set = new Set(chars);
  const points = [...text];
  let end = points.length;
  while (end > 0 && set.has(points[end - 1] ?? '')) end -= 1;
  return points.slice(0, end).join('');
}

export function strip(text: string, chars: string | null = null): string {
  return lstrip(rstrip(text, chars), chars);
}

/** str.split(): with a separator every piece; without one runs of white space separate and edges vanish. */
export function split(text: string, separator: string | null, maxSplit = -1): string[] {
  if (separator === null) {
    const pieces: string[] = [];
    let rest = lstrip(text);
    while (rest !== '') {
      const found = RUNS.exec(rest);
      if (found === null) {
        pieces.push(rest);
        break;
      }
      if (maxSplit >= 0 && pieces.length >= maxSplit) {
        pieces.push(rest);
        break;
      }
      pieces.push(rest.slice(0, found.index));
      rest = rest.slice(found.index + found[0].length);
    }
    return pieces;
  }
  const pieces = text.split(separator);
  if (maxSplit < 0 || pieces.length <= maxSplit + 1) return pieces;
  return [...pieces.slice(0, maxSplit), pieces.slice(maxSplit).join(separator)];
}

export function rsplit(text: string, separator: string | null, maxSplit = -1): string[] {
  if (maxSplit < 0) return split(text, separator);
  if (separator === null) {
    const reversed = split([...text].reverse().join(''), null, maxSplit);
    return reversed.map((piece) => [...piece].reverse().join('')).reverse();
  }
  const pieces = text.split(separator);
  if (pieces.length <= maxSplit + 1) return pieces;
  const cut = pieces.length - maxSplit;
  return [pieces.slice(0, cut).join(separator), ...pieces.slice(cut)];
}

const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

export function splitLines(text: string): string[] {
  const pieces = text.split(new RegExp(LINE_END, 'g'));
  if (pieces.at(-1) === '') pieces.pop();
  return pieces;
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
  const first = text.codePointAt(0);
  if (first === undefined) return '';
  const head = String.fromCodePoint(first);
  // Lower-cased as one text, since a final sigma depends on what stands before it.
  const tail = text.toLowerCase().slice(head.toLowerCase().length);
  return titleCase(head) + tail;
}

export function title(text: string): string {
  const lower = text.toLowerCase();
  let out = '';
  let at = 0;
  let inWord = false;
  for (const char of text) {
    out += inWord ? lowerAt(text, lower, char, at) : titleCase(char);
    inWord = /\p{Cased}/u.test(char);
    at += char.length;
  }
  return out;
}

/** One character in lower case; a sigma looks at its neighbours, so it is taken from the whole text's. */
function lowerAt(text: string, lower: string, char: string, at: number): string {
  if (char !== 'Σ') return char.toLowerCase();
  return lower[text.slice(0, at).toLowerCase().length] ?? char;
}

export function swapCase(text: string): string {
  return [...text].map((char) => (/\p{Lu}/u.test(char) ? char.toLowerCase() : char.toUpperCase())).join('');
}

/** What str.isdigit takes beside decimal digits: superscripts, circled digits and digits of some old scripts. */
const OTHER_DIGITS =
  '\\u{b2}\\u{b3}\\u{b9}\\u{1369}-\\u{1371}\\u{19da}\\u{2070}\\u{2074}-\\u{2079}\\u{2080}-\\u{2089}\\u{2460}-\\u{2468}' +
  '\\u{2474}-\\u{247c}\\u{2488}-\\u{2490}\\u{24ea}\\u{24f5}-\\u{24fd}\\u{24ff}\\u{2776}-\\u{277e}\\u{2780}-\\u{2788}' +
  '\\u{278a}-\\u{2792}\\u{10a40}-\\u{10a43}\\u{10e60}-\\u{10e68}\\u{11052}-\\u{1105a}\\u{1f100}-\\u{1f10a}';
const DIGITS = new RegExp(`^[\\p{Nd}${OTHER_DIGITS}]+$`, 'u');

/** str.isdigit: decimal digits of every script, and superscripts and the like. */
export function isDigit(text: string): boolean {
  return DIGITS.test(text);
}

export function isDecimal(text: string): boolean {
  return text !== '' && /^\p{Nd}+$/u.test(text);
}

/** str.replace(old, new, count). */
export function replace(text: string, old: string, by: string, count = -1): string {
  if (count < 0) return old === '' ? insertEverywhere(text, by, -1) : text.replaceAll(old, () => by);
  if (old === '') return insertEverywhere(text, by, count);
  const pieces = split(text, old, count);
  return pieces.join(by);
}

function insertEverywhere(text: string, by: string, count: number): string {
  const points = [...text];
  let left = count < 0 ? points.length + 1 : count;
  let out = '';
  for (const point of points) {
    if (left > 0) {
      out += by;
      left -= 1;
    }
    out += point;
  }
  return left > 0 ? out + by : out;
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
