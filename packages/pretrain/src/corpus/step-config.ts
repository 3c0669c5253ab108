/**
 * The settings of the cleaning steps: the one place where each is declared, under the names that a pipeline writes.
 * Defaults are the papers'. Nothing is cleaned here.
 */
import { type Problem, type Setting, type SettingValue, setting, snakeCase } from '@evalgraph/formats';
import { MAX_GRAM } from '../text/grams.ts';
import { LANGUAGES } from '../text/language.ts';
import { GOPHER_QUALITY, type QualityLimits } from '../text/quality.ts';
import { GOPHER_REPETITION, type RepetitionLimits } from '../text/repetition.ts';
import { REFINEDWEB_MAX_REMOVED } from '../text/web-lines.ts';
import { messages } from './messages.ts';

const { choice, mapping, number, text, texts, variant, whole } = setting;

const MOST = Number.MAX_SAFE_INTEGER;
const count = { min: 0, max: MOST };

/** Limits by name, each with the paper's value as its default. */
function limitsOf<T extends object>(byDefault: T, example: object): Setting<object, T, true> {
  const fields = Object.entries(byDefault).map(([name, value]: [string, number]) => [
    snakeCase(name),
    number({ min: 0, max: 1e9 }, { says: name, examples: [value], default: value }),
  ]);
  const limits = mapping(Object.fromEntries(fields) as Readonly<Record<string, Setting>>, {
    says: "limits that differ from Gopher's, by name.",
    examples: [example],
    default: byDefault,
    otherwise: "Gopher's",
  });
  return limits as Setting<object, T, true>;
}

const action = ['remove', 'keep', 'replace'] as const;

/** What is said of a key begins in lower case: a schema puts the step's name before it. */
export const cleaningStep = variant(
  'step',
  {
    length: {
      min_lines: whole(count, { says: 'a document has so many lines at least.', examples: [3], default: 0 }),
      min_line_characters: whole(count, {
        says: 'shorter lines do not count as lines.',
        examples: [3],
        default: 1,
      }),
      min_words: whole(count, { says: 'words of a document at least.', examples: [5], default: 0 }),
      max_words: whole(count, { says: 'words of a document at most.', examples: [100_000], default: MOST }),
      min_characters: whole(count, {
        says: 'characters of a document at least.',
        examples: [20],
        default: 1,
      }),
      max_characters: whole(count, {
        says: 'characters of a document at most.',
        examples: [1_000_000],
        default: MOST,
      }),
    },
    paragraphs: {
      min_characters: whole(count, {
        says: 'characters of a paragraph at least; a document goes when no paragraph is left.',
        examples: [20],
        default: 1,
      }),
      min_words: whole(count, { says: 'words of a paragraph at least.', examples: [5], default: 0 }),
    },
    repetition: { limits: limitsOf<RepetitionLimits>(GOPHER_REPETITION, { duplicate_lines: 0.4 }) },
    quality: { limits: limitsOf<QualityLimits>(GOPHER_QUALITY, { min_words: 20 }) },
    'web-lines': {
      max_removed: number(
        { min: 0, max: 1 },
        {
          says: 'the share of its words that a document may lose.',
          examples: [0.05],
          default: REFINEDWEB_MAX_REMOVED,
        },
      ),
    },
    regex: {
      pattern: text(
        {},
        {
          says: 'the regular expression, as JavaScript reads it with the flags g and u.',
          examples: ['lorem ipsum'],
          required: true,
        },
      ),
      flags: text(
        { mayBeEmpty: true, maxLength: 3 },
        { says: 'further flags among i, m and s.', examples: ['i'], default: '' },
      ),
      action: choice(action, {
        says: '`remove` or `keep` documents that match, or `replace` what matches.',
        examples: ['remove'],
        default: 'remove',
      }),
      replacement: text(
        { mayBeEmpty: true },
        { says: 'what stands in place of a match, as it is: no $1.', examples: [' '], default: '' },
      ),
      timeout_ms: whole(
        { min: 1, max: 60_000 },
        { says: 'a document that takes longer ends the run.', examples: [1000], default: 1000 },
      ),
    },
    language: {
      keep: texts({
        says: 'the languages that stay, as ISO 639-1 codes.',
        examples: ['en', ['en', 'de']],
        required: true,
      }),
      unreliable: choice(['keep', 'remove'], {
        says: 'what happens to a text of a kept language that the detector is not sure of.',
        examples: ['remove'],
        default: 'keep',
      }),
      windows: whole(
        { min: 1, max: 3 },
        {
          says: '1 looks at the first thousand characters, 3 also at the middle and the end.',
          examples: [3],
          default: 1,
        },
      ),
    },
    decontaminate: {
      against: texts({
        says: 'names of tasks, `tasks` for all of this pipeline, `library` for every task that it could name, or JSON Lines files of {task, text} (`./…`).',
        examples: ['tasks', 'library', ['mmlu', './held-out.jsonl']],
        required: true,
      }),
      n: whole({ min: 2, max: MAX_GRAM }, { says: 'words of an n-gram.', examples: [13], default: 13 }),
      min_words: whole(
        { min: 2, max: MAX_GRAM },
        {
          says: "a task's document with fewer words is not looked for; one with fewer than n is one gram.",
          examples: [5],
          otherwise: '8, or n where that is smaller',
        },
      ),
      min_grams: whole(
        { min: 1, max: MOST },
        { says: 'n-grams in common that make a document contaminated.', examples: [1], default: 1 },
      ),
      action: choice(['remove', 'report'], {
        says: '`remove` contaminated documents, or `report` them.',
        examples: ['remove'],
        default: 'remove',
      }),
    },
    'exact-duplicates': {
      by: choice(['text', 'normalised'], {
        says: 'the `text` as it is, or `normalised`: lower case, one space.',
        examples: ['normalised'],
        default: 'text',
      }),
    },
    'near-duplicates': {
      n: whole(
        { min: 1, max: MAX_GRAM },
        { says: 'words or characters of an n-gram.', examples: [5], default: 5 },
      ),
      unit: choice(['words', 'characters'], {
        says: 'n-grams of words or of characters, for scripts without spaces.',
        examples: ['words'],
        default: 'words',
      }),
      bands: whole({ min: 1, max: 1000 }, { says: 'bands of the signature.', examples: [14], default: 14 }),
      rows: whole({ min: 1, max: 100 }, { says: 'permutations of a band.', examples: [8], default: 8 }),
      seed: whole(
        { min: 0, max: 0xffffffff },
        { says: 'draws the permutations.', examples: [1], default: 1 },
      ),
      threshold: number(
        { min: 0, max: 1 },
        {
          says: 'the least estimated similarity of a pair that met in a band; 0 takes every such pair.',
          examples: [0.7],
          default: 0.7,
        },
      ),
    },
  },
  {
    says: 'What the step looks at; each has keys of its own.',
    examples: ['near-duplicates'],
    required: true,
  },
);

