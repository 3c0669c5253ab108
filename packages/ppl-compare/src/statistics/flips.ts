/** Answers that changed from right to wrong or back: two models of one accuracy can differ in many documents. */
import type { FlipCount, Flips } from '@evalgraph/formats';

export interface FlipDocument {
  /** The task below the compared one: MMLU's subject. */
  readonly subject: string;
  /** The group between: MMLU's humanities; null where there is none. */
  readonly category: string | null;
  readonly document: number;
  /** 1 right, 0 wrong. */
  readonly dense: number;
  readonly pruned: number;
}

/** @returns null where a score is neither 0 nor 1: partial scores do not flip */
export function flipsOf(documents: readonly FlipDocument[]): Flips | null {
  const isBinary = (score: number): boolean => score === 0 || score === 1;
  if (!documents.every(({ dense, pruned }) => isBinary(dense) && isBinary(pruned))) return null;
  const place = ({ subject, document }: FlipDocument) => ({ subject, document });
  return {
    documents: documents.length,
    rightToWrong: documents.filter(({ dense, pruned }) => dense > pruned).map(place),
    wrongToRight: documents.filter(({ dense, pruned }) => pruned > dense).map(place),
    bySubject: counted(documents, ({ subject }) => subject),
    byCategory: counted(documents, ({ category }) => category),
  };
}

function counted(
  documents: readonly FlipDocument[],
  nameOf: (document: FlipDocument) => string | null,
): readonly FlipCount[] {
  const counts = new Map<string, { documents: number; rightToWrong: number; wrongToRight: number }>();
  for (const document of documents) {
    const name = nameOf(document);
    if (name === null) continue;
    const count = counts.get(name) ?? { documents: 0, rightToWrong: 0, wrongToRight: 0 };
    counts.set(name, count);
    count.documents++;
    if (document.dense > document.pruned) count.rightToWrong++;
    if (document.pruned > document.dense) count.wrongToRight++;
  }
  return [...counts].map(([name, count]) => ({ name, ...count }));
}
