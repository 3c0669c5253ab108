/** Which questions a filter keeps: pure, over the columns of two checkpoints. */

/** What can be asked of a question at checkpoints a and b; `1` is a full score, all else is wrong, `-` is neither. */
export const VERDICTS: readonly {
  readonly name: string;
  readonly label: string;
  readonly keeps: (a: string, b: string) => boolean;
}[] = [
  { name: 'all', label: 'All', keeps: () => true },
  { name: 'flipped', label: 'Flipped', keeps: (a, b) => isScored(a, b) && isRight(a) !== isRight(b) },
  { name: 'learned', label: 'Learned', keeps: (a, b) => isScored(a, b) && !isRight(a) && isRight(b) },
  { name: 'forgotten', label: 'Forgotten', keeps: (a, b) => isScored(a, b) && isRight(a) && !isRight(b) },
  { name: 'right-a', label: 'Right at A', keeps: (a) => isRight(a) },
  { name: 'wrong-a', label: 'Wrong at A', keeps: (a) => isScored(a, a) && !isRight(a) },
  { name: 'right-b', label: 'Right at B', keeps: (_, b) => isRight(b) },
  { name: 'wrong-b', label: 'Wrong at B', keeps: (_, b) => isScored(b, b) && !isRight(b) },
  { name: 'both-right', label: 'Both right', keeps: (a, b) => isRight(a) && isRight(b) },
  { name: 'both-wrong', label: 'Both wrong', keeps: (a, b) => isScored(a, b) && !isRight(a) && !isRight(b) },
];

function isRight(verdict: string): boolean {
  return verdict === '1';
}

function isScored(a: string, b: string): boolean {
  return a !== '-' && b !== '-';
}

/** One task's columns at the two checkpoints. */
export interface Pair {
  /** Index into the page's tasks. */
  readonly task: number;
  readonly docs: number;
  readonly a: string;
  readonly b: string;
  /** Margins in ten-thousandths, null for a task without options. */
  readonly marginsA: readonly (number | null)[] | null;
  readonly marginsB: readonly (number | null)[] | null;
}

export interface Question {
  readonly task: number;
  /** Place in the task's columns. */
  readonly at: number;
  readonly margin: number | null;
  readonly change: number | null;
}

export interface Wanted {
  readonly verdict: string;
  /** Bounds of b's margin in ten-thousandths; null for none. */
  readonly least: number | null;
  readonly most: number | null;
  readonly order: string;
  /** False where the text does not occur. */
  readonly hasText: (task: number, at: number) => boolean;
}

export const ORDERS: readonly { readonly name: string; readonly label: string }[] = [
  { name: 'doc', label: 'document' },
  { name: 'margin', label: 'margin at B, smallest first' },
  { name: 'closest', label: 'closest call at B first' },
  { name: 'gained', label: 'margin gained from A to B' },
  { name: 'lost', label: 'margin lost from A to B' },
];

/** @returns what the filter keeps, in its order, and how many each verdict would keep */
export function choose(
  pairs: readonly Pair[],
  wanted: Wanted,
): { readonly questions: readonly Question[]; readonly counts: ReadonlyMap<string, number> } {
  const counts = new Map(VERDICTS.map(({ name }) => [name, 0]));
  const questions: Question[] = [];
  const wantsMargin = wanted.least !== null || wanted.most !== null;
  for (const { task, docs, a, b, marginsA, marginsB } of pairs) {
    for (let at = 0; at < docs; at++) {
      const margin = marginsB?.[at] ?? null;
      if (wantsMargin && (margin === null || !isWithin(margin, wanted))) continue;
      if (!wanted.hasText(task, at)) continue;
      const [left, right] = [a[at] ?? '-', b[at] ?? '-'];
      for (const { name, keeps } of VERDICTS) {
        if (!keeps(left, right)) continue;
        counts.set(name, (counts.get(name) ?? 0) + 1);
        if (name !== wanted.verdict) continue;
        const before = marginsA?.[at] ?? null;
        questions.push({
          task,
          at,
          margin,
          change: margin === null || before === null ? null : margin - before,
        });
      }
    }
  }
  return { questions: sorted(questions, wanted.order), counts };
}

function isWithin(margin: number, { least, most }: Wanted): boolean {
  return (least === null || margin >= least) && (most === null || margin <= most);
}

/** Questions without the number stand last; of equals the order of documents decides. */
function sorted(questions: readonly Question[], order: string): readonly Question[] {
  const rank = (one: Question): number | null => {
    if (order === 'margin') return one.margin;
    if (order === 'closest') return one.margin === null ? null : Math.abs(one.margin);
    if (order === 'gained') return one.change === null ? null : -one.change;
    return one.change;
  };
  if (order === 'doc') return questions;
  return [...questions].sort(
    (x, y) => (rank(x) ?? Number.MAX_VALUE) - (rank(y) ?? Number.MAX_VALUE) || x.task - y.task || x.at - y.at,
  );
}
