/** The cleaning steps as they are declared, each with its limits; defaults are the papers'. Cleans nothing. */
import type { Problem } from '@evalgraph/formats';
import { type GramUnit, MAX_GRAM } from '../text/grams.ts';
import { LANGUAGES } from '../text/language.ts';
import type { MinhashSettings } from '../text/minhash.ts';
import { GOPHER_QUALITY, type QualityLimits } from '../text/quality.ts';
import { GOPHER_REPETITION, REPETITION_RULES, type RepetitionLimits } from '../text/repetition.ts';
import { REFINEDWEB_MAX_REMOVED } from '../text/web-lines.ts';
import type { Fields } from './fields.ts';
import { corpusMessages as messages } from './messages.ts';

export interface LengthStep {
  readonly step: 'length';
  /** Lines that are no shorter than `minLineCharacters`. */
  readonly minLines: number;
  readonly minLineCharacters: number;
  readonly minWords: number;
  readonly maxWords: number;
  readonly minCharacters: number;
  readonly maxCharacters: number;
}

/** Removes paragraphs; a document goes when none is left. */
export interface ParagraphStep {
  readonly step: 'paragraphs';
  readonly minCharacters: number;
  readonly minWords: number;
}

export interface RegexStep {
  readonly step: 'regex';
  readonly pattern: string;
  readonly flags: string;
  /** What a match means: the document goes; the document stays (others go); the match is replaced. */
  readonly action: 'remove' | 'keep' | 'replace';
  /** As it is: no $1. */
  readonly replacement: string;
  readonly timeoutMs: number;
}

export interface LanguageStep {
  readonly step: 'language';
  /** ISO 639-1. */
  readonly keep: readonly string[];
  /** What happens to a text of a kept language that the detector is not sure of. */
  readonly unreliable: 'keep' | 'remove';
  readonly windows: 1 | 3;
}

export interface DecontaminateStep {
  readonly step: 'decontaminate';
  /** JSON Lines files of {task, text}, relative to the folder that the run is given. */
  readonly against: readonly string[];
  readonly n: number;
  /** A task's document with fewer than n words is one gram of all of them, if it has so many. */
  readonly minWords: number;
  /** So many grams in common make a document contaminated. */
  readonly minGrams: number;
  readonly action: 'remove' | 'report';
}

export interface ExactStep {
  readonly step: 'exact-duplicates';
  /** Compared as it is, or lower-cased with every run of white space one space. */
  readonly by: 'text' | 'normalised';
}

export interface NearStep extends MinhashSettings {
  readonly step: 'near-duplicates';
  /** The least estimated similarity of a pair that met in a band; 0 takes every such pair. */
  readonly threshold: number;
}

export interface RepetitionStep {
  readonly step: 'repetition';
  readonly limits: RepetitionLimits;
}
export interface QualityStep {
  readonly step: 'quality';
  readonly limits: QualityLimits;
}
export interface WebLinesStep {
  readonly step: 'web-lines';
  readonly maxRemoved: number;
}

/** Steps that look at one document; they run in the workers. */
export type LocalStep =
  | LengthStep
  | ParagraphStep
  | RepetitionStep
  | QualityStep
  | WebLinesStep
  | RegexStep
  | LanguageStep
  | DecontaminateStep;
/** Steps that look at all documents. */
export type DuplicateStep = ExactStep | NearStep;
export type CleaningStep = LocalStep | DuplicateStep;

const STEPS = [
  'length',
  'paragraphs',
  'repetition',
  'quality',
  'web-lines',
  'regex',
  'language',
  'decontaminate',
  'exact-duplicates',
  'near-duplicates',
] as const satisfies readonly CleaningStep['step'][];

const MOST = Number.MAX_SAFE_INTEGER;
const count = (byDefault: number, min = 0, max = MOST) => ({ min, max, default: byDefault, isInteger: true });

export function readStep(fields: Fields, problems: Problem[]): CleaningStep {
  const step = fields.choice('step', STEPS);
  const result = readers[step](fields, problems);
  fields.done();
  return result;
}

