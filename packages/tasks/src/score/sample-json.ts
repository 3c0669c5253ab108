/** A samples row as the line that lm-eval writes: its order of keys, Python's numbers, texts unescaped. */
import { dumpsPython, PyFloat, type PyValue, type SampleRow } from '@evalgraph/formats';

/** One line without its end. The same row gives the same bytes. */
export function sampleToJson(row: SampleRow): string {
  const entries: [string, PyValue][] = [
    ['doc_id', row.doc_id],
    ['doc', row.doc],
    ['target', row.target],
    ['arguments', plain(row.arguments)],
    ['resps', plain(row.resps)],
    ['filtered_resps', plain(row.filtered_resps)],
    ['filter', row.filter],
    ['metrics', row.metrics],
    ['doc_hash', row.doc_hash],
    ['prompt_hash', row.prompt_hash],
    ['target_hash', row.target_hash],
    ...Object.entries(row.scores).map(([name, value]): [string, PyValue] => [name, plain(value)]),
    ...docScores(row),
  ];
  return dumpsPython(new Map(entries), { indent: null, ensureAscii: false });
}

/** The one key that lm-eval does not write, last in the row. */
function docScores({ docScores: scores }: SampleRow): [string, PyValue][] {
  if (scores === null) return [];
  const entries = Object.entries(scores).map(([name, value]): [string, PyValue] => [
    name,
    value === null ? null : new PyFloat(value),
  ]);
  return [['doc_scores', new Map(entries)]];
}

/** Records become dicts; Python values stay what they are. */
function plain(value: unknown): PyValue {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return new Map(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value as PyValue;
}
