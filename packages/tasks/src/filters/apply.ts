/**
 * lm-eval's filters over a task's responses. A state is what one request has come to: at first the list of its
 * responses (one for each repeat), after take_first a single one.
 */
import { parsePythonJson } from '@evalgraph/formats';
import {
  compileRegex,
  type Dict,
  dictGet,
  equals,
  escapeRegex,
  isDict,
  isList,
  iterate,
  PythonError,
  type PythonRegex,
  strip,
  typeName,
  type Value,
} from '@evalgraph/templates';
import type { FilterConfig, FilterPipeline } from '../task.ts';

/** @throws PythonError where lm-eval's filter would raise. */
export function applyPipeline(pipeline: FilterPipeline, responses: Value, doc: Dict): Value {
  return pipeline.filters.reduce((state, filter) => applyFilter(filter, state, doc), responses);
}

function applyFilter(filter: FilterConfig, state: Value, doc: Dict): Value {
  switch (filter.function) {
    case 'take_first': {
      const first = items(state)[0];
      if (first === undefined) throw new PythonError('IndexError', 'take_first: there is no response');
      return first;
    }
    case 'take_first_k': {
      const all = items(state);
      if (all.length < filter.k) {
        throw new PythonError(
          'AssertionError',
          `take_first_k needs ${filter.k} responses, there are ${all.length}`,
        );
      }
      return all.slice(0, filter.k);
    }
    case 'majority_vote':
      return [mostFrequent(items(state))];
    case 'remove_whitespace':
      return items(state).map((response) => strip(text(response)));
    case 'lowercase':
      return items(state).map((response) => text(response).toLowerCase());
    case 'uppercase':
      return items(state).map((response) => text(response).toUpperCase());
    case 'map': {
      const mapping = parsePythonJson(filter.mappingJson);
      const byDefault = parsePythonJson(filter.defaultJson);
      return items(state).map((response) =>
        isDict(mapping) ? (dictGet(mapping, response) ?? byDefault) : byDefault,
      );
    }
    case 'regex': {
      const regex = compileRegex(filter.pattern);
      return items(state).map(
        (response) => firstMatch(regex, filter.groupSelect, response) ?? filter.fallback,
      );
    }
    case 'multi_choice_regex':
      return multiChoice(filter, items(state), doc);
  }
}

function items(state: Value): readonly Value[] {
  const found = iterate(state);
  if (found === null) throw new PythonError('TypeError', `'${typeName(state)}' object is not iterable`);
  return found;
}

function text(response: Value): string {
  if (typeof response === 'string') return response;
  throw new PythonError('AttributeError', `'${typeName(response)}' object has no text methods`);
}

function mostFrequent(responses: readonly Value[]): Value {
  let best: { value: Value; count: number } | null = null;
  for (const value of responses) {
    const count = responses.filter((other) => equals(other, value)).length;
    if (best === null || count > best.count) best = { value, count };
  }
  if (best === null) throw new PythonError('IndexError', 'majority_vote: there is no response');
  return best.value;
}

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

type MultiChoice = Extract<FilterConfig, { function: 'multi_choice_regex' }>;

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