const readers: Readonly<Record<CleaningStep['step'], (fields: Fields, problems: Problem[]) => CleaningStep>> =
  {
    length: (fields) => ({
      step: 'length',
      minLines: fields.number('minLines', count(0)),
      minLineCharacters: fields.number('minLineCharacters', count(1)),
      minWords: fields.number('minWords', count(0)),
      maxWords: fields.number('maxWords', count(MOST)),
      minCharacters: fields.number('minCharacters', count(1)),
      maxCharacters: fields.number('maxCharacters', count(MOST)),
    }),
    paragraphs: (fields) => ({
      step: 'paragraphs',
      minCharacters: fields.number('minCharacters', count(1)),
      minWords: fields.number('minWords', count(0)),
    }),
    repetition: (fields) => {
      const own = fields.object('limits');
      const limits = Object.fromEntries(
        REPETITION_RULES.map((rule) => [
          rule,
          own?.number(rule, { min: 0, max: 1e9, default: GOPHER_REPETITION[rule] }) ??
            GOPHER_REPETITION[rule],
        ]),
      ) as Record<(typeof REPETITION_RULES)[number], number>;
      own?.done();
      return { step: 'repetition', limits };
    },
    quality: (fields) => {
      const own = fields.object('limits');
      const limits = Object.fromEntries(
        Object.entries(GOPHER_QUALITY).map(([name, value]) => [
          name,
          own?.number(name, { min: 0, max: 1e9, default: value }) ?? value,
        ]),
      ) as unknown as QualityLimits;
      own?.done();
      return { step: 'quality', limits };
    },
    'web-lines': (fields) => ({
      step: 'web-lines',
      maxRemoved: fields.number('maxRemoved', { min: 0, max: 1, default: REFINEDWEB_MAX_REMOVED }),
    }),
    regex: (fields, problems) => {
      const pattern = fields.text('pattern');
      const flags = fields.text('flags', '');
      if (!/^[ims]*$/.test(flags))
        problems.push(messages.unknownName(fields.path, 'flag', flags, ['i', 'm', 's']));
      else
        try {
          new RegExp(pattern, `gu${flags}`);
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
          problems.push(messages.badRegex(fields.path, pattern, error.message));
        }
      return {
        step: 'regex',
        pattern,
        flags,
        action: fields.choice('action', ['remove', 'keep', 'replace'], 'remove'),
        replacement: fields.text('replacement', ''),
        timeoutMs: fields.number('timeoutMs', count(1000, 1, 60_000)),
      };
    },
    language: (fields, problems) => {
      const keep = fields.texts('keep');
      for (const language of keep)
        if (!LANGUAGES.includes(language))
          problems.push(messages.unknownName(fields.path, 'language', language, LANGUAGES));
      return {
        step: 'language',
        keep,
        unreliable: fields.choice('unreliable', ['keep', 'remove'], 'keep'),
        windows: fields.number('windows', count(1, 1, 3)) === 1 ? 1 : 3,
      };
    },
    decontaminate: (fields) => {
      const n = fields.number('n', count(13, 2, MAX_GRAM));
      return {
        step: 'decontaminate',
        against: fields.texts('against'),
        n,
        minWords: fields.number('minWords', count(Math.min(8, n), 2, n)),
        minGrams: fields.number('minGrams', count(1, 1)),
        action: fields.choice('action', ['remove', 'report'], 'remove'),
      };
    },
    'exact-duplicates': (fields) => ({
      step: 'exact-duplicates',
      by: fields.choice('by', ['text', 'normalised'], 'text'),
    }),
    'near-duplicates': (fields) => ({
      step: 'near-duplicates',
      n: fields.number('n', count(5, 1, MAX_GRAM)),
      unit: fields.choice<GramUnit>('unit', ['words', 'characters'], 'words'),
      bands: fields.number('bands', count(14, 1, 1000)),
      rows: fields.number('rows', count(8, 1, 100)),
      seed: fields.number('seed', count(1, 0, 0xffffffff)),
      threshold: fields.number('threshold', { min: 0, max: 1, default: 0.7 }),
    }),
  };