/** A step as it is declared, with its defaults. */
export type DeclaredStep = SettingValue<typeof cleaningStep>;
type Declared<K extends DeclaredStep['step']> = Extract<DeclaredStep, { readonly step: K }>;

export type LengthStep = Declared<'length'>;
/** Removes paragraphs; a document goes when none is left. */
export type ParagraphStep = Declared<'paragraphs'>;
export type RegexStep = Declared<'regex'>;
export type LanguageStep = Omit<Declared<'language'>, 'windows'> & { readonly windows: 1 | 3 };
/** `against` holds JSON Lines files of {task, text}, relative to the folder that the run is given. */
export type DecontaminateStep = Omit<Declared<'decontaminate'>, 'minWords'> & { readonly minWords: number };
export type ExactStep = Declared<'exact-duplicates'>;
export type NearStep = Declared<'near-duplicates'>;
export type RepetitionStep = Declared<'repetition'>;
export type QualityStep = Declared<'quality'>;
export type WebLinesStep = Declared<'web-lines'>;

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

/** The step with what depends on its other settings. */
export function wholeStep(step: DeclaredStep): CleaningStep {
  switch (step.step) {
    case 'language':
      return { ...step, windows: step.windows === 1 ? 1 : 3 };
    case 'decontaminate':
      return { ...step, minWords: step.minWords ?? Math.min(8, step.n) };
    default:
      return step;
  }
}

/**
 * What is wrong with a step whose every setting is legal by itself.
 * @param path of the step, for messages. @param spell how the caller writes a setting's name
 */
export function stepProblems(
  step: DeclaredStep,
  path: string,
  spell: (name: string) => string,
): readonly Problem[] {
  switch (step.step) {
    case 'regex':
      return regexProblems(step, path);
    case 'language':
      return step.keep
        .filter((language) => !LANGUAGES.includes(language))
        .map((language) => messages.corpusConfig.unknownName(path, 'language', language, LANGUAGES));
    case 'decontaminate': {
      const { n, minWords } = step;
      const isLegal = minWords === null || minWords <= n;
      return isLegal
        ? []
        : [messages.corpusConfig.range(`${path}.${spell('minWords')}`, minWords, `from 2 to ${n}`)];
    }
    default:
      return [];
  }
}

function regexProblems({ pattern, flags }: RegexStep, path: string): readonly Problem[] {
  if (!/^[ims]*$/.test(flags))
    return [messages.corpusConfig.unknownName(path, 'flag', flags, ['i', 'm', 's'])];
  try {
    new RegExp(pattern, `gu${flags}`);
    return [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [messages.corpusRegex(path, pattern, error.message)];
  }
}
