/** The data card: what a corpus holds, where it is from, what each step took out. The same bytes for the same corpus. */
import type { shape } from '@evalgraph/formats';
import type { CorpusConfig } from './config.ts';
import type { GramIndex } from './contamination.ts';
import type { Example, StepCounts } from './document.ts';
import { cardRecord, type ShardEntry, type TaskOverlap } from './records.ts';
import type { InputFile } from './sources.ts';
import type { CleaningStep } from './step-config.ts';

/** A number of documents; characters are UTF-16 units. */
export interface StepRecord {
  readonly documentsIn: number;
  readonly documentsRemoved: number;
  readonly documentsChanged: number;
  readonly charactersIn: number;
  readonly charactersRemoved: number;
  /** Why documents went -> how many. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly examples: readonly Example[];
}

export interface SourceRecord {
  readonly name: string;
  readonly kind: string;
  readonly licence: string;
  readonly files: number;
  readonly fileBytes: number;
  /** This and the next two count what is in the corpus. */
  readonly documents: number;
  readonly characters: number;
  readonly textBytes: number;
}

export interface CorpusCard {
  readonly version: number;
  readonly documents: number;
  readonly characters: number;
  readonly textBytes: number;
  readonly fileBytes: number;
  readonly shards: number;
  readonly licences: readonly string[];
  readonly sources: readonly SourceRecord[];
  /** `read`, `sample`, the declared steps by name and place, `mix`, in the order in which they ran. */
  readonly steps: readonly ({ readonly name: string; readonly settings: CleaningStep | null } & StepRecord & {
      readonly overlaps: readonly TaskOverlap[];
    })[];
  readonly config: CorpusConfig;
}

/** The whole of card.json as this release writes it: what nobody shows is not looked at. */
export const wholeCard: shape.Shape<CorpusCard> = (value, place) => {
  cardRecord(value, place);
  return value as CorpusCard;
};

export interface RanStep {
  readonly name: string;
  readonly settings: CleaningStep | null;
  readonly counts: StepCounts;
  readonly index: GramIndex | null;
}

export function buildCard(parts: {
  readonly version: number;
  readonly config: CorpusConfig;
  readonly inputs: readonly InputFile[];
  readonly ran: readonly RanStep[];
  readonly shards: readonly ShardEntry[];
  /** Counts of each source's documents in the corpus. */
  readonly perSource: readonly { documents: number; characters: number; textBytes: number }[];
}): CorpusCard {
  const { version, config, inputs, ran, shards, perSource } = parts;
  const sum = (pick: (entry: ShardEntry) => number): number =>
    shards.reduce((all, entry) => all + pick(entry), 0);
  const sources = config.sources.map(({ name, kind, licence }, at) => {
    const files = inputs.filter(({ source }) => source === at);
    const counts = perSource[at] ?? { documents: 0, characters: 0, textBytes: 0 };
    const fileBytes = files.reduce((all, { size }) => all + size, 0);
    return { name, kind, licence, files: files.length, fileBytes, ...counts };
  });
  const used = sources.filter(({ documents }) => documents > 0);
  return {
    version,
    documents: sum(({ documents }) => documents),
    characters: sum(({ characters }) => characters),
    textBytes: sum(({ textBytes }) => textBytes),
    fileBytes: sum(({ fileBytes }) => fileBytes),
    shards: shards.length,
    licences: [...new Set(used.map(({ licence }) => licence))].sort(),
    sources,
    steps: ran.map(({ name, settings, counts, index }) => ({
      name,
      settings,
      ...recordOf(counts),
      overlaps: index === null ? [] : overlapsOf(counts, index),
    })),
    config,
  };
}

function recordOf(counts: StepCounts): StepRecord {
  return {
    documentsIn: counts.documentsIn,
    documentsRemoved: counts.documentsIn - counts.documentsOut,
    documentsChanged: counts.documentsChanged,
    charactersIn: counts.charactersIn,
    charactersRemoved: counts.charactersIn - counts.charactersOut,
    reasons: counts.reasons,
    examples: counts.examples,
  };
}

function overlapsOf(counts: StepCounts, index: GramIndex): readonly TaskOverlap[] {
  return index.tasks.map((task, at) => {
    const met = counts.overlaps[task];
    return {
      task,
      documents: met?.documents ?? 0,
      taskDocumentsMet: met?.taskDocuments.length ?? 0,
      taskDocuments: index.documents[at] ?? 0,
      taskDocumentsTooShort: index.tooShort[at] ?? 0,
    };
  });
}
