/** The filters that pick, change or map responses. */
import { parsePythonJson } from '@evalgraph/formats';
import { dictGet, equals, isDict, PythonError, strip, type Value } from '@evalgraph/templates';
import { messages } from '../messages.ts';
import { jsonOf } from '../yaml/reader.ts';
import { type Filter, items, text } from './filter.ts';

function plainFilter(apply: (state: Value) => Value): Filter<object> {
  return { keys: [], read: () => ({}), write: () => ({}), apply: (_settings, state) => apply(state) };
}

export const takeFirst: Filter<object> = plainFilter((state) => {
  const first = items(state)[0];
  if (first === undefined) throw new PythonError('IndexError', 'take_first: there is no response');
  return first;
});

export const majorityVote: Filter<object> = plainFilter((state) => [mostFrequent(items(state))]);

export const removeWhitespace: Filter<object> = plainFilter((state) =>
  items(state).map((response) => strip(text(response))),
);

export const lowercase: Filter<object> = plainFilter((state) =>
  items(state).map((response) => text(response).toLowerCase()),
);

export const uppercase: Filter<object> = plainFilter((state) =>
  items(state).map((response) => text(response).toUpperCase()),
);

export const takeFirstK: Filter<{ readonly k: number }> = {
  keys: ['k'],
  read: (reader) => {
    const k = reader.integer('k');
    if (k === null) reader.problems.push(messages.missingKey('k', reader.map, 'The filter take_first_k'));
    return { k: k ?? 1 };
  },
  write: ({ k }) => ({ k }),
  apply: ({ k }, state) => {
    const all = items(state);
    if (all.length < k) {
      throw new PythonError('AssertionError', `take_first_k needs ${k} responses, there are ${all.length}`);
    }
    return all.slice(0, k);
  },
};

/** Python's JSON keeps 1 and 1.0 apart. */
export const map: Filter<{ readonly mappingJson: string; readonly defaultJson: string }> = {
  keys: ['mapping_dict', 'default_value'],
  read: (reader) => ({
    mappingJson: jsonOf(reader, 'mapping_dict', '{}'),
    defaultJson: jsonOf(reader, 'default_value', 'null'),
  }),
  write: ({ mappingJson, defaultJson }, parse) => ({
    mapping_dict: parse(mappingJson),
    default_value: parse(defaultJson),
  }),
  apply: ({ mappingJson, defaultJson }, state) => {
    const mapping = parsePythonJson(mappingJson);
    const byDefault = parsePythonJson(defaultJson);
    return items(state).map((response) =>
      isDict(mapping) ? (dictGet(mapping, response) ?? byDefault) : byDefault,
    );
  },
};

function mostFrequent(responses: readonly Value[]): Value {
  let best: { value: Value; count: number } | null = null;
  for (const value of responses) {
    const count = responses.filter((other) => equals(other, value)).length;
    if (best === null || count > best.count) best = { value, count };
  }
  if (best === null) throw new PythonError('IndexError', 'majority_vote: there is no response');
  return best.value;
}
