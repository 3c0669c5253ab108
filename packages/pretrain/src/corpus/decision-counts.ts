/** What a decision took out, as a step's counts; texts are read for the examples only. */
import type { CorpusConfig } from './config.ts';
import { type Decision, type Documents, partOf } from './decide.ts';
import { type Document, type Example, excerptOf, noCounts, type StepCounts } from './document.ts';
import { readPart } from './part-file.ts';

export async function decisionCounts(
  config: CorpusConfig,
  reason: string,
  parts: readonly string[],
  documents: Documents,
  { drops, duplicateOf }: Decision,
): Promise<StepCounts> {
  const counts = noCounts();
  const first: number[] = [];
  let removed = 0;
  for (let at = 0; at < documents.count; at += 1) {
    counts.documentsIn += 1;
    counts.charactersIn += documents.characters[at] ?? 0;
    if (drops[at] === 1) {
      removed += 1;
      if (duplicateOf !== null && first.length < config.examples) first.push(at);
    } else {
      counts.documentsOut += 1;
      counts.charactersOut += documents.characters[at] ?? 0;
    }
  }
  if (removed > 0) counts.reasons[reason] = removed;
  for (const at of first) {
    const { source, id, text } = await readDocument(parts, documents, at);
    const kept = await readDocument(parts, documents, duplicateOf?.[at] ?? at);
    const example: Example = {
      source: config.sources[source]?.name ?? '',
      id,
      reason,
      text: excerptOf(text),
      duplicateOf: `${config.sources[kept.source]?.name ?? ''}/${kept.id}`,
    };
    counts.examples.push(example);
  }
  return counts;
}

async function readDocument(parts: readonly string[], { firsts }: Documents, at: number): Promise<Document> {
  const part = partOf(firsts, at);
  const wanted = at - (firsts[part] ?? 0);
  const [document] = await readPart(parts[part] ?? '', (no) => no === wanted);
  if (document === undefined) throw new Error(`no document ${at}`);
  return document;
}
