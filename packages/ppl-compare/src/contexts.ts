/** Which documents share a context, and so are no independent draws: SQuAD's paragraphs, BoolQ's passages. */
import type { SampleRow } from '@evalgraph/formats';

/** Fields that hold a context in the tasks at hand, by lm-eval's names for the data sets' columns. */
const CONTEXT_FIELDS = ['context', 'passage', 'article', 'paragraph'] as const;

/**
 * Document id -> the text that it shares with others. null where no document has such a field, or none shares it:
 * then every document is its own cluster.
 */
export function sharedContexts(
  rows: readonly Pick<SampleRow, 'doc_id' | 'doc'>[],
): ReadonlyMap<number, string> | null {
  const contexts = new Map<number, string>();
  for (const { doc_id: id, doc } of rows) {
    const field = CONTEXT_FIELDS.find((name) => typeof doc.get(name) === 'string');
    const text = field === undefined ? undefined : doc.get(field);
    if (typeof text === 'string') contexts.set(id, text);
  }
  return new Set(contexts.values()).size < contexts.size ? contexts : null;
}
