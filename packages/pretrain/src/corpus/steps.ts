/** The steps that look at one document at a time: a batch in, what is left of it out, with counts. */
import { UserError } from '@evalgraph/formats';
import { NOT_SPACE } from '../text/character-class.ts';
import { guardedMap } from '../text/guarded-regex.ts';
import type { LanguageDetector } from '../text/language.ts';
import { brokenQuality } from '../text/quality.ts';
import { exceededRepetition } from '../text/repetition.ts';
import { withoutFaultyLines } from '../text/web-lines.ts';
import { countWords } from '../text/words.ts';
import { type GramIndex, sharedGrams } from './contamination.ts';
import { type Document, excerptOf, noCounts, type StepCounts } from './document.ts';
import { messages } from './messages.ts';
import type {
  DecontaminateStep,
  LanguageStep,
  LengthStep,
  LocalStep,
  ParagraphStep,
  RegexStep,
} from './step-config.ts';

/** What a step says of a text: it stays as it is, goes for a reason, or stays with another text. */
export type Verdict = null | { readonly remove: string } | { readonly text: string };

export interface StepContext {
  readonly sources: readonly { readonly name: string }[];
  readonly examples: number;
  /** The index of this step's grams, where it is one that decontaminates. */
  readonly index: GramIndex | null;
  /** Null where no step needs it. */
  readonly detect: LanguageDetector | null;
}

export interface StepOutcome {
  readonly documents: Document[];
  readonly counts: StepCounts;
}

/** @throws UserError where a regular expression is too slow (`corpus-regex-slow`). */
export function applyStep(
  step: LocalStep,
  documents: readonly Document[],
  context: StepContext,
): StepOutcome {
  const counts = noCounts();
  const verdicts = judge(step, documents, context, counts);
  const kept: Document[] = [];
  for (const [at, document] of documents.entries()) {
    const verdict = verdicts[at] ?? null;
    counts.documentsIn += 1;
    counts.charactersIn += document.text.length;
    let reason: string | null = null;
    if (verdict !== null && 'remove' in verdict) {
      reason = verdict.remove;
      counts.reasons[reason] = (counts.reasons[reason] ?? 0) + 1;
    } else {
      const isChanged = verdict !== null && verdict.text !== document.text;
      const left = isChanged ? { ...document, text: verdict.text } : document;
      if (isChanged) {
        counts.documentsChanged += 1;
        reason = 'changed';
      }
      counts.documentsOut += 1;
      counts.charactersOut += left.text.length;
      kept.push(left);
    }
    if (reason !== null && counts.examples.length < context.examples) {
      const source = context.sources[document.source]?.name ?? '';
      counts.examples.push({
        source,
        id: document.id,
        reason,
        text: excerptOf(document.text),
        duplicateOf: null,
      });
    }
  }
  return { documents: kept, counts };
}

function judge(
  step: LocalStep,
  documents: readonly Document[],
  context: StepContext,
  counts: StepCounts,
): readonly Verdict[] {
  if (step.step === 'regex') return judgeRegex(step, documents);
  if (step.step === 'decontaminate') {
    const { index } = context;
    if (index === null) throw new Error('a step that decontaminates has no index');
    return documents.map(({ text }) => judgeContamination(step, index, text, counts));
  }
  return documents.map(({ text }) => judgeText(step, text, context.detect));
}

/** What a step that needs nothing but the text says of it. */
export function judgeText(
  step: Exclude<LocalStep, RegexStep | DecontaminateStep>,
  text: string,
  detect: LanguageDetector | null,
): Verdict {
  switch (step.step) {
    case 'length':
      return remove(lengthFault(step, text));
    case 'paragraphs':
      return longParagraphs(step, text);
    case 'repetition':
      return remove(exceededRepetition(text, step.limits));
    case 'quality':
      return remove(brokenQuality(text, step.limits));
    case 'web-lines': {
      const rest = withoutFaultyLines(text, step.maxRemoved);
      return rest === null || rest.trim() === '' ? { remove: 'faulty lines' } : { text: rest };
    }
    case 'language':
      return remove(languageFault(step, text, detect));
  }
}

