/** How a filter is declared: how its keys are read, written back and applied. */
import { type Dict, iterate, PythonError, typeName, type Value } from '@evalgraph/templates';
import type { YamlNode } from '../yaml/node.ts';
import type { Reader } from '../yaml/reader.ts';

/** @template S the filter's own settings, strict */
export interface Filter<S> {
  /** The keys in YAML beside `function`. */
  readonly keys: readonly string[];
  /** @param at the filter's name, for problems of what is missing */
  readonly read: (reader: Reader, at: YamlNode) => S;
  /** The settings in the dialect's own keys. @param parse reads Python's JSON, which may hold NaN */
  readonly write: <Parsed>(
    settings: S,
    parse: (json: string) => Parsed,
  ) => Readonly<Record<string, Parsed | string | number | boolean | readonly string[] | undefined>>;
  /**
   * @param state what one request has come to: at first the list of its responses (one for each repeat), after take_first a
   *   single one
   * @throws PythonError where lm-eval's filter would raise
   */
  readonly apply: (settings: S, state: Value, doc: Dict) => Value;
}

/** The responses of a state. */
export function items(state: Value): readonly Value[] {
  const found = iterate(state);
  if (found === null) throw new PythonError('TypeError', `'${typeName(state)}' object is not iterable`);
  return found;
}

export function text(response: Value): string {
  if (typeof response === 'string') return response;
  throw new PythonError('AttributeError', `'${typeName(response)}' object has no text methods`);
}
