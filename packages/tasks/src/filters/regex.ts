/** The filters that look for a pattern in responses. */
import {
  compileRegex,
  type Dict,
  escapeRegex,
  isList,
  PythonError,
  type PythonRegex,
  strip,
  type Value,
} from '@evalgraph/templates';
import type { YamlNode } from '../yaml/node.ts';
import { checkRegex, type Reader, regexes } from '../yaml/reader.ts';
import { type Filter, items, text } from './filter.ts';

interface Pattern {
  readonly pattern: string;
  readonly groupSelect: number;
  readonly fallback: string;
}

const PATTERN_KEYS = ['regex_pattern', 'group_select', 'fallback'];

function readPattern(reader: Reader, at: YamlNode): Pattern {
  const pattern = reader.text('regex_pattern') ?? '#### (\\-?[0-9\\.\\,]+)';
  checkRegex(reader, pattern, reader.node('regex_pattern') ?? at);
  return {
    pattern,
    groupSelect: reader.integer('group_select') ?? 0,
    fallback: reader.text('fallback') ?? '[invalid]',
  };
}

function writePattern({ pattern, groupSelect, fallback }: Pattern) {
  return { regex_pattern: pattern, group_select: groupSelect, fallback };
}

export const regex: Filter<Pattern> = {
  keys: PATTERN_KEYS,
  read: readPattern,
  write: writePattern,
  apply: ({ pattern, groupSelect, fallback }, state) => {
    const compiled = compileRegex(pattern);
    return items(state).map((response) => firstMatch(compiled, groupSelect, response) ?? fallback);
  },
};

interface MultiChoice extends Pattern {
  readonly ignoreCase: boolean;
  readonly ignorePunctuation: boolean;
  readonly regexesToIgnore: readonly string[];
}

export const multiChoiceRegex: Filter<MultiChoice> = {
  keys: [...PATTERN_KEYS, 'ignore_case', 'ignore_punctuation', 'regexes_to_ignore'],
  read: (reader, at) => ({
    ...readPattern(reader, at),
    ignoreCase: reader.flag('ignore_case', false),
    ignorePunctuation: reader.flag('ignore_punctuation', false),
    regexesToIgnore: regexes(reader, 'regexes_to_ignore'),
  }),
  write: (settings) => ({
    ...writePattern(settings),
    ignore_case: settings.ignoreCase,
    ignore_punctuation: settings.ignorePunctuation,
    regexes_to_ignore: settings.regexesToIgnore.length > 0 ? settings.regexesToIgnore : undefined,
  }),
  apply: (settings, state, doc) => multiChoice(settings, items(state), doc),
};

/** The selected match, its first group that is not empty, stripped; null where there is none. */
function firstMatch(regex: PythonRegex, groupSelect: number, response: Value): string | null {
  const matches = regex.findAll(typeof response === 'string' ? response : '');
  if (matches.length === 0) return null;
  const match = matches.at(groupSelect);
  if (match === undefined)
    throw new PythonError('IndexError', `group_select ${groupSelect} of ${matches.length} matches`);
  const found = typeof match === 'string' ? match : match.find((group) => group !== '');
  return found === undefined ? null : strip(found);
}

/** The pattern; else a choice's text; else ": A": each gives "(A)". */
function multiChoice(filter: MultiChoice, responses: readonly Value[], doc: Dict): Value {
  const choices = doc.get('choices');
  if (!isList(choices)) throw new PythonError('KeyError', "'choices'");
  const clean = (source: string): string => {
    const bare = filter.regexesToIgnore.reduce((at, pattern) => compileRegex(pattern).sub('', at), source);
    const cased = filter.ignoreCase ? bare.toLowerCase() : bare;
    return filter.ignorePunctuation ? cased.replace(/\p{P}/gu, '') : cased;
  };
  const letters = new Map<string, string>();
  const texts: string[] = [];
  for (const [index, choice] of choices.entries()) {
    const cleaned = clean(strip(text(choice)));
    letters.set(cleaned, `(${String.fromCharCode(65 + index)})`);
    texts.push(escapeRegex(cleaned));
  }
  const byText = compileRegex(texts.toSorted((a, b) => b.length - a.length).join('|'));
  const names = choices.map((_, index) => String.fromCharCode(65 + index));
  const byLetter = compileRegex(`:[\\s]*(${names.join('|')})`);
  const pattern = compileRegex(filter.pattern);
  return responses.map((response) => {
    const direct = firstMatch(pattern, filter.groupSelect, response);
    if (direct !== null && direct !== '') return direct;
    const chosen = firstMatch(
      byText,
      filter.groupSelect,
      typeof response === 'string' ? clean(response) : response,
    );
    if (chosen !== null && chosen !== '') return letters.get(chosen) ?? chosen;
    const letter = firstMatch(byLetter, filter.groupSelect, response);
    return letter === null || letter === '' ? filter.fallback : `(${letter})`;
  });
}
