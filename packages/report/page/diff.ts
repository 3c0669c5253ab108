/** What differs between two texts, by words: longest common subsequence, bounded. */

export interface Piece {
  readonly text: string;
  readonly isOwn: boolean;
}

/** Beyond so many words on a side only the common start and end are found: the table would have millions of cells. */
const MAX_WORDS = 1_500;

/** @returns each side's words, told apart by whether the other has them in the same order */
export function differences(
  left: string,
  right: string,
): { readonly left: readonly Piece[]; readonly right: readonly Piece[] } {
  const a = words(left);
  const b = words(right);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end++;
  const middleA = a.slice(start, a.length - end);
  const middleB = b.slice(start, b.length - end);
  const isLong = Math.max(middleA.length, middleB.length) > MAX_WORDS;
  const kept = isLong ? { a: new Set<number>(), b: new Set<number>() } : common(middleA, middleB);
  return {
    left: pieces(a, (at) => at >= start && at < a.length - end && !kept.a.has(at - start)),
    right: pieces(b, (at) => at >= start && at < b.length - end && !kept.b.has(at - start)),
  };
}

/** Words with the blanks before them, so that the pieces join to the text. */
function words(text: string): readonly string[] {
  return text.match(/\s*[\p{L}\p{N}_]+|\s*[^\s\p{L}\p{N}_]|\s+$/gu) ?? (text === '' ? [] : [text]);
}

function common(
  a: readonly string[],
  b: readonly string[],
): { readonly a: ReadonlySet<number>; readonly b: ReadonlySet<number> } {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const keptA = new Set<number>();
  const keptB = new Set<number>();
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      keptA.add(i++);
      keptB.add(j++);
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return { a: keptA, b: keptB };
}

function pieces(list: readonly string[], isOwn: (at: number) => boolean): readonly Piece[] {
  const joined: { text: string; isOwn: boolean }[] = [];
  for (const [at, text] of list.entries()) {
    const last = joined.at(-1);
    if (last !== undefined && last.isOwn === isOwn(at)) last.text += text;
    else joined.push({ text, isOwn: isOwn(at) });
  }
  return joined;
}
