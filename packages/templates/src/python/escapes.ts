/** Backslash escapes of a Python string literal; an unknown one stays as it stands, backslash and all. */
import { PythonError } from './value.ts';

const SIMPLE: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{0,2})|u([0-9a-fA-F]{0,4})|U([0-9a-fA-F]{0,8})|([\s\S]))/g;

export function decodeEscapes(body: string): string {
  return body.replace(ESCAPE, (whole, octal?: string, x?: string, u?: string, U?: string, char?: string) => {
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    for (const [digits, width] of [
      [x, 2],
      [u, 4],
      [U, 8],
    ] as const) {
      if (digits === undefined) continue;
      const code = Number.parseInt(digits, 16);
      if (digits.length !== width || code > 0x10ffff) {
        throw new PythonError('SyntaxError', `(unicode error) truncated or illegal escape ${whole}`);
      }
      return String.fromCodePoint(code);
    }
    return char === undefined ? whole : (SIMPLE[char] ?? whole);
  });
}
