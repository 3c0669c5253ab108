/**
 * Values as Python's json and Jinja2 see them. lm-eval's hashes and prompts depend on the difference between
 * 1 and 1.0 and on the order of keys, so documents keep both: a JSON integer is a `number` (or a `bigint`
 * beyond 2^53), a JSON float is a `PyFloat`, an object is a `Map` in file order.
 */
export class PyFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export type PyDict = ReadonlyMap<string, PyValue>;
export type PyList = readonly PyValue[];
export type PyValue = null | boolean | number | bigint | PyFloat | string | PyList | PyDict;