function remove(reason: string | null): Verdict {
  return reason === null ? null : { remove: reason };
}

function lengthFault(step: LengthStep, text: string): string | null {
  if (text.length < step.minCharacters) return 'minCharacters';
  if (text.length > step.maxCharacters) return 'maxCharacters';
  if (step.minLines > 0) {
    const lines = text.split('\n').filter((line) => line.length >= step.minLineCharacters);
    if (lines.length < step.minLines) return 'minLines';
  }
  if (step.minWords === 0 && step.maxWords >= text.length) return null;
  const words = countWords(text, NOT_SPACE);
  if (words < step.minWords) return 'minWords';
  return words > step.maxWords ? 'maxWords' : null;
}

function longParagraphs(step: ParagraphStep, text: string): Verdict {
  const paragraphs = text.split(/\n{2,}/);
  const long = paragraphs.filter(
    (paragraph) =>
      paragraph.length >= step.minCharacters &&
      (step.minWords === 0 || countWords(paragraph, NOT_SPACE) >= step.minWords),
  );
  if (long.length === 0) return { remove: 'no long paragraph' };
  return long.length === paragraphs.length ? null : { text: long.join('\n\n') };
}

function languageFault(step: LanguageStep, text: string, detect: LanguageDetector | null): string | null {
  if (detect === null) throw new Error('a language step has no detector');
  const { language, isReliable } = detect(text, step.windows);
  if (!step.keep.includes(language)) return language === '' ? 'no language found' : `language ${language}`;
  return isReliable || step.unreliable === 'keep' ? null : `unsure of ${language}`;
}

function judgeRegex(step: RegexStep, documents: readonly Document[]): readonly Verdict[] {
  const test = new RegExp(step.pattern, `u${step.flags}`);
  const all = new RegExp(step.pattern, `gu${step.flags}`);
  const work = (text: string): Verdict => {
    if (step.action !== 'replace')
      return test.test(text) === (step.action === 'remove') ? { remove: 'pattern' } : null;
    const rest = text.replace(all, () => step.replacement);
    return rest.trim() === '' ? { remove: 'nothing left' } : { text: rest };
  };
  const outcome = guardedMap(
    documents.map(({ text }) => text),
    work,
    step.timeoutMs,
  );
  if ('results' in outcome) return outcome.results;
  const { id = '' } = documents[outcome.late] ?? {};
  throw new UserError(messages.corpusRegexSlow(step.step, step.pattern, id, step.timeoutMs));
}

function judgeContamination(
  step: DecontaminateStep,
  index: GramIndex,
  text: string,
  counts: StepCounts,
): Verdict {
  const tasks = new Map<string, { grams: number; documents: number[] }>();
  for (const [document, grams] of sharedGrams(index, text)) {
    const name = index.tasks[index.taskOf[document] ?? -1] ?? '';
    const task = tasks.get(name) ?? { grams: 0, documents: [] };
    task.grams += grams;
    task.documents.push(document);
    tasks.set(name, task);
  }
  const met = [...tasks]
    .filter(([, { grams }]) => grams >= step.minGrams)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, { documents }] of met) {
    const known = Object.hasOwn(counts.overlaps, name) ? counts.overlaps[name] : undefined;
    const overlap = known ?? { documents: 0, taskDocuments: [] };
    const touched = new Set([...overlap.taskDocuments, ...documents]);
    counts.overlaps[name] = {
      documents: overlap.documents + 1,
      taskDocuments: [...touched].sort((a, b) => a - b),
    };
  }
  const [first] = met;
  return first === undefined || step.action === 'report' ? null : { remove: `overlap with ${first[0]}` };
}
