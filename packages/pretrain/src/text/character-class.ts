/**
 * What a UTF-16 unit is: white space, part of a word, a letter. One look-up a character; halves of surrogate pairs
 * count as letters, so that rare scripts are words. Knows no words.
 */
/** As Python's str.split() sees it. */
export const SPACE = 1;
/** A letter, a mark or a number: what words of a shingle are made of. */
export const WORD = 2;
/** A letter. */
export const LETTER = 4;
export const NOT_SPACE = 8;

const PYTHON_ONLY = new Set([0x1c, 0x1d, 0x1e, 0x1f, 0x85]);
const BYTE_ORDER_MARK = 0xfeff;

function build(): Uint8Array {
  const table = new Uint8Array(0x10000);
  for (let code = 0; code < table.length; code += 1) {
    const character = String.fromCharCode(code);
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    const isSpace = PYTHON_ONLY.has(code) || (/\s/.test(character) && code !== BYTE_ORDER_MARK);
    const isLetter = isSurrogate || /\p{L}/u.test(character);
    const isWord = isLetter || /[\p{M}\p{N}]/u.test(character);
    table[code] = (isSpace ? SPACE : NOT_SPACE) | (isWord ? WORD : 0) | (isLetter ? LETTER : 0);
  }
  return table;
}

export const CHARACTER_CLASS: Uint8Array = build();
