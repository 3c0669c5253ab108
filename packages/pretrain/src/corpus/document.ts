/** A document on its way through the steps, and what a step counts. */
export interface Document {
  /** Index of its source in the configuration. */
  readonly source: number;
  /** Where it stands in the source: file and byte, line or row; the same on every machine. */
  readonly id: string;
  readonly text: string;
  /** Its place in the seeded order, see text/hash.ts. */
  readonly order: readonly [number, number];
}

export interface Example {
  readonly source: string;
  readonly id: string;
  readonly reason: string;
  /** The beginning of the text, at most EXCERPT_CHARACTERS. */
  readonly text: string;
  /** The document that was kept in place of this duplicate. */
  readonly duplicateOf: string | null;
}

/** Characters are UTF-16 units. */
export interface StepCounts {
  documentsIn: number;
  documentsOut: number;
  charactersIn: number;
  charactersOut: number;
  /** Documents that stayed with another text. */
  documentsChanged: number;
  /** Why documents went -> how many. */
  reasons: Record<string, number>;
  /** The first ones in the order of documents. */
  examples: Example[];
  /** decontaminate: task -> what it shares with the corpus. */
  overlaps: Record<string, Overlap>;
}

export interface Overlap {
  /** Documents of the corpus with at least so many grams in common as the step asks for. */
  documents: number;
  /** Indices of the task's documents that were met. */
  taskDocuments: number[];
}

export const EXCERPT_CHARACTERS = 200;

export function excerptOf(text: string): string {
  return text.slice(0, EXCERPT_CHARACTERS).toWellFormed();
}

export function noCounts(): StepCounts {
  return {
    documentsIn: 0,
    documentsOut: 0,
    charactersIn: 0,
    charactersOut: 0,
    documentsChanged: 0,
    reasons: {},
    examples: [],
    overlaps: {},
  };
}

/** Adds the counts of later documents to those of earlier ones. */
export function addCounts(sum: StepCounts, more: StepCounts, examples: number): void {
  sum.documentsIn += more.documentsIn;
  sum.documentsOut += more.documentsOut;
  sum.charactersIn += more.charactersIn;
  sum.charactersOut += more.charactersOut;
  sum.documentsChanged += more.documentsChanged;
  for (const [reason, count] of Object.entries(more.reasons))
    sum.reasons[reason] = (sum.reasons[reason] ?? 0) + count;
  sum.examples.push(...more.examples.slice(0, Math.max(0, examples - sum.examples.length)));
  for (const [task, { documents, taskDocuments }] of Object.entries(more.overlaps)) {
    const known = Object.hasOwn(sum.overlaps, task) ? sum.overlaps[task] : undefined;
    const overlap = known ?? { documents: 0, taskDocuments: [] };
    const all = new Set([...overlap.taskDocuments, ...taskDocuments]);
    sum.overlaps[task] = {
      documents: overlap.documents + documents,
      taskDocuments: [...all].sort((a, b) => a - b),
    };
  }
}
